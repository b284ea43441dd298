"""The sections ``significance`` and ``novelty``: how sure a scan is of what it finds."""

from typing import Annotated, Literal, TypeAlias

import pydantic

from coalflow.config.fields.names import Name, Text
from coalflow.config.fields.section import Distinct, Limits, Section

#: Which predicted numbers are unusual: high ones, low ones, or both.
Tail: TypeAlias = Literal["upper", "lower", "both"]
#: The classes whose probabilities are added up, by what the sum is called.
ScoredClasses: TypeAlias = Annotated[dict[Name, Distinct[Text]], pydantic.Field(min_length=1)]
Share: TypeAlias = Annotated[int | float, Limits(gt=0, lt=1)]

SHORTEST_BLOCK = 5  # windows


class Significance(Section):
    """How predictions along genomes are compared with those of neutral simulations, the null."""

    neutral: Distinct[Text] | None = None
    """
    The classes of the target that are the null. Without it, all simulations without a sweep, or
    the class `neutral` of simulations that are imported.
    """
    scores: ScoredClasses | None = None
    """
    What has a p-value, where the target has classes: the sum of the probabilities of some, by a
    name of your choice, such as `{swept: [hard, soft]}`. The first makes the regions. Without it,
    the sum of all classes that are not in the null.
    """
    tail: Tail | None = None
    """
    Which predicted numbers are unusual, where targets are numbers: those above what is predicted
    in the null (`upper`), those below (`lower`), or `both`. Without it, `both`.
    """
    windows: Annotated[int, Limits(ge=0, le=10_000_000, whole=True)] = 5000
    """
    How many neutral windows are simulated for the null, in blocks of adjacent ones, which are
    scanned like a genome. 0 for none: then the null has only validation and test windows, and it is
    only known how many regions chance makes at most.
    """
    block: Annotated[int, Limits(ge=SHORTEST_BLOCK, le=1000, whole=True)] = 20
    """How many windows side by side are as long as a block of the null."""
    neighbours: Annotated[int, Limits(ge=0, le=5, whole=True)] = 1
    """
    Regions are made by the mean of a window's score and those of as many windows to either side,
    each of which begins where the one before ends: what makes a region is seldom in one window
    alone. 0: by each window alone, as without blocks of the null.
    """
    p: Share = 0.01
    """Adjacent windows make a region where that mean has this p-value or less."""
    fdr: Share = 0.05
    """Regions with this q-value or less are reported as found."""


class Novelty(Section):
    """When a window counts as unlike all that was simulated."""

    false_alarms: Share = 0.01
    """
    The share of simulated windows that are flagged as novel. A novel region is a question, not a
    finding.
    """


def advise_block(bases: float, window: int) -> str:
    """Return how to make blocks of the null as short as they have to be.

    Parameters
    ----------
    bases : float
        The most that a block may have.
    window : int
        Bases of a window.

    Examples
    --------
    >>> advise_block(1_000_000, 75_000)
    'set significance.block to 13 or less'
    >>> advise_block(300_000, 75_000)
    'set significance.windows to 0: not even 5 windows, the shortest block, have room'
    """
    most = int(bases // window)
    if most >= SHORTEST_BLOCK:
        return f"set significance.block to {most:,} or less"
    return (
        f"set significance.windows to 0: not even {SHORTEST_BLOCK} windows, the shortest block, "
        "have room"
    )
