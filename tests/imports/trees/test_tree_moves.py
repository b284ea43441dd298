"""Gene flow that tree sequences record: the same as in coalflow's own simulations, or refused."""

import json

import demes
import msprime
import numpy as np
import pytest
import tskit
from helpers.gene_flow import GRAPHS
from helpers.tree_files import LENGTH, find_samples, read, refusal

from coalflow.config.loading import read_config
from coalflow.config.schema.samples import Samples
from coalflow.config.schema.targets import StatisticTarget
from coalflow.config.settings.making import SettingsMaker
from coalflow.config.settings.simulating import AncestryTruth
from coalflow.core import seeds
from coalflow.imports.imported_replicates import ImportedShard, read_replicates
from coalflow.imports.remarks import Remarks
from coalflow.simulation.replicates import Replicates
from coalflow.windows import shards


def simulate_gene_flow(**changes):
    """Return trees of A and B, of which A has a part from C."""
    demography = msprime.Demography()
    for name in "ABC":
        demography.add_population(name=name, initial_size=500, initially_active=True)
    demography.add_mass_migration(time=100, source="A", dest="C", proportion=0.4)
    demography.add_population_split(time=900, derived=["A"], ancestral="B")
    demography.add_population_split(time=3000, derived=["B"], ancestral="C")
    return msprime.sim_ancestry(
        {"B": 3, "A": 2},
        demography=demography,
        sequence_length=LENGTH,
        recombination_rate=1e-7,
        random_seed=3,
        **changes,
    )


RECENT = StatisticTarget(statistic="introgression", of=("A", "C"), mode="branch", since=2000)


def test_introgression_is_that_of_recorded_moves(tmp_path):
    trees = simulate_gene_flow(record_migrations=True)
    ever = RECENT.model_copy(update={"since": None})
    replicate, _ = read(tmp_path, trees, tree_statistics=(RECENT, ever))
    migrations = trees.tables.migrations
    covered = 0.0
    for node in find_samples(trees, "A"):
        for tree in trees.trees():
            path = {node}
            while tree.parent(max(path, key=tree.time)) != tskit.NULL:
                path.add(tree.parent(max(path, key=tree.time)))
            points = {*tree.interval, *migrations.left, *migrations.right}
            ends = sorted(x for x in points if tree.interval.left <= x <= tree.interval.right)
            for left, right in zip(ends[:-1], ends[1:], strict=True):
                moved = (migrations.time == 100) & np.isin(migrations.node, [*path])
                moved &= (migrations.left <= left) & (right <= migrations.right)
                covered += (right - left) * moved.any()
    assert 0 < covered < 4 * LENGTH
    found = replicate.tree_statistics
    assert found[RECENT.truth_name] == pytest.approx(covered / (4 * LENGTH))
    # That all are of C in the end, from which B had split, is not gene flow.
    assert found[ever.truth_name] == found[RECENT.truth_name]


def test_introgression_without_a_record_of_moves_is_refused(tmp_path):
    assert refusal(tmp_path, simulate_gene_flow(), tree_statistics=(RECENT,)) == (
        "a.trees: does not record which lineages moved, and a target depends on gene flow: "
        "simulate it with msprime's record_migrations, or choose another target"
    )
    other = RECENT.model_copy(update={"of": ("A", "D")})
    trees = simulate_gene_flow(record_migrations=True)
    assert refusal(tmp_path, trees, tree_statistics=(other,)) == (
        "a.trees: has populations A, B, C, and D, which a target names, is not one: name it as the "
        "file does, or map it in simulation.import.populations"
    )


def test_a_population_that_ancestry_is_from_is_mapped_as_others_are(tmp_path):
    trees = simulate_gene_flow(record_migrations=True)
    plain, _ = read(tmp_path, trees, tree_statistics=(RECENT,))
    source = RECENT.model_copy(update={"of": ("A", "NEA")})
    for name in ("C", 2):
        mapped, _ = read(
            tmp_path, trees, tree_statistics=(source,), populations={"B": 1, "NEA": name}
        )
        assert [*mapped.tree_statistics.values()] == [*plain.tree_statistics.values()]


# Which moves are gene flow ------------------------------------------------------------------------

ANCESTRY = AncestryTruth(of="A", source="B")


def find_runs(folder, trees, **changes):
    """Return how many stretches of A came from B, and the remarks."""
    share = RECENT.model_copy(update={"of": ("A", "B"), "since": None})
    replicate, remarks = read(folder, trees, tree_statistics=(share,), ancestry=ANCESTRY, **changes)
    (value,) = replicate.tree_statistics.values()
    runs = replicate.ancestry
    assert value == pytest.approx((runs.right - runs.left).sum() / (4 * LENGTH))
    assert set(runs.haplotype) <= {0, 1, 2, 3}
    return len(runs.haplotype), remarks


