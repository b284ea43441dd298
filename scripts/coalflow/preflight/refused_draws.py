"""Draws of the priors that cannot be used, so that less is simulated than was asked for."""

from coalflow.preflight.findings import Finding, percent

MANY_REFUSED = 0.2  # of the draws: the priors are no longer what was written


def share_refused(shard):
    """Return the share of draws that were refused."""
    refused = shard.truth.get("target/refused_draws")
    return 0.0 if refused is None else refused.sum() / (refused.sum() + len(refused))


def findings(shards):
    """Yield the finding that many draws are refused; ``shards`` maps cells to the pilot's."""
    shares = {cell: share_refused(shard) for cell, shard in shards.items()}
    many = [cell for cell in shares if shares[cell] > MANY_REFUSED]
    if many:
        worst = max(many, key=shares.get)
        yield Finding(
            "priors",
            f"{len(many):,} of {len(shares):,} cells",
            f"{percent(shares[worst])} of the draws from simulation.prior in {worst} cannot be and "
            "are drawn again, so what is simulated is not the prior that was written",
            "narrow the priors to what can be, or make one parameter a formula of another",
        )
