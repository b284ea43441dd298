"""What the command lines of ms and of programs like it say, and whether the config says the same.

The programs are ms (Hudson 2002), msms (Ewing and Hermisson 2010), scrm (Staab et al. 2015),
mspms of msprime, and discoal (Kern and Schrider 2016). First come the numbers of haplotypes and of
replicates, and for discoal of sites, which are the second value of ``-r`` for others. Haplotypes
by population follow ``-I``, or ``-p`` of discoal.
"""

import dataclasses
import functools
import re
from collections.abc import Sequence
from typing import TypeAlias

from coalflow.config.settings.simulating import ImportSettings
from coalflow.core.errors import CoalflowError
from coalflow.imports.remarks import Remark, Remarks

PROGRAMS = re.compile(r"(discoal|mspms|msms|scrm|ms)([-_.0-9].*)?")
MOST_WORDS_BEFORE = 8  # as in `java -Xmx2g -jar msms.jar`
# How far the figures of a command line may be from the config's, as people round them.
SITES_TOLERANCE = 1.0
RATE_TOLERANCE = 0.01
# Options that name a file with more options.
FILES = {"discoal": ("-Y", "-D"), "ms": ("-f",)}
NOT_UNDERSTOOD = Remark(
    "there is no command line of ms, msms, scrm, mspms or discoal that coalflow understands, so "
    "none was compared with the config"
)
POOLED = "haplotypes of {} populations ({}) were taken as one sample"
#: What a command line says and what the config says, where these are not the same.
Contradiction: TypeAlias = tuple[str, str] | None


@dataclasses.dataclass(frozen=True)
class Command:
    """A command line, as far as it says something that the config says, too; None where not.

    Attributes
    ----------
    haplotypes, replicates : int or None
    sites : float or None
        Length of the sequence in bases.
    populations : tuple of int or None
        Haplotypes of each population, without those of which there are none.
    theta, rho : float or str or None
        4 N mu and 4 N r of the whole sequence; text where it was drawn from a prior.
    is_dated : bool
        Whether some haplotypes are not of today.
    is_whole : bool
        Whether all options stand there, and none in a file.
    """

    haplotypes: int | None
    replicates: int | None
    sites: float | None
    populations: tuple[int, ...] | None
    theta: float | str | None
    rho: float | str | None
    is_dated: bool
    is_whole: bool


@functools.lru_cache(maxsize=16)  # the same one, replicate by replicate
def read_command(line: str) -> Command | None:
    """Return what a command line says; None if it is of no program that is known.

    Examples
    --------
    >>> command = read_command("./discoal 8 20 55000 -t 40 -p 2 6 2")
    >>> command.haplotypes, command.sites, command.populations
    (8, 55000.0, (6, 2))
    >>> read_command("slim -d N=1000 sweep.slim") is None
    True
    """
    words = line.split()
    for index, word in enumerate(words[:MOST_WORDS_BEFORE]):
        known = PROGRAMS.fullmatch(re.split(r"[/\\]", word)[-1])
        if known:
            return _read_options(known[1], words[index + 1 :])
    return None


def _read_options(program: str, words: Sequence[str]) -> Command:
    haplotypes, replicates = _read_counts(_follow(words, "-ms", 2) or words[:2])
    drawn = program == "discoal"
    theta, rho = _follow(words, "-t", 1), _follow(words, "-r", 2)
    sites = _read_numbers(words[2:3] if program == "discoal" else rho[1:2])
    return Command(
        haplotypes=haplotypes,
        replicates=replicates,
        sites=sites[0] if sites else None,
        populations=_read_populations(words, "-p" if program == "discoal" else "-I"),
        theta=_read_rate(theta, words, ("-Pt",) if drawn else ()),
        rho=_read_rate(rho, words, ("-Pr", "-Pre") if drawn else ()),
        is_dated=_find_dates(program, words),
        is_whole=any(word.startswith("-") for word in words)
        and not any(option in words for option in FILES.get(program, FILES["ms"])),
    )


def _follow(words: Sequence[str], option: str, number: int) -> Sequence[str]:
    """Return up to so many words that follow an option; none if it is not there."""
    if option not in words:
        return ()
    start = words.index(option) + 1
    return words[start : start + number]


def _read_whole(word: str) -> int | None:
    return int(word) if re.fullmatch("[0-9]{1,12}", word) else None


def _read_counts(words: Sequence[str]) -> tuple[int | None, int | None]:
    """Return two whole numbers, or neither: msms may have options where they should be."""
    counts = [_read_whole(word) for word in words]
    return (counts[0], counts[1]) if len(counts) == 2 and None not in counts else (None, None)


def _read_numbers(words: Sequence[str]) -> list[float]:
    """Return words as numbers; none if one of them is not."""
    numbers = r"[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]{1,3})?"
    return [float(word) for word in words] if all(re.fullmatch(numbers, w) for w in words) else []


