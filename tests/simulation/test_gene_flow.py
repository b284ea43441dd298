"""Gene flow from config to shards: kinds, what happened, and where haplotypes are from."""

import copy

import demes
import msprime
import numpy as np
import pytest
from helpers.gene_flow import CONFIG, HISTORY, KINDS, walk, write_demes

from coalflow.config.histories.routes import Route, list_routes
from coalflow.config.loading import read_config
from coalflow.config.settings.making import SettingsMaker
from coalflow.config.settings.simulating import AncestryTruth
from coalflow.core import seeds
from coalflow.simulation import ancestry
from coalflow.simulation.cell_simulator import CellSimulator
from coalflow.simulation.gene_flow import (
    GeneFlow,
    find_of_kind,
    find_on_routes,
)
from coalflow.simulation.neutral import NeutralSimulator
from coalflow.simulation.replicates import Replicates
from coalflow.statistics.introgression.moves import Moves
from coalflow.windows.shards import read_shard

ROUTES = {
    "pulses.0": Route("north", "south", 300, 300),
    "pulses.1": Route("south", "north", 200, 200),
    "pulses.2": Route("north", "ghost", 100, 100),
    "migrations.0": Route("south", "north", 250, 3000),
}


@pytest.fixture(autouse=True)
def working_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_demes(tmp_path)


def make_settings(target="gene_flow", **simulation):
    """Return the settings of each cell, by its name."""
    config = copy.deepcopy({**CONFIG, "target": target})
    changed = {**config["simulation"], **simulation}
    config["simulation"] = {key: value for key, value in changed.items() if value is not None}
    maker = SettingsMaker(read_config(config))
    return {cell.name: maker.simulate(cell, 0, 20) for cell in maker.cells.values()}


def find_gene_flow(simulator, seed=1):
    return simulator.draw(seed).gene_flow


def run(settings, path, replicates=range(20)):
    simulated = Replicates(settings)
    for index in replicates:
        simulated.add(index)
    simulated.write(path)
    return read_shard(path)


# Kinds -----------------------------------------------------------------------------------------


def test_kinds_switch_their_own_pulses_and_migrations_and_leave_the_others_on():
    always = {ROUTES["pulses.2"]}
    for name, settings in make_settings().items():
        gene_flow = find_gene_flow(CellSimulator(settings, records_moves=True))
        on = {ROUTES[part] for part in KINDS[name.removeprefix("gene_flow=")]}
        assert set(gene_flow.routes) == always | on
        assert set(gene_flow.switched) == on


def test_paths_count_what_the_file_has_whatever_is_off():
    settings = make_settings(prior={"pulses.1.time": {"uniform": [120, 140]}})
    southward = CellSimulator(settings["gene_flow=southward"], records_moves=True)
    (pulse,) = (r for r in find_gene_flow(southward).switched if r.start == r.end)
    assert 120 <= pulse.start <= 140
    # Where there is no such pulse, nothing is drawn.
    assert "pulses.1.time" not in settings["gene_flow=northward"].parameters


def test_a_kind_can_be_drawn_or_be_one_value():
    drawn = {"gene_flow": {"categorical": {"values": list(KINDS)}}}
    (settings,) = make_settings(grid=None, prior=drawn).values()
    simulator = CellSimulator(settings, records_moves=True)
    found = set()
    for seed in range(30):
        draw = simulator.draw(seeds.derive_seed(seed, "any"))
        kind = draw.parameters["gene_flow"]
        assert set(draw.gene_flow.switched) == {ROUTES[part] for part in KINDS[kind]}
        found.add(kind)
    assert found == set(KINDS)
    (single,) = make_settings("diversity", grid=None, gene_flow="northward").values()
    gene_flow = find_gene_flow(CellSimulator(single, records_moves=True))
    assert set(gene_flow.switched) == {ROUTES["pulses.0"]}


def test_numbers_of_a_pulse_that_there_is_not_are_not_true_values(tmp_path):
    prior = {
        "gene_flow": {"categorical": {"values": list(KINDS)}},
        "pulses.0.time": {"uniform": [200, 400]},
    }
    (settings,) = make_settings(grid=None, prior=prior).values()
    truth = run(settings, tmp_path / "shard.npz").truth
    is_there = truth["parameter/gene_flow"] == "northward"
    assert (np.isfinite(truth["parameter/pulses.0.time"]) == is_there).all()
    assert 0 < is_there.sum() < 20


