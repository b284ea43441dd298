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
    ``encoding``, ``target`` and ``split``, and the target's ``classes`` or None.
    Columns: cell, shard, row (within the shard), replicate, seed, split, reason (why
    excluded, else empty), refused_draws (how often its parameters were
    drawn in vain), sites (within ``encoding.length`` where there is padding), the
    target by its name (nan where undefined), and the scenario parameters. A target with
    classes is one of these.

    Raises CoalflowError for a shard that is damaged or not of this run, and where a
    split would be left without replicates, or without those of a class.
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
    _refuse_missing_truth(table, simulation)
    dealt = [
        deal(settings["seed"], cell.name, simulation["replicates"], settings["split"])
        for cell in scenarios.cells(simulation)
    ]
    table.insert(5, "split", np.where(table["reason"] == "", np.concatenate(dealt), EXCLUDED))
    _refuse_empty_splits(table, "")
    for name in settings["classes"] or ():
        of_class = table[table[settings["target"]] == name]
        _refuse_empty_splits(of_class, f" of {settings['target']} {name}")
    return table


def _rows_of_shard(shards_folder, cell, number, first, count, settings):
    path = shards_folder / cell.name / scenarios.shard_name(number)
    shard = shards.read(path, cell.name)
    if not np.array_equal(shard.replicate, np.arange(first, first + count)):
        raise CoalflowError(
            f"{path}: does not hold replicates {first} to {first + count - 1}. {shards.MEND}"
        )
    needed = 0 if settings["encoding"]["pad"] else settings["encoding"]["sites"]
    _, sites, _ = encoding.stretches(shard, settings["encoding"])
    enough = sites >= needed
    reason = np.where(enough, "", TOO_FEW_SITES).astype(object)
    target = {}
    if not settings["classes"]:
        values = np.full(count, np.nan)
        if enough.any():
            windows = encoding.of_shard(
                shard, np.flatnonzero(enough), settings["encoding"], settings["observation"]
            )
            values[enough] = statistics.TARGETS[settings["target"]](windows)
        reason[enough & ~np.isfinite(values)] = TARGET_UNDEFINED
        target[settings["target"]] = values
    return pd.DataFrame(
        {
            "cell": cell.name,
            "shard": number,
            "row": np.arange(count),
            "replicate": shard.replicate,
            "seed": shard.seed,
            "reason": reason,
            "sites": sites,
            "refused_draws": shard.truth.get("target/refused_draws", np.zeros(count, np.int64)),
            **target,
            **{
                name.removeprefix("parameter/"): values
                for name, values in shard.truth.items()
                if name.startswith("parameter/")
            },
        }
    )


def _refuse_missing_truth(table, simulation):
    """Raise CoalflowError for a parameter that no replicate has; only imports can lack one."""
    for name in scenarios.drawn(simulation):
        if name not in table:
            raise CoalflowError(
                f"no imported replicate has a true value of {name}: correct where it stands in "
                "simulation.import.truth"
            )


def _refuse_empty_splits(table, of_what):
    counts = table["split"].value_counts()
    for split in SPLITS:
        if counts.get(split, 0) < 2:
            reasons = table.loc[table["reason"] != "", "reason"].value_counts()
            left_out = ", ".join(f"{number:,} ({why})" for why, number in reasons.items())
            raise CoalflowError(
                f"the {split} split needs 2 replicates{of_what} at least and has "
                f"{counts.get(split, 0)}. "
                f"Left out of {len(table):,} were: {left_out or 'none'}. Lengthen "
                "simulation.sequence_length, lower encoding.sites or raise simulation.replicates"
            )
