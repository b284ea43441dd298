"""The section ``explain``: which windows are pictured, and how many are probed."""

from __future__ import annotations

from typing import Annotated, NamedTuple, TypeAlias

import pydantic

from coalflow.config.fields.names import Text
from coalflow.config.fields.section import Distinct, Limits, Section, plain_error, show

MEDIAN, EXTREMES, CONFUSING = KINDS = ("median", "extremes", "confusing")
GENOME = "genome"
LOWEST, HIGHEST = "lowest", "highest"
MOST_CONFUSING = 5


class GenomePlace(NamedTuple):
    """A place in a genome, whose window is pictured.

    Attributes
    ----------
    genome : str
        Its name in the config.
    contig : str
        Empty where the genome has only one.
    position : int
        A base of the contig, counted from 1.
    """

    genome: str
    contig: str
    position: int


def parse_place(text: str) -> GenomePlace | None:
    """Return the place that an item of ``explain.windows`` names, or None.

    Parameters
    ----------
    text : str

    Examples
    --------
    >>> parse_place("genome:mine:chr2:136500000")
    GenomePlace(genome='mine', contig='chr2', position=136500000)
    >>> parse_place("genome:mine:136500000").contig
    ''
    >>> parse_place("median")
    """
    kind, *parts = text.split(":")
    if kind != GENOME or len(parts) < 2 or not parts[0]:
        return None
    genome, *contig, position = parts
    if not (position.isascii() and position.isdecimal() and int(position) > 0):
        return None
    return GenomePlace(genome, ":".join(contig), int(position))


def _check_choice(value: str) -> str:
    if value not in KINDS and parse_place(value) is None:
        raise plain_error(
            f"is {show(value)}, but must be {', '.join(KINDS)}, or genome:<name>:<contig>:"
            "<position>, where the contig can be left out if the genome has only one"
        )
    return value


def list_pictured(chosen: tuple[str, ...]) -> dict[str, str]:
    """Return the names of the windows that are pictured, each with the item that chooses it.

    Parameters
    ----------
    chosen : tuple of str
        ``explain.windows``.

    Examples
    --------
    >>> list_pictured(("extremes", "genome:mine:chr2:5000"))
    {'lowest': 'extremes', 'highest': 'extremes', 'genome_1': 'genome:mine:chr2:5000'}
    """
    pictured = {}
    for number, text in enumerate([text for text in chosen if text not in KINDS], start=1):
        pictured[f"{GENOME}_{number}"] = text
    names = {
        MEDIAN: (MEDIAN,),
        EXTREMES: (LOWEST, HIGHEST),
        CONFUSING: tuple(f"{CONFUSING}_{rank}" for rank in range(1, MOST_CONFUSING + 1)),
    }
    kinds = {name: kind for kind in chosen if kind in KINDS for name in names[kind]}
    return {**kinds, **pictured}


ChosenWindow: TypeAlias = Annotated[Text, pydantic.AfterValidator(_check_choice)]
Count: TypeAlias = Annotated[int, Limits(ge=20, le=100_000, whole=True)]


class Explain(Section):
    """How trained models are interpreted: what they know, what they use, what they look at."""

    windows: Distinct[ChosenWindow] = (MEDIAN,)
    """
    Windows whose activations are pictured, for all nets: `median` is the test window with the
    median of the first target (of classes, of the number of sites), `extremes` those with the
    lowest and the highest, `confusing` the most confusing ones of `confusing.tsv`, and
    `genome:<name>:<contig>:<position>` the window of a genome around that base; the contig can be
    left out where the genome has only one.
    """
    probed: Count = 800
    """
    Test windows, at most, from which it is measured what each layer knows of S, pi and other
    statistics.
    """
    shuffled: Count = 300
    """Test windows, at most, that are shuffled in some way, to see what models use."""
    attributed: Count = 100
    """
    Test windows of each class, at most, or of all where targets are numbers, for which it is
    measured which sites matter to a prediction.
    """
