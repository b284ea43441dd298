"""Which replicate is for training, which for validation, which for the test.

Within each cell, replicates are dealt by their number in blocks, each shuffled
with a seed of its own. A replicate's place therefore depends on the run's seed,
its cell and its number alone: when the data grow, none moves to another split.
"""

import functools

import numpy as np
import pandas as pd

from coalflow.config import grid, targets
from coalflow.core import files, seeds, workers
from coalflow.core.errors import CoalflowError
from coalflow.core.progress import track
from coalflow.statistics import site_statistics
from coalflow.windows import encoding, observation, shards

SPLITS = ("train", "validation", "test")
EXCLUDED = "excluded"
TOO_FEW_SITES = "too few sites"
TARGET_UNDEFINED = "target undefined"


def assign_splits(seed, cell, replicates, fractions):
    """Return the split of the replicates 0, 1, ... of a cell, an array of names.

    ``fractions`` maps train, validation and test to fractions that sum to 1.
    """
    block = grid.split_block(fractions.values())
    deck = np.repeat(SPLITS, [round(fractions[split] * block) for split in SPLITS])
    blocks = -(-replicates // block)
    dealt = [
        seeds.derive_generator(seed, "split", cell, number).permutation(deck)
        for number in range(blocks)
    ]
    return np.concatenate(dealt)[:replicates]


def make_split_table(shards_folder, settings, processes=1):
    """Return the table of all replicates, one row each, in the order of cells and numbers.

    ``settings`` has the config's ``seed``, ``simulation``, ``observation``,
    ``encoding``, ``target`` (:mod:`coalflow.config.targets`) and ``split``, and the target's
    ``classes`` or None. So many ``processes`` read shards.
    Columns: cell, shard, row (within the shard), replicate, seed, split, reason (why
    excluded, else empty), refused_draws (how often its parameters were drawn in vain),
    sites (those seen, within ``encoding.length`` if padded), the scenario parameters, and
    the targets by their names. One that is a parameter may have the parameter's name.

    Raises CoalflowError for a shard that is damaged or not of this run, and where a
    split would be left without replicates, or without those of a class.
    """
    simulation = settings["simulation"]
    ranges = grid.shard_ranges(simulation)
    jobs = [
        (cell, number, first, count)
        for cell in grid.cells(simulation)
        for number, (first, count) in enumerate(ranges)
    ]
    read = functools.partial(_rows_of_shard, shards_folder, settings)
    parts = track(workers.map_in_processes(read, jobs, processes), len(jobs), "shards read")
    table = pd.concat(parts, ignore_index=True)
    _refuse_missing_truth(table, simulation)
    dealt = [
        assign_splits(settings["seed"], cell.name, simulation["replicates"], settings["split"])
        for cell in grid.cells(simulation)
    ]
    table.insert(5, "split", np.where(table["reason"] == "", np.concatenate(dealt), EXCLUDED))
    _refuse_empty_splits(table, "")
    for one in settings["classes"] or ():
        (name,) = settings["target"]
        _refuse_empty_splits(table[table[name] == one], f" of {name} {one}")
    return table


def _rows_of_shard(shards_folder, settings, job):
    cell, number, first, count = job
    path = shards_folder / cell.name / grid.shard_name(number)
    shard = shards.read_shard(path, cell.name)
    if not np.array_equal(shard.replicate, np.arange(first, first + count)):
        raise CoalflowError(
            f"{path}: does not hold replicates {first} to {first + count - 1}. {files.MEND}"
        )
    needed = 0 if settings["encoding"]["pad"] else settings["encoding"]["sites"]
    everyone, seen = np.arange(count), settings["observation"]
    sites = encoding.count_observed_sites(shard, everyone, settings["encoding"], seen)
    enough = sites >= needed
    # Statistics are those of the truth, of as many sites.
    perfect = observation.perfect(seen)
    if perfect != seen and targets.of_sites(settings["target"]):
        enough &= (
            encoding.count_observed_sites(shard, everyone, settings["encoding"], perfect) >= needed
        )
    reason = np.where(enough, "", TOO_FEW_SITES).astype(object)
    known = _targets(shard, np.flatnonzero(enough), settings, path)
    if not settings["classes"]:
        defined = np.all(
            [_defined(known[name], settings["target"][name]) for name in known], axis=0
        )
        reason[enough & ~defined] = TARGET_UNDEFINED
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
            **{
                name.removeprefix("parameter/"): values
                for name, values in shard.truth.items()
                if name.startswith("parameter/")
            },
            **known,
        }
    )


def _targets(shard, enough, settings, path):
    """Return the targets of a shard's replicates by their names, arrays (replicates,).

    Statistics of sites are those of the replicates ``enough``, nan elsewhere.
    """
    of_sites = targets.of_sites(settings["target"])
    known = {
        name: np.full(len(shard.replicate), np.nan)
        if name in of_sites
        else _truth(shard, one, path)
        for name, one in settings["target"].items()
    }
    if of_sites and len(enough):
        windows = _as_they_are(shard, enough, settings)
        whose = observation.individuals_seen(settings["observation"], shard.meta["samples"])
        populations = shards.slice_populations(whose, shard.meta["ploidy"])
        for name, values in site_statistics.compute_site_statistics(
            windows, of_sites, populations
        ).items():
            known[name][enough] = values
    return known


def _as_they_are(shard, rows, settings):
    """Return the sites that the net sees, seen perfectly, haplotypes in the shard's order.

    Not what sequencing makes of them is to be predicted, but the truth.
    """
    as_sampled = {**settings["encoding"], "order": "sampled"}
    perfect = observation.perfect(settings["observation"])
    return encoding.encode_shard(shard, rows, as_sampled, perfect)


def _truth(shard, definition, path):
    """Return what a shard knows of a parameter, or of a statistic of trees."""
    if "statistic" in definition:
        name = targets.truth_name(definition)
        if name not in shard.truth:
            raise CoalflowError(f"{path}: holds no {name}. {files.MEND}")
        return shard.truth[name]
    # A sweep is fixed when it is fixed, which is not always the very time that was drawn.
    for place in ("target", "parameter"):
        name = f"{place}/{definition['parameter']}"
        if name in shard.truth:
            return shard.truth[name]
    return np.full(len(shard.replicate), np.nan)


def _defined(values, definition):
    """Tell which values of a target that is a number can be learned, bool (replicates,)."""
    return np.isfinite(values) & ((values > 0) | (not targets.is_log(definition)))


def _refuse_missing_truth(table, simulation):
    """Raise CoalflowError for a parameter that no replicate has; only imports can lack one."""
    for name in grid.drawn(simulation):
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
