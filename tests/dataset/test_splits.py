"""The split: dealt exactly, for good, and written down with what each replicate is."""

import itertools
import json
import re
import shutil
from collections import Counter

import numpy as np
import pandas as pd
import pytest
from helpers.data import (
    PROPERTY,
    central_rows,
    genotypes_again,
    make_config,
    make_targets,
    prepare_split,
    simulate_shards,
    textbook_d,
    trees_again,
)
from helpers.models import windows_of
from hypothesis import given
from hypothesis import strategies as st

from coalflow.config.schema.dataset import Split
from coalflow.core import seeds
from coalflow.core.errors import CoalflowError
from coalflow.dataset import dealing, split_names, splits
from coalflow.statistics import site_statistics
from coalflow.windows import shards

CELLS = ["population_size=1000", "population_size=500"]  # sorted as names
SAMPLES, SITES = 3, 8


@st.composite
def exact_fractions(draw):
    """Draw three fractions that are exact decimals, and the replicates that deal them whole."""
    whole = draw(st.sampled_from([10, 20, 25, 50, 100, 1000]))
    train = draw(st.integers(1, whole - 2))
    validation = draw(st.integers(1, whole - 1 - train))
    parts = (train, validation, whole - train - validation)
    common = np.gcd.reduce([*parts, whole])
    split = Split(**dict(zip(split_names.SPLITS, (part / whole for part in parts), strict=True)))
    return split, int(whole // common), [int(part // common) for part in parts]


# Dealing -------------------------------------------------------------------------------------


@PROPERTY
@given(exact_fractions(), st.integers(0, 2**53), st.integers(1, 5))
def test_every_whole_block_has_the_fractions_exactly(drawn, seed, blocks):
    split, block, parts = drawn
    dealt = dealing.assign_splits(seed, "cell", blocks * block, split)
    expected = dict(zip(split_names.SPLITS, parts, strict=True))
    for part in dealt.reshape(blocks, block):
        assert Counter(part.tolist()) == expected


@PROPERTY
@given(exact_fractions(), st.integers(0, 2**53), st.integers(1, 300), st.integers(0, 300))
def test_growing_moves_no_replicate(drawn, seed, replicates, more):
    split, _, _ = drawn
    before = dealing.assign_splits(seed, "cell", replicates, split)
    after = dealing.assign_splits(seed, "cell", replicates + more, split)
    assert len(before) == replicates
    np.testing.assert_array_equal(after[:replicates], before)


def test_cells_seeds_and_blocks_are_dealt_on_their_own():
    split = Split()
    dealt = dealing.assign_splits(1, "a", 100, split)
    assert (dealt != dealing.assign_splits(1, "b", 100, split)).any()
    assert (dealt != dealing.assign_splits(2, "a", 100, split)).any()
    np.testing.assert_array_equal(dealt, dealing.assign_splits(1, "a", 100, split))
    blocks = {tuple(block) for block in dealt.reshape(10, 10)}
    assert len(blocks) > 5


def test_every_position_in_a_block_goes_to_each_split_in_its_fraction():
    fractions = Split(train=0.5, validation=0.25, test=0.25)
    dealt = dealing.assign_splits(3, "cell", 4 * 2000, fractions).reshape(2000, 4)
    for split, fraction in fractions.fractions.items():
        # 2,000 blocks: SE 0.011 or less, so 0.05 is more than 4 of them.
        np.testing.assert_allclose((dealt == split).mean(axis=0), fraction, atol=0.05)


# Given ---------------------------------------------------------------------------------------


@PROPERTY
@given(st.integers(0, 2**53), st.integers(0, 300), st.integers(0, 300))
def test_a_given_test_stays_and_growing_moves_nothing(seed, train, more):
    given = np.repeat(["test", "train"], [7, train + more])
    whole = dealing.complete_splits(given, seed, "cell", 0.1)
    before = dealing.complete_splits(given[: 7 + train], seed, "cell", 0.1)
    np.testing.assert_array_equal(whole[: len(before)], before)
    assert (whole[:7] == "test").all()
    assert "test" not in whole[7:]


def test_exactly_the_fraction_of_training_windows_is_for_validation():
    given = np.tile(["train", "test"], 100)
    splits_of_cell = dealing.complete_splits(given, 3, "cell", 0.05)
    assert Counter(splits_of_cell.tolist()) == {"train": 95, "validation": 5, "test": 100}


# The table -----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """Return the settings, the view, the folder of shards and the table of a small run."""
    config = make_config(replicates=40, shard_size=15, sites=SITES)
    folder = tmp_path_factory.mktemp("shards")
    simulate_shards(folder, config)
    settings, view = prepare_split(config)
    return settings, view, folder, splits.make_split_table(folder, settings, view)


def change_encoding(view, **changes):
    return view.model_copy(update={"encoding": view.encoding.model_copy(update=changes)})


def change_targets(view, targets):
    return view.model_copy(update={"targets": targets})


def simulate_and_split(folder, config):
    """Return the split table of a run that is simulated for it."""
    simulate_shards(folder, config)
    return splits.make_split_table(folder, *prepare_split(config))


def test_rows_are_in_the_order_of_cells_and_numbers(run):
    _, _, folder, table = run
    assert table["cell"].tolist() == [CELLS[0]] * 40 + [CELLS[1]] * 40
    assert table["replicate"].tolist() == [*range(40)] * 2
    assert table["shard"].tolist() == ([0] * 15 + [1] * 15 + [2] * 10) * 2
    assert table["row"].tolist() == [*range(15), *range(15), *range(10)] * 2
    for row in table.itertuples():
        shard = shards.read_shard(folder / row.cell / f"{row.shard:05d}.npz")
        assert shard.replicate[row.row] == row.replicate
        assert shard.seed[row.row] == row.seed
        assert shard.sites[row.row] == row.sites


def test_columns_are_what_is_promised(run):
    table = run[3]
    expected = "cell shard row replicate seed split reason sites refused_draws "
    expected += "history mutation_rate population_size recombination_rate sequence_length tajimas_d"
    assert list(table) == expected.split()
    assert table["seed"].dtype == np.uint64
    for cell, part in table.groupby("cell"):
        assert set(part["population_size"]) == {int(cell.split("=")[1])}
    for parameter, value in (("history", "constant"), ("mutation_rate", 1.5e-8)):
        assert set(table[parameter]) == {value}


def test_windows_with_too_few_sites_are_left_out_with_the_reason(run):
    table = run[3]
    short = table["sites"] < SITES
    assert 10 < short.sum() < 60
    assert (table["reason"] == np.where(short, split_names.TOO_FEW_SITES, "")).all()
    assert ((table["split"] == split_names.EXCLUDED) == short).all()
    assert (table["tajimas_d"].isna() == short).all()


def test_windows_with_as_many_sites_as_the_net_reads_are_kept(run):
    table = run[3]
    exactly = table[table["sites"] == SITES]
    assert len(exactly) > 0
    assert (exactly["split"] != split_names.EXCLUDED).all()


def test_windows_that_are_left_out_move_no_other(run):
    settings, _, _, table = run
    for cell, part in table.groupby("cell"):
        dealt = dealing.assign_splits(settings.seed, cell, 40, settings.split)
        used = (part["split"] != split_names.EXCLUDED).to_numpy()
        assert (part["split"].to_numpy()[used] == dealt[used]).all()


def test_the_target_is_that_of_the_middle_sites(run):
    table = run[3]
    for row in table[table["reason"] == ""].itertuples():
        alleles = genotypes_again(row, SAMPLES)
        assert len(alleles) == row.sites
        expected = textbook_d(central_rows(alleles, SITES))
        assert row.tajimas_d == pytest.approx(expected, abs=1e-10, rel=0)


def test_the_target_can_be_another_statistic(run):
    settings, view, folder, table = run
    view = change_targets(view, make_targets("diversity"))
    other = splits.make_split_table(folder, settings, view)
    assert "tajimas_d" not in other
    for row in other[other["reason"] == ""].itertuples():
        copies = central_rows(genotypes_again(row, SAMPLES), SITES).sum(axis=1, dtype=int)
        pairs = 2 * SAMPLES * (2 * SAMPLES - 1) / 2
        expected = (copies * (2 * SAMPLES - copies)).sum() / pairs
        assert row.diversity == pytest.approx(expected, abs=1e-10, rel=0)
    pd.testing.assert_series_equal(other["split"], table["split"])


def test_a_target_can_be_a_parameter_next_to_a_statistic(run):
    settings, view, folder, table = run
    size = {"parameter": "population_size", "scale": "log"}
    view = change_targets(view, make_targets("diversity", size=size))
    other = splits.make_split_table(folder, settings, view)
    assert list(other)[-2:] == ["diversity", "size"]
    assert (other["size"] == other["population_size"]).all()
    pd.testing.assert_series_equal(other["split"], table["split"])


def test_what_has_no_logarithm_is_undefined(run):
    settings, view, folder, _ = run
    before, after = (
        splits.make_split_table(
            folder, settings, change_targets(view, make_targets(tajimas_d={"scale": scale}))
        )
        for scale in ("linear", "log")
    )
    defined = before["reason"] == ""
    positive = (before["tajimas_d"] > 0).to_numpy()
    assert 0 < (defined & ~positive).sum() < defined.sum()
    assert (after.loc[defined & ~positive, "reason"] == split_names.TARGET_UNDEFINED).all()
    assert (after.loc[defined & positive, "reason"] == "").all()


def test_statistics_of_trees_are_those_of_the_simulation(tmp_path):
    config = make_config(
        replicates=20,
        shard_size=20,
        sites=SITES,
        target=["time_to_common_ancestor", "tajimas_d"],
    )
    table = simulate_and_split(tmp_path, config)
    for row in table.itertuples():
        trees = trees_again(row, SAMPLES)
        spans = np.diff(trees.breakpoints(as_array=True))
        expected = np.average([tree.time(tree.root) for tree in trees.trees()], weights=spans)
        assert row.time_to_common_ancestor == pytest.approx(expected, rel=1e-12)
    # The others depend on the sites that are observed; a tree has its time whatever these are.
    few = table["reason"] == split_names.TOO_FEW_SITES
    assert few.any()
    assert table.loc[few, "tajimas_d"].isna().all()
    settings, view = prepare_split(config)
    renamed = make_targets(tmrca={"statistic": "time_to_common_ancestor"})
    again = splits.make_split_table(tmp_path, settings, change_targets(view, renamed))
    assert (again["tmrca"] == table["time_to_common_ancestor"]).all()


def test_a_shard_without_a_statistic_of_trees_is_refused(run):
    settings, view, folder, _ = run
    view = change_targets(view, make_targets("coalescence_time"))
    with pytest.raises(CoalflowError, match=r"00000\.npz: holds no target/coalescence_time\(\)"):
        splits.make_split_table(folder, settings, view)


def test_a_sweep_is_fixed_when_it_is_and_not_when_it_was_drawn(run, tmp_path):
    settings, view, folder, _ = run
    shutil.copytree(folder, tmp_path, dirs_exist_ok=True)
    for path in tmp_path.glob("*/*.npz"):
        shard = shards.read_shard(path)
        drawn = np.arange(len(shard.replicate), dtype=float)
        times = {"parameter/fixation_time": drawn, "target/fixation_time": drawn + 0.5}
        rewrite(path, shard, {**shard.truth, **times})
    view = change_targets(view, make_targets("fixation_time"))
    table = splits.make_split_table(tmp_path, settings, view)
    assert (table["fixation_time"] % 1 == 0.5).all()


def test_the_size_of_shards_changes_no_replicate(run, tmp_path):
    table = run[3]
    again = simulate_and_split(tmp_path, make_config(replicates=40, shard_size=40, sites=SITES))
    assert set(again["shard"]) == {0}
    pd.testing.assert_frame_equal(
        again.drop(columns=["shard", "row"]),
        table.drop(columns=["shard", "row"]),
        check_exact=True,
    )


def test_more_replicates_add_rows_and_change_none(run, tmp_path):
    table = run[3]
    after = simulate_and_split(tmp_path, make_config(replicates=65, shard_size=15, sites=SITES))
    assert len(after) == 2 * 65
    before = after[after["replicate"] < 40].reset_index(drop=True)
    pd.testing.assert_frame_equal(before, table, check_exact=True)


def test_a_target_that_is_undefined_is_left_out_with_the_reason(run, tmp_path):
    settings, view, folder, table = run
    shutil.copytree(folder, tmp_path, dirs_exist_ok=True)
    path = tmp_path / CELLS[0] / "00000.npz"
    shard = shards.read_shard(path)
    # Enough sites, none of which varies.
    varied, _ = site_statistics.build_star_trees(
        windows_of(np.eye(2 * SAMPLES, dtype=np.uint8)[None].repeat(2, 1))
    )
    writer = shards.ShardWriter()
    for replicate, seed in zip(shard.replicate, shard.seed, strict=True):
        writer.add(varied, int(replicate), int(seed))
    writer._packed[3][:] = 0
    writer.write(path, shard.truth, shard.meta)
    after = splits.make_split_table(tmp_path, settings, view)
    planted = after.iloc[3]
    assert (planted["reason"], planted["split"]) == (
        split_names.TARGET_UNDEFINED,
        split_names.EXCLUDED,
    )
    assert np.isnan(planted["tajimas_d"])
    assert planted["sites"] == 2 * SAMPLES * 2
    assert (after["reason"] == split_names.TARGET_UNDEFINED).sum() == 1
    pd.testing.assert_frame_equal(after.iloc[15:], table.iloc[15:], check_exact=True)


# Classes -------------------------------------------------------------------------------------


@pytest.fixture
def with_classes(run, tmp_path):
    """Return settings, view and folder of the run with two histories for its two cells."""
    settings, view, folder, _ = run
    shutil.copytree(folder, tmp_path / "shards")
    for cell, name in zip(CELLS, ("growth", "constant"), strict=True):
        for path in (tmp_path / "shards" / cell).glob("*.npz"):
            shard = shards.read_shard(path)
            history = np.full(len(shard.replicate), name)
            rewrite(path, shard, {**shard.truth, "parameter/history": history})
    view = change_targets(view, make_targets("history", classes=["growth", "constant"]))
    return settings, view, tmp_path / "shards"


def rewrite(path, shard, truth):
    """Write a shard again, with other truths."""
    writer = shards.ShardWriter()
    for i, (first, end) in enumerate(itertools.pairwise(shard.offsets)):
        alleles = np.unpackbits(shard.haplotypes[first:end], axis=1, count=2 * SAMPLES)
        identity = int(shard.replicate[i]), int(shard.seed[i])
        writer.add_alleles(alleles.astype(bool), shard.positions[first:end], *identity)
    writer.write(path, truth, shard.meta)


def with_padding(view):
    return change_encoding(view, pad=True, length=100_000)


def test_every_split_has_as_many_windows_of_each_class(with_classes):
    settings, view, folder = with_classes
    table = splits.make_split_table(folder, settings, with_padding(view))
    assert (table["reason"] == "").all()
    counts = pd.crosstab(table["split"], table["history"])
    assert counts.loc["train"].tolist() == [32, 32]
    assert counts.loc["validation"].tolist() == counts.loc["test"].tolist() == [4, 4]


def test_a_target_with_classes_is_a_column_of_names_and_always_defined(with_classes, run):
    settings, view, folder = with_classes
    table = splits.make_split_table(folder, settings, view)
    assert "tajimas_d" not in table
    assert set(table["history"]) == {"growth", "constant"}
    assert (table["reason"] == run[3]["reason"]).all()
    assert (table["split"] == run[3]["split"]).all()


def test_padding_keeps_windows_with_few_sites(run):
    settings, view, folder, before = run
    table = splits.make_split_table(folder, settings, with_padding(view))
    few = before["sites"] < SITES
    # Where none of its sites varies, and only there, a window has no Tajima's D.
    assert (table.loc[few, "reason"] == "").sum() > 10
    assert set(table["reason"]) <= {"", split_names.TARGET_UNDEFINED}
    assert (table["reason"] == split_names.TARGET_UNDEFINED).eq(table["sites"] == 0).all()
    for row in table[few & (table["sites"] > 0)].itertuples():
        assert row.tajimas_d == pytest.approx(textbook_d(genotypes_again(row, SAMPLES)), abs=1e-9)
    pd.testing.assert_series_equal(table.loc[~few, "tajimas_d"], before.loc[~few, "tajimas_d"])


@pytest.mark.parametrize("stretch", ["central", "first", "random"])
def test_sites_and_target_are_those_of_the_bases_that_are_seen(run, stretch):
    settings, view, folder, _ = run
    view = change_encoding(view, sites=100, pad=True, length=40_000, stretch=stretch, seed=3)
    table = splits.make_split_table(folder, settings, view)
    for (cell, index), rows in list(table.groupby(["cell", "shard"]))[:2]:
        shard = shards.read_shard(folder / cell / f"{index:05d}.npz")
        drawn = seeds.derive_fractions(3, "stretch", "bases", names=rows["seed"])
        for row, fraction in zip(rows.itertuples(), drawn, strict=True):
            starts = {"central": 30_000, "first": 0, "random": int(fraction * 60_001)}
            part = slice(*shard.offsets[row.row : row.row + 2])
            bases = shard.positions[part] - starts[stretch]
            inside = (bases >= 0) & (bases < 40_000)
            alleles = np.unpackbits(shard.haplotypes[part][inside], axis=1, count=2 * SAMPLES)
            assert row.sites == len(alleles)
            if len(alleles):
                assert row.tajimas_d == pytest.approx(textbook_d(alleles), abs=1e-9)


def test_a_split_without_a_class_is_refused(with_classes):
    settings, view, folder = with_classes
    table = splits.make_split_table(folder, settings, view)
    most = table.groupby("history")["sites"].max()
    needy = change_encoding(view, sites=int(most.min()) + 1)
    with pytest.raises(CoalflowError, match=r"needs at least 2 replicates( of history \w+)? and"):
        splits.make_split_table(folder, settings, needy)
    unknown = make_targets("history", classes=["growth", "constant", "bottleneck"])
    with pytest.raises(CoalflowError, match="train split needs at least 2 replicates of history b"):
        splits.make_split_table(folder, settings, change_targets(view, unknown))


# What is refused -----------------------------------------------------------------------------


@pytest.fixture
def copied(run, tmp_path):
    settings, view, folder, _ = run
    shutil.copytree(folder, tmp_path / "shards")
    return settings, view, tmp_path / "shards"


def test_a_shard_with_other_replicates_is_refused(copied):
    settings, view, folder = copied
    path = folder / CELLS[0] / "00000.npz"
    shutil.copy(folder / CELLS[0] / "00001.npz", path)
    with pytest.raises(CoalflowError, match="does not hold replicates 0 to 14") as caught:
        splits.make_split_table(folder, settings, view)
    assert str(path) in str(caught.value)


def test_a_shard_of_another_size_is_refused(copied):
    settings, view, folder = copied
    settings = settings.model_copy(update={"shard_size": 10})
    with pytest.raises(CoalflowError, match="does not hold replicates 0 to 9"):
        splits.make_split_table(folder, settings, view)


def test_a_shard_of_another_cell_is_refused(copied):
    settings, view, folder = copied
    path = folder / CELLS[1] / "00002.npz"
    shutil.copy(folder / CELLS[0] / "00002.npz", path)
    with pytest.raises(CoalflowError, match=re.escape(str(path))):
        splits.make_split_table(folder, settings, view)


def test_a_missing_shard_is_refused(copied):
    settings, view, folder = copied
    path = folder / CELLS[1] / "00001.npz"
    path.unlink()
    with pytest.raises(CoalflowError, match=re.escape(str(path))):
        splits.make_split_table(folder, settings, view)


def test_a_run_without_usable_windows_says_what_to_change(run):
    settings, view, folder, _ = run
    with pytest.raises(CoalflowError) as caught:
        splits.make_split_table(folder, settings, change_encoding(view, sites=1000))
    message = str(caught.value)
    assert message.startswith("the train split needs at least 2 replicates and has 0")
    assert "Of 80 replicates, these were left out: 80 (too few sites)" in message
    assert "simulation.sequence_length" in message
    assert "encoding.sites" in message


def test_a_split_with_a_single_replicate_is_refused(run):
    settings, view, folder, table = run

    def smallest(sites):
        enough = table[table["sites"] >= sites]
        return min((enough["split"] == split).sum() for split in split_names.SPLITS)

    sites = next(sites for sites in range(SITES, 1000) if smallest(sites) == 1)
    short = int((table["sites"] < sites).sum())
    with pytest.raises(CoalflowError, match=r"at least 2 replicates and has 1") as caught:
        splits.make_split_table(folder, settings, change_encoding(view, sites=sites))
    assert f"Of 80 replicates, these were left out: {short} (too few sites)" in str(caught.value)


def test_a_parameter_without_true_values_is_refused(run):
    settings, view, folder, _ = run
    settings = settings.model_copy(update={"drawn": ("theta",)})
    with pytest.raises(CoalflowError, match="no imported replicate has a true value of theta"):
        splits.make_split_table(folder, settings, view)


# The table, where splits are given -------------------------------------------------------------


def give_sets(folder, given):
    """Write into the shards of each cell what its replicates are for."""
    for path in folder.glob("*/*.npz"):
        arrays = dict(np.load(path))
        meta = json.loads(str(arrays["meta"]))
        meta["arrays"].append(shards.GIVEN)
        arrays |= {shards.GIVEN: given[arrays["replicate"]], "meta": np.array(json.dumps(meta))}
        np.savez(path, **arrays)


def split_given(run, folder, given):
    settings, view, shards_folder, _ = run
    shutil.copytree(shards_folder, folder, dirs_exist_ok=True)
    give_sets(folder, given)
    split = Split(validation=0.2, given="set")
    return splits.make_split_table(folder, settings.model_copy(update={"split": split}), view)


def test_the_splits_that_are_given_are_those_of_the_table(run, tmp_path):
    given = np.resize(["train", "test", "train", "validation"], 40)
    table = split_given(run, tmp_path, given)
    used = (table["split"] != split_names.EXCLUDED).to_numpy()
    assert (table["split"].to_numpy()[used] == np.tile(given, 2)[used]).all()
    assert list(table) == list(run[3])


def test_without_validation_windows_some_for_training_are(run, tmp_path):
    given = np.repeat(["test", "train"], [10, 30])
    table = split_given(run, tmp_path, given)
    for _, part in table.groupby("cell"):
        used = part[part["split"] != split_names.EXCLUDED]
        assert set(used["split"][used["replicate"] < 10]) == {"test"}
        assert set(used["split"][used["replicate"] >= 10]) == {"train", "validation"}


def test_a_given_set_without_windows_is_refused(run, tmp_path):
    with pytest.raises(CoalflowError) as error:
        split_given(run, tmp_path, np.full(40, "train"))
    assert "the test split needs at least 2 replicates and has 0." in str(error.value)
    assert str(error.value).endswith(splits.FIX_OF_GIVEN)
