"""Whether the simulations fit a genome, in words."""

from __future__ import annotations

from typing import Literal, TypeAlias

from coalflow.config.fields.section import Section

#: How well simulations fit: as they do by chance; with differences that are sure, but small; or not
#: at all. ``unknown`` where there are too few windows.
Level: TypeAlias = Literal["fits", "differs slightly", "does not fit", "unknown"]


class Difference(Section):
    """A statistic in which a genome differs from the simulations."""

    statistic: str
    """Which."""
    is_above: bool
    """Whether the genome has more of it."""
    effect: float
    """How many standard deviations of simulated windows lie between."""
    p: float
    """How probable that is by chance, with as many statistics as are compared."""
    genome: float
    """The genome's median."""
    simulated: float
    """The median of simulated windows."""
    finding: str
    """The same in words."""
    fix: str
    """What to change."""


class Cause(Section):
    """A way in which simulations may not fit that would look like a genome's differences."""

    name: str
    """Which."""
    similarity: float
    """That of the pattern of differences, at most 1."""
    fix: str
    """What to change."""


class FurthestWindow(Section):
    """The window of a genome that is most unlike everything simulated."""

    name: str
    """Where it lies."""
    p: float
    """How many of the simulated windows are as unlike, as a share."""
    p_of_genome: float
    """How probable such a window, or one further out, is among as many simulated windows."""


class Verdict(Section):
    """Whether the simulations fit a genome."""

    level: Level
    """How well."""
    headline: str
    """That in a sentence."""
    p: float | None = None
    """How probable such a difference is of a genome that is like the simulations."""
    differences: tuple[Difference, ...] = ()
    """The statistics that differ, the one that differs most first."""
    causes: tuple[Cause, ...] = ()
    """What these differences look like, the most similar first; a hint, not a finding."""
    like: str | None = None
    """Where there are simulations of several cells, the one that the genome is most like."""
    windows: int = 0
    """How many windows of the genome were compared."""
    novel_share: float = 0.0
    """The share of these that are novel."""
    expected_share: float = 0.0
    """The share that chance makes novel."""
    novel_p: float = 1.0
    """How probable that many or more are by chance."""
    furthest: FurthestWindow | None = None
    """The window that is most unlike everything simulated."""
    findings: tuple[str, ...] = ()
    """All that was found, a sentence each."""
    fixes: tuple[str, ...] = ()
    """What to change in the config, the most important first."""