def test_a_file_without_kinds_is_simulated_as_before():
    def simulate(demography, **changes):
        given = {"demography": {"demes": "flow.yaml", **demography}, "grid": None, **changes}
        (settings,) = make_settings("diversity", **given).values()
        return settings, CellSimulator(settings).simulate_replicate(5).trees

    settings, plain = simulate({})
    assert "gene_flow" not in settings.history.as_json()
    every = [*HISTORY["pulses"], *HISTORY["migrations"]]
    assert len(every) == 4
    parts = ["pulses.0", "pulses.1", "pulses.2", "migrations.0"]
    _, all_on = simulate({"gene_flow": {"all": parts}}, gene_flow="all")
    assert plain.tables.equals(all_on.tables, ignore_provenance=True)


# Moves -------------------------------------------------------------------------------------------


def make_simulator(records_moves):
    demography = msprime.Demography.from_demes(demes.Graph.fromdict(HISTORY))
    sets = [msprime.SampleSet(3, "south"), msprime.SampleSet(4, "north", time=50)]
    return NeutralSimulator(demography, sets, records_moves=records_moves)


@pytest.mark.parametrize(
    "parameters",
    [
        {"sequence_length": 20_000, "recombination_rate": 1e-7},
        {"sequence_length": 400_000, "recombination_rate": 1e-7},  # more memory than at first
        {"sequence_length": 900, "recombination_rate": 1e-6, "gene_conversion_tract": 1500},
    ],
)
@pytest.mark.parametrize("has_internals", [True, False])
def test_windows_are_the_same_bits_whether_or_not_moves_are_recorded(
    parameters, has_internals, monkeypatch
):
    if not has_internals:
        monkeypatch.setattr(ancestry, "load_internals", lambda: None)
    plain, recording = make_simulator(False), make_simulator(True)
    monkeypatch.undo()
    found = 0
    for seed in range(8):
        values = {**parameters, "mutation_rate": 1e-7}
        trees, moves = recording.simulate_lineages(values, seed)
        assert trees.tables.equals(plain.simulate_trees(values, seed).tables)
        assert plain.simulate_lineages(values, seed)[1] is None
        assert len(trees.tables.migrations) == 0
        assert (moves.right <= parameters["sequence_length"]).all()
        assert (moves.left < moves.right).all()
        found += len(moves)
    assert found > 50


def test_moves_are_those_that_msprime_records(monkeypatch):
    ours = make_simulator(True)
    monkeypatch.setattr(ancestry, "load_internals", lambda: None)
    msprimes = make_simulator(True)
    values = {"sequence_length": 50_000, "recombination_rate": 1e-7, "mutation_rate": 0.0}
    for seed in range(5):
        (_, moves), (_, expected) = (
            one.simulate_lineages(values, seed) for one in (ours, msprimes)
        )
        for name in ("left", "right", "node", "source", "dest", "time"):
            np.testing.assert_array_equal(getattr(moves, name), getattr(expected, name))
        assert moves.populations == expected.populations == ("old", "north", "south", "ghost")


def make_moves(*rows):
    """Return moves of (source, dest, time)."""
    source, dest, time = (np.array(values) for values in zip(*rows, strict=True))
    left, right, node = np.zeros(len(rows)), np.ones(len(rows)), np.zeros(len(rows), int)
    return Moves(left, right, node, source, dest, time, ("old", "north", "south", "ghost"))


def test_the_joining_of_an_ancestor_is_not_gene_flow():
    gene_flow = GeneFlow(tuple(list_routes(demes.Graph.fromdict(HISTORY))))
    rows = [(1, 2, 300), (2, 1, 200), (1, 3, 100), (2, 1, 2999), (2, 1, 251)]
    assert find_on_routes(make_moves(*rows), gene_flow).all()
    splits = [(3, 2, 1500), (1, 0, 3000), (2, 0, 3000), (2, 1, 3000), (2, 1, 210), (1, 2, 200)]
    assert not find_on_routes(make_moves(*splits), gene_flow).any()


def test_a_pulse_that_is_always_on_is_not_a_migration_of_the_kind():
    pulse, migration = Route("south", "north", 200, 200), Route("south", "north", 100, 400)
    gene_flow = GeneFlow((pulse, migration), (migration,))
    moves = make_moves((2, 1, 200), (2, 1, 201))
    assert find_of_kind(moves, gene_flow).tolist() == [False, True]
    assert find_of_kind(moves, GeneFlow((pulse, migration), (pulse,))).tolist() == [True, False]


