"""Nets that do not know which haplotypes are of which population, where that is the question."""

from collections.abc import Iterator, Sequence

from coalflow.config.registry.nets import NETS
from coalflow.config.registry.statistics import STATISTICS
from coalflow.config.schema.samples import Samples
from coalflow.config.schema.targets import StatisticTarget, Target, Targets
from coalflow.preflight.findings import Finding

TOPIC = "nets"


def find_mixing_nets(nets: Sequence[str], samples: Samples, targets: Targets) -> Iterator[Finding]:
    """Yield nets that read several populations as one, where targets are about populations.

    Parameters
    ----------
    nets : sequence of str
        Those of the config.
    samples : Samples
    targets : Targets
    """
    about = [name for name, target in targets if _is_about_populations(target)]
    if len(samples.individuals) < 2 or not about:
        return
    apart = [name for name in nets if NETS[name].distinguishes_populations]
    for name in nets:
        if name not in apart:
            sampled = ", ".join(samples.populations)
            instead = apart[0] if apart else "coalflow"
            yield Finding(
                TOPIC,
                name,
                f"it {NETS[name].populations}, but {', '.join(about)} "
                f"{'depends' if len(about) == 1 else 'depend'} on the populations ({sampled})",
                f"rely on {instead}, which {NETS[instead].populations}, or take {name} out of "
                "models.nets",
            )


def _is_about_populations(target: Target) -> bool:
    """Tell whether a target differs between populations; a statistic of all together does not."""
    if not isinstance(target, StatisticTarget):
        return True
    return bool(target.of) or 0 not in STATISTICS[target.statistic].sets
