"""Statistics of sample sets: of encoded sites against scikit-allel, of trees against theory."""

import allel
import msprime
import numpy as np
import pytest
from helpers.data import make_samples
from helpers.models import padded, windows_of

from coalflow.config.registry.statistics import STATISTICS
from coalflow.config.schema.targets import StatisticTarget
from coalflow.statistics import site_statistics, tskit_statistics

SAMPLES = {"north": 4, "south": 3, "west": 2, "east": 3}
POPULATIONS = make_samples(SAMPLES).slices
HAPLOTYPES = 24


def history(times=(500, 800, 1000)):
    """Four populations of 1,000 that split off one after the other."""
    demography = msprime.Demography()
    for name in ("north", "south", "west", "east", "old_1", "old_2", "old_3"):
        demography.add_population(name=name, initial_size=1000)
    for number, (time, pair) in enumerate(
        zip(times, (["north", "south"], ["old_1", "west"], ["old_2", "east"]), strict=True), 1
    ):
        demography.add_population_split(time=time, derived=pair, ancestral=f"old_{number}")
    return demography


@pytest.fixture(scope="module")
def replicates():
    """Return 12 tree sequences of four populations, with at least 30 sites each."""
    made = []
    for seed in range(1, 13):
        ancestry = msprime.sim_ancestry(
            SAMPLES,
            demography=history(),
            sequence_length=50_000,
            recombination_rate=1e-8,
            random_seed=seed,
        )
        made.append(
            msprime.sim_mutations(
                ancestry, rate=2e-7, model=msprime.BinaryMutationModel(), random_seed=seed
            )
        )
    assert min(trees.num_sites for trees in made) >= 30
    return made


@pytest.fixture(scope="module")
def matrices(replicates):
    """Return the alleles of the first 30 sites of each replicate, uint8 (12, 30, haplotypes)."""
    return np.stack([trees.genotype_matrix()[:30] > 0 for trees in replicates]).astype(np.uint8)


def target(statistic, *of, mode="site"):
    return StatisticTarget(statistic=statistic, of=of, mode=mode)


def compute_on_sites(windows, statistic, *of):
    wanted = {"wanted": target(statistic, *of)}
    return site_statistics.compute_site_statistics(windows, wanted, POPULATIONS)["wanted"]


def counts_of(matrix, *names):
    """Return allele counts as scikit-allel takes them, one array for each population."""
    haplotypes = allel.HaplotypeArray(matrix.astype("i1"))
    everyone = np.arange(HAPLOTYPES)
    return [
        haplotypes.take(everyone[POPULATIONS[name]], axis=1).count_alleles(max_allele=1)
        for name in names
    ]


def allel_fst(a, b):
    numerator, denominator = allel.hudson_fst(a, b)
    between, within = denominator.sum(), (denominator - numerator).sum()
    # tskit compares with all pairs, Hudson's estimator with those between (Nei's G_ST).
    return 1 - 2 * within / (within + between)


BY_ALLEL = {
    ("diversity", "south"): lambda a: allel.mean_pairwise_difference(a).sum(),
    ("segregating_sites", "west"): lambda a: a.count_segregating(),
    ("watterson_theta", "north"): lambda a: (
        a.count_segregating() / (1 / np.arange(1, a.sum(axis=1).max())).sum()
    ),
    ("tajimas_d", "north"): lambda a: allel.tajima_d(a, min_sites=1),
    ("divergence", "north", "east"): lambda a, b: allel.mean_pairwise_difference_between(
        a, b
    ).sum(),
    ("fst", "south", "west"): allel_fst,
    ("f2", "north", "south"): lambda a, b: allel.patterson_f2(a, b).sum(),
    ("f3", "north", "south", "west"): lambda a, b, c: allel.patterson_f3(a, b, c)[0].sum(),
    ("f4", "north", "south", "west", "east"): lambda a, b, c, d: allel.patterson_d(a, b, c, d)[
        0
    ].sum(),
}


