"""Tree sequences: populations, individuals, times and rates are the file's own, or refused."""

import msprime
import numpy as np
import pytest
import tskit
from helpers.data import make_samples
from helpers.tree_files import LENGTH, TWO, find_samples, read, refusal

from coalflow.config.schema.samples import Samples
from coalflow.config.schema.targets import StatisticTarget

TIME = StatisticTarget(statistic="time_to_common_ancestor", mode="branch")


def simulate(samples=None, seed=1, ploidy=2, size=1000, **changes):
    """Return trees of two populations, A and B."""
    demography = msprime.Demography()
    for name in "ABC":
        demography.add_population(name=name, initial_size=size)
    demography.add_population_split(time=3000, derived=["A", "B"], ancestral="C")
    samples = {"B": 3, "A": 2} if samples is None else samples
    trees = msprime.sim_ancestry(
        samples,
        demography=demography,
        sequence_length=LENGTH,
        recombination_rate=1e-8,
        ploidy=ploidy,
        random_seed=seed,
        **changes,
    )
    return msprime.sim_mutations(trees, rate=1e-7, random_seed=seed)


def edit(trees, change):
    tables = trees.dump_tables()
    change(tables)
    return tables.tree_sequence()


def assert_haplotypes(replicate, trees, nodes):
    """Compare with the genotypes of these nodes, at sites that are segregating with two alleles."""
    genotypes = trees.genotype_matrix(samples=nodes)
    kept = [set(row) == {0, row.max()} and row.max() > 0 for row in genotypes]
    np.testing.assert_array_equal(replicate.alleles, genotypes[kept] > 0)
    np.testing.assert_array_equal(replicate.positions, trees.sites_position[kept])


def shuffle(trees, seed=1):
    """Return trees whose samples are in another order, individuals torn apart."""
    order = np.random.default_rng(seed).permutation(trees.samples()).astype(np.int32)
    return trees.simplify(order)


# Populations and individuals --------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(1, 6))
def test_populations_and_individuals_are_those_of_the_file(tmp_path, seed):
    trees = shuffle(simulate(seed=seed), seed)
    replicate, remarks = read(tmp_path, trees)
    assert_haplotypes(replicate, trees, find_samples(trees, "A") + find_samples(trees, "B"))
    assert not [remark for remark in remarks if "sites" not in remark]


def test_statistics_of_trees_are_of_these_populations(tmp_path):
    trees = shuffle(simulate())
    of_a = StatisticTarget(statistic="diversity", of=("A",), mode="branch")
    replicate, _ = read(tmp_path, trees, tree_statistics=(of_a,))
    (found,) = replicate.tree_statistics.values()
    expected = trees.diversity([find_samples(trees, "A")], mode="branch")[0]
    np.testing.assert_allclose(found, expected, rtol=1e-12)


def test_populations_are_mapped_by_name_and_number(tmp_path):
    trees = simulate()
    samples = Samples(individuals=(("EUR", 2), ("AFR", 3)), ploidy=2)
    assert refusal(tmp_path, trees, samples) == (
        "a.trees: has samples of A (4 haplotypes), B (6 haplotypes), but simulation.samples is of "
        "EUR, AFR, and EUR is not one: name them as the file does, or map them in "
        "simulation.import.populations"
    )
    mapped, _ = read(tmp_path, trees, samples, populations={"EUR": 0, "AFR": "B"})
    plain, _ = read(tmp_path, trees)
    np.testing.assert_array_equal(mapped.alleles, plain.alleles)
    for wrong in (7, "p7", "C", 2):  # C has no samples
        message = refusal(tmp_path, trees, samples, populations={"EUR": 0, "AFR": wrong})
        assert f"AFR ({wrong}) is not one" in message