def join(proportion, **changes):
    """Return trees of A and B, all or some of whose lineages move into B at once."""
    demography = msprime.Demography.isolated_model([500, 500])
    for number, name in enumerate("AB"):
        demography.populations[number].name = name
    demography.add_mass_migration(time=50, source="A", dest="B", proportion=proportion)
    demography.add_mass_migration(time=900, source=0, dest=1, proportion=1)
    return msprime.sim_ancestry(
        {"B": 3, "A": 2},
        demography=demography,
        sequence_length=LENGTH,
        recombination_rate=1e-7,
        record_migrations=True,
        random_seed=3,
        **changes,
    )


def test_a_mass_migration_of_all_is_the_end_of_a_population_and_one_of_some_is_a_pulse(tmp_path):
    assert find_runs(tmp_path, join(0.4))[0] > 0
    assert find_runs(tmp_path, join(1)) == (0, [])


def test_times_of_the_older_msprime_are_read_too(tmp_path):
    pulse, end = (msprime.MassMigration(time, 0, 1, share) for time, share in ((50, 0.4), (900, 1)))
    numbers = {"A": 0, "B": 1}
    for events, is_pulse in (([pulse, end], True), ([end], False)):
        trees = msprime.simulate(
            population_configurations=[msprime.PopulationConfiguration(n, 500) for n in (4, 6)],
            demographic_events=events,
            length=LENGTH,
            recombination_rate=1e-7,
            record_migrations=True,
            random_seed=3,
        )
        found, remarks = find_runs(tmp_path, trees, populations=numbers)
        assert (found > 0) == is_pulse
        assert not any("gene flow" in remark for remark in remarks)


@pytest.mark.parametrize("damage", ["none", "text", "events", "names", "no time", "a class"])
def test_where_no_demography_can_be_read_all_moves_are_gene_flow_and_a_remark_says_so(
    tmp_path, damage
):
    tables = join(1).dump_tables()
    record = json.loads(tables.provenances[0].record)
    demography = record["parameters"]["demography"]
    if damage == "events":
        demography["events"] = 5
    elif damage == "names":
        demography["populations"] = [{"name": [1]}]
    elif damage == "no time":
        demography["events"][0]["time"] = None
    elif damage == "a class":
        demography["events"][0]["__class__"] = 7
    elif damage == "text":
        record["parameters"]["demography"] = "two islands"
    tables.provenances.clear()
    if damage != "none":
        tables.provenances.add_row(json.dumps(record))
    found, remarks = find_runs(tmp_path, tables.tree_sequence())
    assert found > 0
    assert any("all recorded moves of lineages were taken as gene flow" in one for one in remarks)


def test_trees_that_were_begun_by_another_program_are_refused(tmp_path):
    """What moved in the part that another program simulated is not recorded."""
    old = msprime.sim_ancestry(
        {0: 3, 1: 2},
        demography=msprime.Demography.island_model([500, 500], 1e-3),
        sequence_length=LENGTH,
        end_time=20,
        random_seed=1,
    )
    tables = old.dump_tables()
    tables.provenances.clear()
    trees = msprime.sim_ancestry(
        initial_state=tables,
        demography=msprime.Demography.island_model([500, 500], 1e-3),
        record_migrations=True,
        random_seed=1,
    )
    assert trees.num_migrations
    populations = {"A": 1, "B": 0}
    message = refusal(
        tmp_path, trees, tree_statistics=(RECENT,), populations={**populations, "C": 0}
    )
    assert message.startswith("a.trees: does not record which lineages moved")


# Classes by what happened ------------------------------------------------------------------------


def test_a_window_in_which_no_lineage_moved_is_of_the_class_without_gene_flow(tmp_path):
    classes = {"parameters": {"class": "into_a"}, "without_gene_flow": "none"}
    for trees, label in ((join(0.4), "into_a"), (join(1), "none")):
        replicate, _ = read(tmp_path, trees, **classes)
        assert replicate.tree_statistics == {"target/gene_flow": label}
    replicate, _ = read(tmp_path, join(1), **{**classes, "parameters": {"class": "none"}})
    assert replicate.tree_statistics == {"target/gene_flow": "none"}
    message = refusal(tmp_path, join(0.4), **{**classes, "parameters": {"class": "none"}})
    assert message == (
        "a.trees: is of the class none, but lineages moved by gene flow: list it in another class, "
        "or write `target: class` for the classes of files"
    )


