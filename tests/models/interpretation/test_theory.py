import numpy as np
import pandas as pd
import pytest
from helpers.data import make_observation, textbook_d
from helpers.models import HAPLOTYPES, make_view, padded, varied_matrices, windows_of

from coalflow.models.interpretation import theory


def test_tajimas_d_is_its_numerator_over_its_denominator():
    matrices = varied_matrices(20, seed=1)
    matrices[:5, :4] = 0  # other numbers of sites
    known = theory.tabulate_theory(windows_of(matrices), make_view())
    assert known["S"].tolist() == [4] * 5 + [8] * 15
    ratio = known[theory.NUMERATOR] / known[theory.DENOMINATOR]
    np.testing.assert_allclose(known["Tajima's D"], ratio, rtol=1e-12)
    np.testing.assert_allclose(ratio, [textbook_d(matrix) for matrix in matrices], rtol=1e-12)


def test_classes_of_the_spectrum_add_up_to_all_sites():
    known = theory.tabulate_theory(windows_of(varied_matrices(9, seed=2)), make_view())
    classes = [name for name in known if name.startswith("sites, ")]
    assert (known[classes].sum(axis=1) == known["S"]).all()
    assert {"theta_H", "Fay and Wu's H"} < {*known}


def test_folded_windows_have_no_statistics_of_the_derived_allele():
    view = make_view().model_copy(update={"observation": make_observation(polarised=False)})
    known = theory.tabulate_theory(windows_of(varied_matrices(9, seed=2)), view)
    assert not {"theta_H", "Fay and Wu's H"} & {*known}


@pytest.mark.filterwarnings("error")
def test_windows_without_variation_have_no_nan():
    windows = padded(windows_of(np.zeros((3, 8, HAPLOTYPES), np.uint8)), 1, 2)
    assert np.isfinite(theory.tabulate_theory(windows, make_view()).to_numpy()).all()


@pytest.mark.parametrize("haplotypes", [2, 3, 4, 20, 50, 101])
def test_every_number_of_copies_is_in_one_class(haplotypes):
    classes = theory.list_frequency_classes(haplotypes)
    assert sorted(np.concatenate(list(classes.values()))) == list(range(1, haplotypes))


def test_parameters_become_numbers():
    table = pd.DataFrame(
        {
            "sites": [3, 5, 4],
            "rate": [1e-9, 2e-8, 3e-8],
            "share": [0.2, 0.4, np.nan],
            "history": ["growth", "constant", "growth"],
            "length": [7, 7, 7],
            "tajimas_d": [0.1, 0.2, 0.3],
        }
    )
    names = ["rate", "share", "history", "length", "unknown", "tajimas_d"]
    found = theory.tabulate_parameters(table, names)
    assert list(found) == [
        theory.WHOLE_WINDOW,
        "log10 rate",
        "share",
        "history: constant",
        "history: growth",
    ]
    assert found["history: growth"].tolist() == [1, 0, 1]
    assert found["log10 rate"].tolist() == pytest.approx([-9, np.log10(2e-8), np.log10(3e-8)])