def _read_rate(
    values: Sequence[str], words: Sequence[str], priors: Sequence[str]
) -> float | str | None:
    for prior in priors:
        if prior in words:
            return " ".join([prior, *_follow(words, prior, 2)])
    return next(iter(_read_numbers(values[:1])), None)


def _read_populations(words: Sequence[str], option: str) -> tuple[int, ...] | None:
    """Return the haplotypes of each population, without empty ones; None if it does not say."""
    number = _read_whole("".join(_follow(words, option, 1)))
    if number is None:
        return None
    sizes = [_read_whole(word) for word in _follow(words, option, number + 1)[1:]]
    if len(sizes) < number or None in sizes:
        return None
    return tuple(size for size in sizes if size)


def _find_dates(program: str, words: Sequence[str]) -> bool:
    """Tell whether scrm (-eI time sizes) or discoal (-A size population time) dates haplotypes."""
    for index, word in enumerate(words):
        following = words[index + 1 : index + 4]
        time = following[2:] if program == "discoal" else following[:1]
        if word == ("-A" if program == "discoal" else "-eI") and _read_numbers(time) != [0]:
            return True
    return False


# Compared with the config -------------------------------------------------------------------------


def check_command(line: str, where: str, settings: ImportSettings, remarks: Remarks) -> None:
    """Refuse a command line that contradicts the config.

    Parameters
    ----------
    line : str
        The command line, "" if there is none.
    where : str
        Its file and line.
    settings : ImportSettings
    remarks : Remarks
        Gets those on the command line.

    Raises
    ------
    CoalflowError
        With both figures.
    """
    command = read_command(line)
    if command is None:
        remarks.note(NOT_UNDERSTOOD, where)
        return
    contradictions = [
        _compare_haplotypes(command, settings),
        _compare_populations(command, settings),
        _compare_sites(command, settings),
        _compare_rate("-t", command.theta, "mutation_rate", settings),
        _compare_rate("-r", command.rho, "recombination_rate", settings),
        _compare_dates(command, settings),
    ]
    found = [f"{said}, but {meant}" for said, meant in filter(None, contradictions)]
    if found:
        raise CoalflowError(
            f"{where}: the command line says {'; and '.join(found)}: change the config, or "
            "simulate again"
        )
    if command.populations and len(command.populations) > 1 and not settings.samples.populations:
        sizes = ", ".join(map(str, command.populations))
        remarks.note(Remark(POOLED.format(len(command.populations), sizes)), where)


def _compare_haplotypes(command: Command, settings: ImportSettings) -> Contradiction:
    wanted = settings.samples.number_of_haplotypes
    if command.haplotypes is None or command.haplotypes == wanted:
        return None
    return f"{command.haplotypes:,} haplotypes", f"simulation.samples makes {wanted:,}"


def _compare_populations(command: Command, settings: ImportSettings) -> Contradiction:
    """Compare haplotypes by population, where the samples are of named ones."""
    names, wanted = settings.samples.populations, settings.samples.haplotypes
    found = command.populations
    if found is None and command.is_whole and len(names) > 1:
        found = (settings.samples.number_of_haplotypes,)
    if found is None or not names or command.is_dated or list(found) == wanted:
        return None
    said = f"{' + '.join(map(str, found))} haplotypes by population"
    makes = " + ".join(f"{size} ({name})" for name, size in zip(names, wanted, strict=True))
    return said, f"simulation.samples makes {makes}, in this order"


def _compare_sites(command: Command, settings: ImportSettings) -> Contradiction:
    length = settings.sequence_length
    if command.sites is None or abs(command.sites - length) <= SITES_TOLERANCE:
        return None
    return f"{command.sites:,.10g} sites", f"simulation.sequence_length is {length:,.10g}"


def _compare_rate(
    option: str, found: float | str | None, rate: str, settings: ImportSettings
) -> Contradiction:
    """Compare theta or rho with 4 N mu L or 4 N r L, where the config gives N and the rate."""
    size, value = (settings.parameters.get(name) for name in ("population_size", rate))
    if found is None or not isinstance(size, (int, float)) or not isinstance(value, (int, float)):
        return None
    wanted = 4 * size * value * settings.sequence_length
    if not isinstance(found, str):
        if abs(found - wanted) <= RATE_TOLERANCE * max(found, wanted):
            return None
        found = f"{option} {found:.6g}"
    factors = f"4 x {size:,} x {value:g} x {settings.sequence_length:,.10g}"
    return found, f"population_size, {rate} and sequence_length make {factors} = {wanted:.6g}"


def _compare_dates(command: Command, settings: ImportSettings) -> Contradiction:
    """Compare whether there are samples of the past; their times are not in generations."""
    times = settings.samples.times
    if command.is_dated and not times:
        return "haplotypes are of different ages", "simulation.samples are all of today"
    if times and not command.is_dated and command.is_whole:
        name, time = times[0]
        said = "all haplotypes are of today"
        return said, f"simulation.samples.{name} is of {time:,.10g} generations ago"
    return None