def test_lineages_of_samples_that_are_not_used_do_not_count(tmp_path):
    """Only B is used, and none of it moved."""
    of_b = Samples(individuals=(("B", 3),), ploidy=2)
    replicate, _ = read(
        tmp_path,
        join(0.4),
        of_b,
        subsampling_seed=1,
        parameters={"class": "into_a"},
        without_gene_flow="none",
    )
    assert replicate.tree_statistics == {"target/gene_flow": "none"}


# The same simulations, own and imported -----------------------------------------------------------

SAMPLED = Samples(individuals=(("eur", 3), ("afr", 2)), ploidy=2)
COUNT = 20


def simulate_here(folder, text, source, since):
    """Return the shard of coalflow's own simulations of a history."""
    (folder / "history.yaml").write_text(text)
    written = {
        "run": "own",
        "seed": 1,
        "simulation": {
            "demography": {"demes": str(folder / "history.yaml")},
            "samples": dict(SAMPLED.individuals),
            "sequence_length": LENGTH,
            "mutation_rate": 2e-7,
            "recombination_rate": 1e-7,
            "replicates": COUNT,
        },
        "encoding": {"pad": True},
        "target": {"ancestry": {"of": "eur", "from": source, **since}},
    }
    maker = SettingsMaker(read_config(written))
    (cell,) = maker.cells.values()
    replicates = Replicates(maker.simulate(cell, 0, COUNT))
    for index in range(COUNT):
        replicates.add(index)
    replicates.write(folder / "own.npz")
    return shards.read_shard(folder / "own.npz"), {**written, "run": "imported"}


def simulate_elsewhere(folder, text):
    """Write files of the same simulations, as a user of msprime does."""
    demography = msprime.Demography.from_demes(demes.loads(text))
    for index in range(COUNT):
        seed = seeds.derive_replicate_seed(1, "all", index)
        ancestry_seed, mutation_seed = seeds.split_for_msprime(seed)
        trees = msprime.sim_ancestry(
            dict(SAMPLED.individuals),
            demography=demography,
            sequence_length=LENGTH,
            recombination_rate=1e-7,
            discrete_genome=False,
            record_migrations=True,
            random_seed=ancestry_seed,
        )
        trees = msprime.sim_mutations(
            trees,
            rate=2e-7,
            model=msprime.BinaryMutationModel(),
            discrete_genome=False,
            random_seed=mutation_seed,
        )
        trees.dump(folder / f"{index}.trees")


def import_files(folder, written):
    """Return the shard of the files, and the remarks on them."""
    section = {"format": "trees", "files": {"all": [str(folder / "*.trees")]}}
    kept = {key: written["simulation"][key] for key in ("samples", "sequence_length", "replicates")}
    config = read_config({**written, "simulation": {**kept, "import": section}})
    maker = SettingsMaker(config)
    (cell,) = maker.cells.values()
    settings, remarks = maker.import_simulations(cell), Remarks()
    shard = ImportedShard(settings)
    for index, replicate in enumerate(read_replicates(settings, remarks)):
        shard.add(replicate, index)
    shard.write(folder / "imported.npz")
    return shards.read_shard(folder / "imported.npz"), list(remarks)


# Between two moves, or after the only one.
SINCE = {"a pulse into an ancestor": 1600, "a ghost": 250}


@pytest.mark.parametrize("is_recent", [False, True])
@pytest.mark.parametrize("name", GRAPHS)
def test_the_same_simulations_have_the_same_truth_own_and_imported(tmp_path, name, is_recent):
    text, source, _ = GRAPHS[name]
    since = {"since": SINCE.get(name, 160)} if is_recent else {}
    own, written = simulate_here(tmp_path, text, source, since)
    simulate_elsewhere(tmp_path, text)
    imported, remarks = import_files(tmp_path, written)
    np.testing.assert_array_equal(imported.haplotypes, own.haplotypes)
    np.testing.assert_array_equal(imported.positions, own.positions)
    for one, other in zip(imported.ancestry.runs, own.ancestry.runs, strict=True):
        np.testing.assert_array_equal(one, other)
    np.testing.assert_array_equal(imported.ancestry.offsets, own.ancestry.offsets)
    (share,) = (key for key in own.truth if key.startswith("target/introgression"))
    np.testing.assert_array_equal(imported.truth[share], own.truth[share])
    assert not remarks
    assert len(own.ancestry.runs.haplotype) > 0
