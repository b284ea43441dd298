"""How the allele of a sweep is selected."""

import dataclasses


@dataclasses.dataclass(frozen=True)
class Selection:
    """How an allele is selected, and between which frequencies.

    Attributes
    ----------
    coefficient : float
        s; fitnesses are 1, 1 + hs and 1 + s for none, one and two copies.
    dominance : float
        h.
    start_frequency : float, optional
        The frequency at which selection began; None for one new copy.
    end_frequency : float
        The frequency at which selection ended.
    new_copies : float
        The rate, per chromosome and generation, at which ancestral copies mutate to the
        selected allele during the sweep.
    """

    coefficient: float
    dominance: float = 0.5
    start_frequency: float | None = None
    end_frequency: float = 1.0
    new_copies: float = 0.0
