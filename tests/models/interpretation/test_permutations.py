import numpy as np
import pytest
from helpers.models import classes_of, make_view, replicates_of, varied_matrices

from coalflow.dataset.target_scaling import TargetScaling
from coalflow.evaluation.cards import Predictands
from coalflow.evaluation.predictions import Prediction
from coalflow.models.interpretation.permutations import compare_shuffled
from coalflow.models.interpretation.shuffles import SHUFFLES, shuffle_windows

HAPLOTYPES, ALLELES, SITES, *_ = SHUFFLES


class StandIn:
    """A model whose prediction is known: what it looks at is the only thing that it can lose."""

    def __init__(self, name, look, replicates, target="diversity"):
        self.name, self.look = name, look
        targets = make_view(target).targets
        scaling = None
        if not targets.has_classes:
            scaling = TargetScaling.fit(replicates.target, targets)
        predictands = Predictands(targets, scaling)
        card = {"kind": "net", "predictands": predictands, "input": None}
        self.card = type("Card", (), card)()
        self.predict_from_features = None

    def predict(self, windows):
        return Prediction(self.look(windows))


def first_haplotype(windows):
    return windows.haplotypes[:, :, 0].sum(axis=1, dtype=float)[:, None]


def agreement(windows):
    alleles = windows.haplotypes.astype(float)
    return np.einsum("wsh,wsk->whk", alleles, alleles).var(axis=(1, 2))[:, None]


def first_site(windows):
    return windows.haplotypes[:, 0].sum(axis=1, dtype=float)[:, None]


def compare(look, number=200, matrices=None):
    replicates = replicates_of(varied_matrices(number, seed=1) if matrices is None else matrices)
    truth = look(replicates.windows)
    replicates = type(replicates)(replicates.windows, truth, replicates.table)
    model = StandIn("stand-in", look, replicates)
    found = compare_shuffled([model], replicates, make_view(), seed=1)
    return found.set_index("shuffled")


@pytest.mark.parametrize(
    ("look", "used"),
    [
        (first_haplotype, {HAPLOTYPES, ALLELES}),
        (agreement, {ALLELES}),
        (first_site, {SITES}),
        (lambda windows: windows.haplotypes.sum(axis=(1, 2), dtype=float)[:, None], set()),
    ],
)
def test_what_a_model_looks_at_is_what_it_uses(look, used):
    found = compare(look)
    assert {*found.index[found["verdict"] == "used"]} == used
    assert (found["score"] == 0).all()


def test_scores_are_root_mean_squared_errors():
    found = compare(first_haplotype)
    windows = replicates_of(varied_matrices(200, seed=1)).windows
    shuffled = shuffle_windows(windows, HAPLOTYPES, make_view(), seed=1)
    error = first_haplotype(shuffled) - first_haplotype(windows)
    expected = np.sqrt((error**2).mean())
    assert found["score_shuffled"][HAPLOTYPES] == pytest.approx(expected, rel=1e-9)
    assert found["ci_low"][HAPLOTYPES] < found["difference"][HAPLOTYPES]
    assert found["ci_high"][HAPLOTYPES] > found["difference"][HAPLOTYPES]


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("number", [1, 3])
def test_few_windows_of_classes_are_compared(number):
    """A class is missing where there is one window, and a sure mistake has a finite loss."""
    replicates = classes_of(varied_matrices(number, seed=1))
    model = StandIn(
        "sure", lambda windows: np.eye(2)[np.ones(len(windows), int)], replicates, "history"
    )
    found = compare_shuffled([model], replicates, make_view("history"), seed=1)
    assert np.isfinite(found[["score", "score_shuffled", "ci_low", "changed"]]).all(axis=None)
    assert set(found["metric"]) == {"log_loss"} and set(found["target"]) == {"history"}
    assert set(found["verdict"]) == {"no difference"}