@pytest.mark.parametrize("metadata", [b"", b"\xff\xfe", b'{"name": 5}'])
def test_populations_without_names_have_numbers(tmp_path, metadata):
    def forget_names(tables):
        count = len(tables.populations)
        tables.populations.metadata_schema = tskit.MetadataSchema(None)
        tables.populations.packset_metadata([metadata] * count)

    trees = edit(simulate(), forget_names)
    message = refusal(tmp_path, trees)
    assert "has samples of population 0 (4 haplotypes), population 1 (6 haplotypes)" in message
    mapped, _ = read(tmp_path, trees, populations={"A": 0, "B": 1})
    plain, _ = read(tmp_path, simulate())
    np.testing.assert_array_equal(mapped.alleles, plain.alleles)


def test_samples_of_no_population_can_only_be_one_sample(tmp_path):
    def forget(tables):
        tables.nodes.population = np.full(len(tables.nodes), -1, np.int32)

    trees = edit(simulate(), forget)
    assert "has samples of no population (10 haplotypes)" in refusal(tmp_path, trees)
    _, remarks = read(tmp_path, trees, make_samples(5))
    assert not [remark for remark in remarks if "as one sample" in remark]


def test_a_name_that_two_populations_have_is_refused(tmp_path):
    def rename(tables):
        tables.populations.metadata_schema = tskit.MetadataSchema.permissive_json()
        tables.populations.clear()
        for name in "AAC":
            tables.populations.add_row({"name": name})

    assert "A is not one" in refusal(tmp_path, edit(simulate(), rename))


def test_populations_may_be_taken_as_one_sample(tmp_path):
    trees = simulate()
    replicate, remarks = read(tmp_path, trees, make_samples(5))
    assert replicate.alleles.shape[1] == 10
    assert (
        "samples of A (4 haplotypes), B (6 haplotypes) were taken as one sample (1 replicate, "
        "first in a.trees)"
    ) in remarks


def test_numbers_of_individuals_are_those_of_the_config(tmp_path):
    fewer = Samples(individuals=(("A", 2), ("B", 2)), ploidy=2)
    assert refusal(tmp_path, simulate(), fewer) == (
        "a.trees: has 3 sampled individuals of B, of 2 haplotypes each, but simulation.samples has "
        "2: simplify it to those to be used, or set simulation.import.subsample to true"
    )
    more = Samples(individuals=(("A", 2), ("B", 4)), ploidy=2)
    assert refusal(tmp_path, simulate(), more).endswith(
        "simulation.samples has 4: lower simulation.samples, or simulate more"
    )
    one = Samples(individuals=(("A", 2),), ploidy=2)
    assert "but simulation.samples is of A: simplify it" in refusal(tmp_path, simulate(), one)


def test_ploidy_is_that_of_the_individuals(tmp_path):
    haploid = Samples(individuals=(("A", 4), ("B", 6)), ploidy=1)
    assert refusal(tmp_path, simulate(), haploid) == (
        "a.trees: has individuals with 2 sampled haplotypes, but simulation.ploidy is 1: change "
        "it, or simplify the file to both haplotypes of each individual"
    )
    read(tmp_path, simulate({"A": 4, "B": 6}, ploidy=1), haploid)
    tetraploid = Samples(individuals=(("A", 2), ("B", 3)), ploidy=4)
    read(tmp_path, simulate(ploidy=4), tetraploid)
    # A haplotype of one individual is not sampled.
    halved = simulate().simplify(np.arange(9, dtype=np.int32))
    assert "with 1 or 2 sampled haplotypes" in refusal(tmp_path, halved)


def test_without_individuals_consecutive_nodes_are_taken_as_one(tmp_path):
    def forget(tables):
        tables.nodes.individual = np.full(len(tables.nodes), -1, np.int32)
        tables.individuals.clear()

    trees = edit(simulate(), forget)
    replicate, remarks = read(tmp_path, trees)
    assert_haplotypes(replicate, simulate(), [*range(6, 10), *range(6)])
    assert [remark for remark in remarks if "consecutive ones of a population" in remark]
    odd = simulate().simplify(np.arange(1, 10, dtype=np.int32))
    assert "9 haplotypes of no individuals" in refusal(tmp_path, edit(odd, forget), make_samples(4))

    def forget_one(tables):
        individuals = tables.nodes.individual
        individuals[0:2] = -1
        tables.nodes.individual = individuals

    assert "some samples are of individuals and others" in refusal(
        tmp_path, edit(simulate(), forget_one)
    )


