"""Sentences of a verdict on a genome."""

from __future__ import annotations

from collections.abc import Sequence

import scipy.special

from coalflow.genomes.novelty.verdict import Cause, Difference, Level


def describe_difference(name: str, shift: float, genome: float, simulated: float) -> str:
    """Return a statistic that differs, in words.

    Parameters
    ----------
    name : str
        The statistic.
    shift : float
        By how many standard deviations of simulated windows the genome's are above these.
    genome, simulated : float
        Medians.

    Examples
    --------
    >>> describe_difference("Tajima's D", -1.0, -1.2, -0.31)
    "Tajima's D is lower than simulated: median -1.2, simulated -0.31; a typical window of the \
genome is below 84 % of the simulated ones"
    """
    side, direction = ("above", "higher") if shift > 0 else ("below", "lower")
    share = 100 * float(scipy.special.ndtr(abs(shift)))
    return (
        f"{name} is {direction} than simulated: median {_round(genome)}, simulated "
        f"{_round(simulated)}; a typical window of the genome is {side} {share:.0f} % of the "
        "simulated ones"
    )


def describe_causes(causes: Sequence[Cause]) -> str:
    """Return what a genome's differences look like, in words.

    Parameters
    ----------
    causes : sequence of Cause
        One or more, the most similar first.
    """
    named = [f"{cause.name} (similarity {cause.similarity:.2f})" for cause in causes]
    return f"such differences look like {', or '.join(named)}"


def describe_novel_share(share: float, expected: float) -> str:
    """Return that many windows are novel, in words.

    Examples
    --------
    >>> describe_novel_share(0.123, 0.01)
    '12.3 % of its windows are unlike everything simulated, where chance makes 1 %'
    """
    return (
        f"{100 * share:.3g} % of its windows are unlike everything simulated, where chance makes "
        f"{100 * expected:.3g} %"
    )


def describe_furthest(name: str, p: float, windows: int) -> str:
    """Return that a window is far out, in words.

    Examples
    --------
    >>> describe_furthest("chr2:1-50000", 2.1e-7, 2500)
    'the window chr2:1-50000 is further out than chance makes any of 2,500 windows (p = 2.1e-07)'
    """
    return (
        f"the window {name} is further out than chance makes any of {windows:,} windows "
        f"(p = {p:.2g})"
    )


def write_headline(level: Level, differences: Sequence[Difference], novel: str = "") -> str:
    """Return a verdict in a sentence.

    Parameters
    ----------
    level : str
    differences : sequence of Difference
        The one that differs most first.
    novel : str
        How many windows are novel, in words; empty if no more than chance makes.

    Examples
    --------
    >>> write_headline("fits", [], describe_novel_share(0.17, 0.01))[:54]
    'The simulations fit the genome as a whole, but 17 % of'
    """
    if level == "fits" and novel:
        return f"The simulations fit the genome as a whole, but {novel}"
    if level == "fits":
        return "The simulations fit: the genome's windows are like the simulated ones"
    names = [
        f"{difference.statistic} ({'higher' if difference.is_above else 'lower'})"
        for difference in differences[:3]
    ]
    listed = " and ".join([", ".join(names[:-1]), names[-1]]) if len(names) > 1 else names[0]
    if level == "differs slightly":
        return f"The genome differs slightly from the simulations in {listed}"
    return f"The simulations do not fit the genome: it differs in {listed}"


def _round(number: float) -> str:
    return f"{number:,.0f}" if abs(number) >= 1000 else f"{number:.3g}"
