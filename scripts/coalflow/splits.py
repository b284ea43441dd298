"""Which replicate is for training, which for validation, which for the test.

Within each cell, replicates are dealt by their number in blocks, each shuffled
with a seed of its own. A replicate's place therefore depends on the run's seed,
its cell and its number alone: when the data grow, none moves to another split.
"""

import numpy as np
import pandas as pd

from coalflow import encoding, scenarios, seeds, shards, statistics
from coalflow.errors import CoalflowError
from coalflow.progress import track

SPLITS = ("train", "validation", "test")
EXCLUDED = "excluded"
TOO_FEW_SITES = "too few sites"
TARGET_UNDEFINED = "target undefined"


def deal(seed, cell, replicates, fractions):
    """Return the split of the replicates 0, 1, ... of a cell, an array of names.

    ``fractions`` maps train, validation and test to fractions that sum to 1.
    """
    block = scenarios.split_block(fractions.values())
    deck = np.repeat(SPLITS, [round(fractions[split] * block) for split in SPLITS])
    blocks = -(-replicates // block)
    dealt = [
        seeds.generator(seed, "split", cell, number).permutation(deck) for number in range(blocks)
    ]
    return np.concatenate(dealt)[:replicates]


def make_table(shards_folder, settings):
    """Return the table of all replicates, one row each, in the order of cells and numbers.

    ``settings`` has the config's ``seed``, ``simulation``, ``observation``,
    ``encoding``, ``target`` and ``split``. Columns: cell, shard, row (within the
    shard), replicate, seed, split, reason (why excluded, else empty), sites, the
    target by its name (nan where undefined), and the scenario parameters.

    Raises CoalflowError for a shard that is damaged or not of this run, and
    where a split would be left without a replicate.
    """
    simulation = settings["simulation"]
    ranges = scenarios.shard_ranges(simulation)
    jobs = [
        (cell, number, first, count)
        for cell in scenarios.cells(simulation)
        for number, (first, count) in enumerate(ranges)
    ]
    parts = [
        _rows_of_shard(shards_folder, cell, number, first, count, settings)
        for cell, number, first, count in track(jobs, len(jobs), "shards read")
    ]
    table = pd.concat(parts, ignore_index=True)
    dealt = [
        deal(settings["seed"], cell.name, simulation["replicates"], settings["split"])
        for cell in scenarios.cells(simulation)
    ]
    table.insert(5, "split", np.where(table["reason"] == "", np.concatenate(dealt), EXCLUDED))
    _refuse_empty_splits(table)
    return table


def _rows_of_shard(shards_folder, cell, number, first, count, settings):
    path = shards_folder / cell.name / scenarios.shard_name(number)
    shard = shards.read(path, cell.name)
    if not np.array_equal(shard.replicate, np.arange(first, first + count)):
        raise CoalflowError(
            f"{path}: does not hold replicates {first} to {first + count - 1}. {shards.MEND}"
        )
    sites = settings["encoding"]["sites"]
    enough = np.flatnonzero(shard.sites >= sites)
    target = np.full(count, np.nan)
    if len(enough):
        haplotypes = encoding.middle_sites(shard, enough, sites, shard.meta["haplotypes"])
        matrices = encoding.encode(haplotypes, settings["encoding"], settings["observation"])
        target[enough] = statistics.TARGETS[settings["target"]](matrices)
    reason = np.where(np.isfinite(target), "", TARGET_UNDEFINED)
    reason[shard.sites < sites] = TOO_FEW_SITES
    return pd.DataFrame(
        {
            "cell": cell.name,
            "shard": number,
            "row": np.arange(count),
            "replicate": shard.replicate,
            "seed": shard.seed,
            "reason": reason,
            "sites": shard.sites,
            settings["target"]: target,
            **{
                name.removeprefix("parameter/"): values
                for name, values in shard.truth.items()
                if name.startswith("parameter/")
            },
        }
    )


def _refuse_empty_splits(table):
    counts = table["split"].value_counts()
    for split in SPLITS:
        if counts.get(split, 0) < 2:
            reasons = table.loc[table["reason"] != "", "reason"].value_counts()
            left_out = ", ".join(f"{number:,} ({why})" for why, number in reasons.items())
            raise CoalflowError(
                f"the {split} split needs 2 replicates at least and has {counts.get(split, 0)}. "
                f"Left out of {len(table):,} were: {left_out or 'none'}. Lengthen "
                "simulation.sequence_length, lower encoding.sites or raise simulation.replicates"
            )
