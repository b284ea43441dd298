"""Draws of the priors that cannot be used, so that the simulated prior is not the written one."""

from collections.abc import Iterator, Mapping

from coalflow.preflight.findings import Finding, format_percent
from coalflow.windows.shards import Shard

MANY_REFUSED = 0.2  # of the draws: the priors are no longer what was written


def compute_refused_fraction(shard: Shard) -> float:
    """Return the fraction of a shard's draws that were refused; 0 for imports, without draws."""
    refused = shard.truth.get("target/refused_draws")
    return 0.0 if refused is None else float(refused.sum() / (refused.sum() + len(refused)))


def find_refused_draws(shards: Mapping[str, Shard]) -> Iterator[Finding]:
    """Yield the finding that many draws are refused.

    Parameters
    ----------
    shards : dict of Shard
        Those of the pilot, by their cells.
    """
    fractions = {cell: compute_refused_fraction(shard) for cell, shard in shards.items()}
    many = [cell for cell in fractions if fractions[cell] > MANY_REFUSED]
    if many:
        worst = max(many, key=lambda cell: fractions[cell])
        yield Finding(
            "priors",
            f"{len(many):,} of {len(fractions):,} cells",
            f"{format_percent(fractions[worst])} of the draws from simulation.prior in {worst} are "
            "impossible and replaced by other draws, so the simulated prior is not the written one",
            "narrow the priors to possible values, or make one parameter a formula of another",
        )