# Subsamples -------------------------------------------------------------------------------------


def test_individuals_are_drawn_by_seed_if_asked(tmp_path):
    trees = shuffle(simulate({"A": 30, "B": 40}))
    drawn = [read(tmp_path, trees, subsampling_seed=seed) for seed in (1, 1, 2)]
    (one, remarks), (again, _), (other, _) = drawn
    np.testing.assert_array_equal(one.alleles, again.alleles)
    assert one.alleles.shape[1] == 10
    assert one.alleles.shape != other.alleles.shape or (one.alleles != other.alleles).any()
    assert (
        "individuals of A were drawn from more, by seed (1 replicate, first in a.trees)" in remarks
    )
    assert "set simulation.import.subsample to true" in refusal(tmp_path, trees)


def test_individuals_are_drawn_evenly_and_whole(tmp_path):
    """Each of 6 is in a third of 300 draws of two, its haplotypes next to each other."""
    trees = msprime.sim_ancestry(6, sequence_length=LENGTH, random_seed=1, population_size=1000)
    tables = trees.dump_tables()
    for node in range(12):  # a site of each haplotype
        tables.mutations.add_row(tables.sites.add_row(node, "0"), node, "1")
    trees = tables.tree_sequence()
    counts = np.zeros(6)
    for seed in range(300):
        replicate, _ = read(tmp_path, trees, make_samples(2), subsampling_seed=seed)
        nodes = replicate.positions[replicate.alleles.argmax(axis=0)].astype(int)
        assert (nodes[1::2] == nodes[::2] + 1).all()
        counts[nodes[::2] // 2] += 1
    assert counts.sum() == 600
    assert (np.abs(counts - 100) < 5 * np.sqrt(300 / 3 * 2 / 3)).all()


def test_a_subsample_leaves_other_populations_and_times_out(tmp_path):
    samples = [
        msprime.SampleSet(4, population="A"),
        msprime.SampleSet(4, population="A", time=500),
        msprime.SampleSet(2, population="B"),
    ]
    only_a = Samples(individuals=(("A", 4),), ploidy=2)
    trees = simulate(samples)
    replicate, remarks = read(tmp_path, trees, only_a, subsampling_seed=1)
    assert_haplotypes(replicate, trees, range(8))
    assert {remark.split(" (")[0] for remark in remarks} >= {
        "samples of B were left out",
        "samples of A of other times were left out",
    }
    past = Samples(individuals=(("A", 3),), ploidy=2, times=(("A", 500.0),))
    replicate, _ = read(tmp_path, trees, past, subsampling_seed=1)
    assert replicate.alleles.shape[1] == 6


# Roots, times, rates ----------------------------------------------------------------------------


def test_several_roots_are_refused(tmp_path):
    trees = simulate(end_time=2999.5, size=100)
    assert refusal(tmp_path, trees) == (
        "a.trees: the samples have no common ancestor from 0 to 20,000, where the tree has 2 "
        "roots: recapitate it (pyslim.recapitate, or msprime.sim_ancestry with initial_state), "
        "then add mutations"
    )
    assert "no common ancestor" in refusal(tmp_path, simulate(end_time=10))


def test_one_tree_of_several_roots_is_enough(tmp_path):
    """Uncoalesced in a part that has no site: only its times would show it."""
    trees = simulate()
    whole = trees.delete_intervals([[0, 50]], simplify=False)
    assert "no ancestry from 0 to 50 (missing data, or null genomes" in refusal(tmp_path, whole)
    root = trees.first().root

    def cut(tables):
        edges = [edge for edge in tables.edges if edge.parent == root]
        tables.edges.truncate(0)
        for edge in trees.edges():
            left = max(edge.left, 50.0) if edge.parent == root and edge.left == 0 else edge.left
            if left < edge.right:
                tables.edges.add_row(left, edge.right, edge.parent, edge.child)
        assert edges
        tables.sites.clear()
        tables.mutations.clear()
        tables.sort()

    assert "no common ancestor from 0 to 50" in refusal(tmp_path, edit(trees, cut))


def test_roots_of_samples_that_are_not_used_do_not_matter(tmp_path):
    """The two populations have no common ancestor, but one alone has."""
    trees = simulate(end_time=2999.5, size=100)
    assert "no common ancestor" in refusal(tmp_path, trees)
    only_a = Samples(individuals=(("A", 2),), ploidy=2)
    read(tmp_path, trees, only_a, subsampling_seed=1)


def test_what_is_above_the_common_ancestor_does_not_count(tmp_path):
    """Recapitated trees may keep the roots that they had, with one child."""
    trees = simulate()
    plain, _ = read(tmp_path, trees, tree_statistics=(TIME,))

    def lengthen(tables):
        root = tables.nodes.add_row(time=1e6, population=2)
        for tree in trees.trees():
            tables.edges.add_row(*tree.interval, root, tree.root)
        tables.sort()

    long, _ = read(tmp_path, edit(trees, lengthen), tree_statistics=(TIME,))
    assert long.tree_statistics == pytest.approx(plain.tree_statistics)


def dated(time, other=0):
    return [
        msprime.SampleSet(2, population="A", time=other),
        msprime.SampleSet(3, population="B", time=time),
    ]


def test_samples_of_different_ages_are_refused_unless_the_config_dates_them(tmp_path):
    message = refusal(tmp_path, simulate(dated(320)))
    assert "has samples of B of 320 (6) generations ago" in message
    assert "simulation.samples of B is of today" in message
    within = Samples(individuals=TWO.individuals, ploidy=2, times=(("B", 320.4),))
    read(tmp_path, simulate(dated(320)), within)
    other = Samples(individuals=TWO.individuals, ploidy=2, times=(("B", 340.0),))
    assert "simulation.samples of B is of 340 generations ago" in refusal(
        tmp_path, simulate(dated(320)), other
    )
    assert "of 0 (6) generations ago" in refusal(tmp_path, simulate(), other)
    # Those of one time are of today, whenever the clock was stopped.
    read(tmp_path, simulate(dated(1, 1)))
    read(tmp_path, simulate(dated(50, 50)))


def test_those_who_are_alive_in_slim_are_of_today(tmp_path):
    """Where generations overlap, the times of nodes are when they were born."""
    trees = simulate(dated(5))
    assert "are of today" in refusal(tmp_path, trees).replace("is of today", "are of today")

    def mark(tables):
        tables.metadata_schema = tskit.MetadataSchema.permissive_json()
        tables.metadata = {"SLiM": {"model_type": "nonWF"}}
        tables.individuals.flags = np.full(len(tables.individuals), 1 << 16, np.uint32)

    replicate, _ = read(tmp_path, edit(trees, mark))
    assert replicate.alleles.shape[1] == 10


def test_migrations_that_were_recorded_do_not_matter(tmp_path):
    demography = msprime.Demography.island_model([500, 500], 1e-3)
    trees = msprime.sim_ancestry(
        {0: 2, 1: 3},
        demography=demography,
        sequence_length=LENGTH,
        record_migrations=True,
        random_seed=1,
    )
    assert trees.num_migrations
    samples = Samples(individuals=(("pop_0", 2), ("pop_1", 3)), ploidy=2)
    replicate, _ = read(tmp_path, trees, samples)
    assert replicate.alleles.shape[1] == 10


def set_units(units, model=None):
    def change(tables):
        tables.time_units = units
        if model:
            tables.metadata_schema = tskit.MetadataSchema.permissive_json()
            tables.metadata = {"SLiM": {"model_type": model}}

    return edit(simulate(), change)


@pytest.mark.parametrize(
    ("units", "model"), [("years", None), ("ticks", None), ("ticks", "nonWF"), ("uncalibrated", "")]
)
def test_times_are_used_in_generations_only(tmp_path, units, model):
    trees = set_units(units, model)
    message = refusal(tmp_path, trees, tree_statistics=(TIME,))
    assert f"(time_units is {units}), and a target is a statistic of the trees" in message
    read(tmp_path, trees)  # sites have no times


def test_ticks_of_wright_fisher_models_are_generations(tmp_path):
    read(tmp_path, set_units("ticks", "WF"), tree_statistics=(TIME,))
    _, remarks = read(tmp_path, set_units("unknown"), tree_statistics=(TIME,))
    assert "times are in unknown units, and were taken as generations" in " ".join(remarks)


RATES = {"class": "a", "sequence_length": LENGTH, "mutation_rate": 1e-7, "recombination_rate": 1e-8}


def test_rates_in_the_provenance_are_those_of_the_config(tmp_path):
    read(tmp_path, simulate(), parameters=RATES)
    for name, value in (("mutation_rate", 2e-8), ("recombination_rate", 3e-8)):
        message = refusal(tmp_path, simulate(), parameters={**RATES, name: value})
        assert f"was simulated with {name} {1e-7 if name[0] == 'm' else 1e-8:g}" in message
        assert f"but simulation has {value:g}" in message
    # Added twice, rates add up; free text is no provenance of msprime's.
    twice = msprime.sim_mutations(simulate(), rate=1e-8, random_seed=2)
    read(tmp_path, twice, parameters={**RATES, "mutation_rate": 1.1e-7})
    free = edit(simulate(), lambda tables: tables.provenances.add_row("[" * 100_000))
    read(tmp_path, free, parameters=RATES)


def test_sizes_are_counted_in_pairs_of_chromosomes(tmp_path):
    trees = msprime.sim_ancestry(
        10, ploidy=1, population_size=2000, sequence_length=LENGTH, random_seed=1
    )
    haploid = make_samples(10, ploidy=1)
    read(tmp_path, trees, haploid, parameters={**RATES, "population_size": 1000})
    message = refusal(tmp_path, trees, haploid, parameters={**RATES, "population_size": 2000})
    assert "was simulated with population_size 1,000" in message


# Sites ------------------------------------------------------------------------------------------


def test_sites_that_are_left_out_are_counted(tmp_path):
    tables = simulate().dump_tables()
    tables.sites.clear()
    tables.mutations.clear()
    mutations = {
        1.0: [(0, "C")],
        2.0: [(0, "C"), (1, "G")],  # three alleles
        3.0: [(0, "C"), (1, "G"), (2, "T")],
        4.0: [*((node, "C") for node in range(9)), (9, "G")],  # the ancestral one is lost
        5.0: [(node, "C") for node in range(10)],  # does not vary
    }
    for position, above in mutations.items():
        site = tables.sites.add_row(position, "A")
        for node, allele in above:
            tables.mutations.add_row(site, node, allele)
    replicate, remarks = read(tmp_path, tables.tree_sequence())
    assert replicate.positions.tolist() == [1.0]
    assert remarks == [
        "sites with two alleles, neither of them the ancestral one, were left out (1 site, first "
        "in a.trees)",
        "sites with more than two alleles were left out (2 sites, first in a.trees)",
    ]


def test_a_back_mutation_is_ancestral(tmp_path):
    trees = simulate()
    tables = trees.dump_tables()
    tables.sites.clear()
    tables.mutations.clear()
    site, tree = tables.sites.add_row(1.0, "A"), trees.first()
    node = next(n for n in tree.nodes() if tree.num_samples(n) > 2 and n != tree.root)
    child = tree.children(node)[0]
    first = tables.mutations.add_row(site, node, "C")
    tables.mutations.add_row(site, child, "A", parent=first)
    replicate, remarks = read(tmp_path, tables.tree_sequence())
    assert replicate.alleles.sum() == tree.num_samples(node) - tree.num_samples(child)
    assert remarks == []