@pytest.mark.parametrize("wanted", BY_ALLEL, ids=lambda wanted: wanted[0])
def test_statistics_of_sites_are_those_of_scikit_allel(wanted, matrices):
    computed = compute_on_sites(windows_of(matrices), *wanted)
    expected = [BY_ALLEL[wanted](*counts_of(matrix, *wanted[1:])) for matrix in matrices]
    np.testing.assert_allclose(computed, expected, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("name", STATISTICS)
def test_statistics_of_sites_are_those_of_the_true_trees(name, replicates, matrices):
    record = STATISTICS[name]
    for number in record.sets if "site" in record.modes else ():
        of = list(SAMPLES)[:number]
        computed = compute_on_sites(windows_of(matrices), name, *of)
        for trees, value in zip(replicates, computed, strict=True):
            ends = [0, trees.sites_position[30], trees.sequence_length]
            (true, _) = tskit_statistics.compute_in_windows(
                trees, target(name, *of), POPULATIONS, ends
            )
            assert value == pytest.approx(true, rel=1e-9, abs=1e-9)


def test_theta_h_weighs_by_the_square_of_the_copies(matrices):
    copies = matrices.sum(axis=2, dtype=float)
    pairs = HAPLOTYPES * (HAPLOTYPES - 1) / 2
    theta_h = (copies**2 * (copies < HAPLOTYPES)).sum(axis=1) / pairs
    pi = (copies * (HAPLOTYPES - copies)).sum(axis=1) / pairs
    windows = windows_of(matrices)
    np.testing.assert_allclose(compute_on_sites(windows, "theta_h"), theta_h, rtol=1e-9)
    np.testing.assert_allclose(
        compute_on_sites(windows, "fay_wu_h"), pi - theta_h, rtol=1e-9, atol=1e-9
    )


@pytest.mark.parametrize("wanted", [("fst", "north", "west"), ("f4", *SAMPLES), ("theta_h",)])
def test_padding_and_other_windows_change_nothing(wanted, matrices):
    together = compute_on_sites(windows_of(matrices), *wanted)
    alone = compute_on_sites(padded(windows_of(matrices[3:4]), 2, 5), *wanted)
    assert alone[0] == pytest.approx(together[3], rel=1e-12)


@pytest.mark.filterwarnings("error")
def test_fst_without_variation_is_nan():
    matrices = np.zeros((2, 5, HAPLOTYPES), np.uint8)
    matrices[1, 2, 3] = 1
    fst = compute_on_sites(windows_of(matrices), "fst", "north", "south")
    assert np.isnan(fst).tolist() == [True, False]


# Trees ---------------------------------------------------------------------------------------


def compute_on_branches(trees, statistic, *of):
    return tskit_statistics.compute_on_trees(
        trees, target(statistic, *of, mode="branch"), POPULATIONS
    )


def test_the_common_ancestor_is_that_of_all_haplotypes_of_the_sets(replicates):
    for trees in replicates:
        for of in ((), ("north",), ("south", "east")):
            everyone = trees.samples()
            chosen = [s for name in of for s in everyone[POPULATIONS[name]]] or everyone
            times = [tree.time(tree.mrca(*chosen)) for tree in trees.trees()]
            expected = np.average(times, weights=[tree.span for tree in trees.trees()])
            computed = compute_on_branches(trees, "time_to_common_ancestor", *of)
            assert computed == pytest.approx(expected, rel=1e-12)


def test_coalescence_time_is_that_of_pairs(replicates):
    trees = replicates[0].keep_intervals([[0, 5000]]).trim()
    everyone = trees.samples()
    a, b = (everyone[POPULATIONS[name]] for name in ("north", "south"))
    pairs = {
        ("north",): [(i, j) for i in a for j in a if i < j],
        ("north", "south"): [(i, j) for i in a for j in b],
    }
    for of, chosen in pairs.items():
        expected = np.mean(
            [
                np.average(
                    [tree.tmrca(i, j) for tree in trees.trees()],
                    weights=[tree.span for tree in trees.trees()],
                )
                for i, j in chosen
            ]
        )
        assert compute_on_branches(trees, "coalescence_time", *of) == pytest.approx(
            expected, rel=1e-9
        )


def test_mean_coalescence_times_are_those_of_theory():
    """Within 2N, between the split and 2N; 2,000 replicates, 4 standard errors."""
    ancestries = msprime.sim_ancestry(
        SAMPLES, demography=history(), num_replicates=2000, random_seed=1
    )
    within, between = [], []
    for trees in ancestries:
        within.append(compute_on_branches(trees, "coalescence_time", "west"))
        between.append(compute_on_branches(trees, "coalescence_time", "north", "east"))
    for times, expected in ((within, 2000), (between, 1000 + 2000)):
        error = np.std(times) / np.sqrt(len(times))
        assert abs(np.mean(times) - expected) < 4 * error


def test_statistics_of_branches_are_what_those_of_sites_estimate(replicates):
    """Per unit of mutation rate; all sites of 12 replicates, within a tenth."""
    for wanted in (("diversity", "south"), ("divergence", "north", "east")):
        at_sites, on_branches = (
            np.mean(
                [
                    tskit_statistics.compute_in_windows(
                        trees, target(*wanted, mode=mode), POPULATIONS, [0, 50_000]
                    )[0]
                    for trees in replicates
                ]
            )
            for mode in ("site", "branch")
        )
        assert at_sites == pytest.approx(on_branches * 50_000 * 2e-7, rel=0.1)


def test_without_a_common_ancestor_there_is_no_time():
    trees = msprime.sim_ancestry(3, population_size=1000, end_time=1, random_seed=1)
    assert np.isnan(compute_on_branches(trees, "time_to_common_ancestor"))
