"""Targets that are the same in all windows, and classes that hardly any window has."""

from collections.abc import Iterator, Mapping

import numpy as np
import numpy.typing as npt

from coalflow.config.histories import kinds
from coalflow.config.schema.targets import StatisticTarget, Target
from coalflow.config.schema.whole import Config
from coalflow.preflight.findings import Finding, format_count, format_percent, format_rounded
from coalflow.windows.shards import Shard

TOPIC = "targets"
FEWEST_TRIED = 10  # windows; fewer may be the same by chance
MANY_UNDEFINED = 0.1  # of windows
FEWEST = 10  # windows of a class in a split that are worth judging by
LABEL = "target/gene_flow"  # of what happened in a window


def find_unvarying_targets(shards: Mapping[str, Shard], config: Config) -> Iterator[Finding]:
    """Yield targets that do not vary in the pilot, and classes that are too rare to be learned.

    Parameters
    ----------
    shards : dict of Shard
        Those of the pilot, by their cells.
    config : Config
    """
    if config.targets.has_classes:
        yield from _find_rare_gene_flow(shards, config)
        return
    for name, target in config.targets:
        values = _collect_truth(target, shards)
        values = values[np.isfinite(values)]
        if len(values) < FEWEST_TRIED:
            continue
        if target.is_log and np.mean(values <= 0) > MANY_UNDEFINED:
            yield Finding(
                TOPIC,
                name,
                f"it has no logarithm in {format_percent(float(np.mean(values <= 0)))} of windows, "
                "which are left out",
                "use `scale: linear`, unless these windows do not matter",
            )
        if np.ptp(values) > 0:
            continue
        fix = "choose another target, or what is simulated so that it differs"
        if isinstance(target, StatisticTarget) and target.since is not None:
            fix = (
                "raise `since`, so that older gene flow counts too, or the proportions of gene flow"
            )
        elif isinstance(target, StatisticTarget):
            fix = "raise the proportions of gene flow, simulation.samples or sequence_length"
        yield Finding(
            TOPIC,
            name,
            f"it is {format_rounded(float(values[0]))} in all {len(values):,} windows that were "
            "tried, so there is nothing to learn",
            fix,
        )


def _collect_truth(target: Target, shards: Mapping[str, Shard]) -> npt.NDArray[np.float64]:
    """Return the true values of a target in all windows; none of a statistic of sites."""
    names = (
        (target.truth_name,)
        if isinstance(target, StatisticTarget)
        else (f"target/{target.parameter}", f"parameter/{target.parameter}")
    )
    found = []
    for shard in shards.values():
        name = next((name for name in names if name in shard.truth), None)
        if name is not None:
            found.append(np.asarray(shard.truth[name], dtype=float))
    return np.concatenate(found) if found else np.empty(0)


def _find_rare_gene_flow(shards: Mapping[str, Shard], config: Config) -> Iterator[Finding]:
    """Yield kinds of gene flow by which lineages move in too few windows."""
    labels = {cell: shard.truth[LABEL] for cell, shard in shards.items() if LABEL in shard.truth}
    if not labels:
        return
    split, simulation = config.split, config.simulation
    share = min(split.train, split.validation, split.test) if split.given is None else 1.0
    nothing = kinds.find_kind_without_gene_flow(simulation)
    own = "parameter/class" if simulation.imported else "parameter/gene_flow"
    simulated = np.concatenate([shards[cell].truth[own] for cell in labels])
    happened = np.concatenate([*labels.values()])
    for kind in config.targets.classes or ():
        is_kind = simulated == kind
        if kind == nothing or is_kind.sum() < FEWEST_TRIED:
            continue
        expected = simulation.replicates * sum(
            float(np.mean(each == kind)) for each in labels.values()
        )
        if expected * share >= FEWEST:
            continue
        unmoved = float(np.mean(happened[is_kind] != kind))
        about = f"about {format_count(round(expected), 'window')} of this class"
        rest = f", and its smallest split {format_rounded(expected * share)}"
        yield Finding(
            TOPIC,
            f"gene flow {kind}",
            f"no lineage moved in {format_percent(unmoved)} of its windows, which count as "
            f"{nothing}, so the run will have {about + rest if expected else 'none of this class'}",
            "raise simulation.replicates, the proportions or rates of its gene flow, samples or "
            "sequence_length",
        )