def test_an_admixture_is_gene_flow():
    mixed = copy.deepcopy(HISTORY)
    mixed["demes"].append(
        {
            "name": "mixed",
            "ancestors": ["north", "south"],
            "proportions": [0.5, 0.5],
            "start_time": 40,
            "epochs": [{"start_size": 100}],
        }
    )
    routes = list_routes(demes.Graph.fromdict(mixed))
    assert {Route("mixed", "north", 40, 40), Route("mixed", "south", 40, 40)} < set(routes)


# Truth in shards ---------------------------------------------------------------------------------


def test_a_window_has_the_class_of_what_happened_in_it(tmp_path):
    for name, settings in make_settings(sequence_length=2000).items():
        kind = name.removeprefix("gene_flow=")
        shard = run(settings, tmp_path / "shard.npz")
        labels = shard.truth["target/gene_flow"]
        assert set(shard.truth["parameter/gene_flow"]) == {kind}
        simulator = CellSimulator(settings, records_moves=True)
        for seed, label in zip(shard.seed.tolist(), labels, strict=True):
            draw = simulator.draw(seed)
            parameters = dict(draw.parameters)
            _, moves = draw.evolution.simulate_lineages(parameters, seed)
            pairs = {"southward": (2, 1), "northward": (1, 2), "none": (-1, -1)}[kind]
            moved = ((moves.source == pairs[0]) & (moves.dest == pairs[1])).any()
            assert label == (kind if moved else "none")
        assert kind == "none" or set(labels) == {kind, "none"}


def test_simulated_kinds_need_no_record_of_moves(tmp_path):
    settings = make_settings({"gene_flow": {"label": "simulated"}})["gene_flow=southward"]
    assert settings.without_gene_flow is None
    shard = run(settings, tmp_path / "shard.npz", range(3))
    assert "target/gene_flow" not in shard.truth


def test_introgression_is_the_share_of_bases_that_moved(tmp_path):
    target = {
        "all": {"statistic": "introgression", "of": ["south", "north"]},
        "late": {"statistic": "introgression", "of": ["south", "north"], "since": 220},
    }
    migrations = {"migrations.0.rate": {"uniform": [0.001, 0.002]}}
    settings = make_settings(target, prior=migrations)["gene_flow=southward"]
    wanted = AncestryTruth(of="south", source="north")
    shard = run(settings.model_copy(update={"ancestry": wanted}), tmp_path / "shard.npz")
    shares = shard.truth["target/introgression(south,north)"]
    for index, share in enumerate(shares):
        runs = shard.ancestry.select_replicate(index)
        assert share == pytest.approx((runs.right - runs.left).sum() / (6 * 20_000))
    # By the pulse alone, of 15 %; migration was 250 or more generations ago.
    late = shard.truth["target/introgression(south,north,since=220)"]
    assert (late <= shares).all()
    assert 0.02 < late.mean() < 0.3 < shares.mean()


def test_every_base_in_a_shard_is_that_of_a_walk_along_its_lineage(tmp_path):
    settings = make_settings()["gene_flow=northward"]
    wanted = AncestryTruth(of="north", source="south")
    shard = run(settings.model_copy(update={"ancestry": wanted}), tmp_path / "shard.npz")
    simulator = CellSimulator(settings, records_moves=True)
    painted_sites = 0
    for index, seed in enumerate(shard.seed.tolist()):
        simulated = simulator.simulate_replicate(seed)
        positions = shard.positions[shard.offsets[index] : shard.offsets[index + 1]][::7]
        samples = simulated.trees.samples()
        expected = walk(simulated.trees, simulated.moves, samples, "south", positions)
        expected[:, :6] = False  # those of the south are not asked about
        padded = np.append(positions, [np.nan, np.nan])
        painted = shard.ancestry.paint(np.array([index]), padded[None], np.arange(14))
        np.testing.assert_array_equal(painted[0, :-2], expected)
        assert not painted[0, -2:].any()
        some = shard.ancestry.paint(np.array([index]), padded[None], np.array([9, 7]))
        np.testing.assert_array_equal(some, painted[:, :, [9, 7]])
        painted_sites += expected.sum()
    assert painted_sites > 50


def test_ancestry_does_not_depend_on_the_replicates_before_it(tmp_path):
    settings = make_settings()["gene_flow=northward"]
    settings = settings.model_copy(update={"ancestry": AncestryTruth(of="north", source="south")})
    both = run(settings, tmp_path / "both.npz", [3, 7]).ancestry.select_replicate(1)
    single = run(settings, tmp_path / "single.npz", [7]).ancestry.select_replicate(0)
    for one, other in zip(both, single, strict=True):
        np.testing.assert_array_equal(one, other)
