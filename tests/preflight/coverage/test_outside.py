"""Coverage: genomes that are like the simulations are covered, others are not."""

import numpy as np
import pandas as pd
import pytest
import scipy.stats
from helpers.data import PROPERTY
from helpers.models import varied_matrices, windows_of
from hypothesis import given
from hypothesis import strategies as st

from coalflow.preflight.coverage import outside
from coalflow.preflight.findings import Figure, Finding
from coalflow.statistics.window_statistics import SITES, SPAN, describe_briefly

CELLS = np.repeat(["a", "b", "c"], 100)
NAMES = ["segregating sites", "Tajima's D", "H12"]


def pilot_of(generator, cells=CELLS, names=NAMES):
    """Return a table of normal statistics; cells have means 0, 3, 6, ... in all of them."""
    middle = 3.0 * np.unique(cells, return_inverse=True)[1]
    values = generator.normal(middle[:, None], 1.0, size=(len(cells), len(names)))
    return pd.DataFrame(values, columns=names)


def genome_of(generator, mean, windows=80, names=NAMES, sd=1.0):
    return pd.DataFrame(generator.normal(mean, sd, size=(windows, len(names))), columns=names)


def findings_of(entries):
    return [entry for entry in entries if isinstance(entry, Finding)]


# Groups of cells ---------------------------------------------------------------------------


@PROPERTY
@given(st.lists(st.integers(1, 50), min_size=1, max_size=20))
def test_groups_are_large_enough_and_made_of_whole_cells(counts):
    cells = np.repeat([f"{number:02d}" for number in range(len(counts))], counts)
    groups = outside.group_cells(cells)
    sizes = np.bincount(groups)
    assert (sizes >= min(sum(counts), outside.FEWEST_OF_A_GROUP)).all()
    assert (
        pd.DataFrame({"cell": cells, "group": groups})
        .groupby("cell")["group"]
        .nunique()
        .eq(1)
        .all()
    )
    assert (np.diff(groups) >= 0).all()


def test_cells_with_many_windows_are_groups_of_their_own():
    np.testing.assert_array_equal(outside.group_cells(CELLS), np.repeat([0, 1, 2], 100))


# The test of one statistic -------------------------------------------------------------------


@pytest.mark.parametrize("pilot_windows", [20, 200, 1000])
def test_p_values_are_right_for_one_group(pilot_windows):
    """P(p <= 0.05) is at most 0.05, and the share outside is what is expected, on the average.

    2,000 genomes of 30 windows. Two-sided at 0.001 for the mean share, one-sided for p.
    """
    generator = np.random.default_rng(1)
    genomes, windows = 2000, 30
    groups = np.zeros(pilot_windows, dtype=np.int64)
    found = [
        outside.compare_statistic(
            generator.normal(size=windows), generator.normal(size=pilot_windows), groups
        )
        for _ in range(genomes)
    ]
    small = np.mean([one.p <= 0.05 for one in found])
    assert small <= 0.05 + scipy.stats.norm.isf(0.001) * (0.05 * 0.95 / genomes) ** 0.5
    shares = np.array([one.share for one in found])
    error = shares.std() / genomes**0.5
    assert abs(shares.mean() - found[0].expected) < scipy.stats.norm.isf(0.0005) * error


def test_a_genome_like_any_of_the_cells_is_covered():
    """100 genomes of each of three cells, which alone make up the tails of all windows."""
    generator = np.random.default_rng(2)
    for mean in (0.0, 3.0, 6.0):
        for _ in range(100):
            entries = outside.find_coverage(
                "mine", genome_of(generator, mean), pilot_of(generator), CELLS
            )
            assert findings_of(entries) == []


@pytest.mark.parametrize(
    ("mean", "side", "fix"),
    [(9.5, "above", "more diversity"), (-3.5, "below", "less diversity")],
)
def test_a_genome_beyond_all_cells_is_found(mean, side, fix):
    generator = np.random.default_rng(3)
    genome = genome_of(generator, [mean, 0.0, 0.0])
    (finding,) = findings_of(outside.find_coverage("mine", genome, pilot_of(generator), CELLS))
    assert finding.about == "genome mine"
    assert f"in segregating sites, most {side}" in finding.finding
    assert fix in finding.fix


def test_a_genome_between_two_far_cells_is_found():
    """The ends of the priors are not enough: nothing like it was simulated."""
    generator = np.random.default_rng(4)
    pilot = pilot_of(generator, CELLS[CELLS != "b"])
    pilot.loc[100:] += 9
    genome = genome_of(generator, 6.0, sd=0.5)
    assert len(findings_of(outside.find_coverage("mine", genome, pilot, CELLS[CELLS != "b"]))) == 1


def test_all_statistics_beyond_are_named_the_worst_first():
    generator = np.random.default_rng(5)
    genome = genome_of(generator, [9.5, 0.0, 12.0])
    (finding,) = findings_of(outside.find_coverage("mine", genome, pilot_of(generator), CELLS))
    assert "in H12, most above" in finding.finding
    assert "so are many in segregating sites" in finding.finding


def test_windows_that_are_odd_only_in_combination_are_found():
    """Two statistics that go together in simulations, and against each other in the genome."""
    generator = np.random.default_rng(6)
    shared = generator.normal(size=300)
    noise = generator.normal(0, 0.3, size=(300, 2))
    pilot = pd.DataFrame(shared[:, None] + noise, columns=NAMES[:2])
    genome = pilot[:80].assign(**{NAMES[1]: -pilot[NAMES[1]][:80]})
    (finding,) = findings_of(outside.find_coverage("mine", genome, pilot, CELLS))
    assert "unlike any simulated window" in finding.finding
    same = pd.DataFrame(generator.permutation(pilot + 1e-6), columns=pilot.columns)[:80]
    assert findings_of(outside.find_coverage("mine", same, pilot, CELLS)) == []


def test_a_genome_with_hardly_any_window_is_not_judged():
    generator = np.random.default_rng(7)
    genome = genome_of(generator, 99.0, windows=outside.FEWEST_WINDOWS - 1)
    (finding,) = outside.find_coverage("mine", genome, pilot_of(generator), CELLS)
    assert "has room for 4 windows" in finding.finding


def test_a_pilot_that_the_net_can_hardly_read_is_not_judged_by():
    generator = np.random.default_rng(8)
    (finding,) = outside.find_coverage(
        "mine", genome_of(generator, 0.0), pilot_of(generator)[:3], CELLS[:3]
    )
    assert finding.finding.startswith("only 3 of the windows that were tried")


def test_each_statistic_has_figures():
    generator = np.random.default_rng(9)
    entries = outside.find_coverage("mine", genome_of(generator, 0.0), pilot_of(generator), CELLS)
    figures = [entry for entry in entries if isinstance(entry, Figure)]
    assert len(figures) == 1 + 3 * (len(NAMES) + 1)
    assert all(np.isfinite(entry.value) for entry in figures)


def test_every_statistic_has_a_fix_for_both_sides():
    for size in (SITES, SPAN):
        table = describe_briefly(windows_of(varied_matrices(2, seed=1)), size, [1.0, 2.0])
        assert all(len(outside.FIXES[name]) == 2 for name in table)
