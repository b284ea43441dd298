"""Segregating sites: how many windows have, how many the net reads, and how many it needs."""

import dataclasses
from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import numpy.typing as npt

from coalflow.config.schema.encoding import Encoding
from coalflow.config.schema.observation import Observation
from coalflow.preflight.findings import Figure, Finding, Line, format_percent, format_rounded
from coalflow.windows.observation import ObservedSites, observe_replicates
from coalflow.windows.shards import Shard
from coalflow.windows.stretches import choose_stretches

MOST_SHORT = 0.05  # of a cell's windows may be left out
MOST_TRIMMED = 0.25
MOST_EMPTY = 0.05
LOW, HIGH = 0.05, 0.95  # the quantiles that are shown


@dataclasses.dataclass(frozen=True)
class CellSites:
    """The observed segregating sites of a cell's windows, among the bases that the net sees.

    Attributes
    ----------
    sites_low, sites_median, sites_high : float
        Quantiles of their number: 5 %, 50 % and 95 %.
    short, long, empty : float
        Fraction of windows that have fewer than the net reads, more, or none.
    theta : float
        Watterson's, per base.
    """

    sites_low: float
    sites_median: float
    sites_high: float
    short: float
    long: float
    empty: float
    theta: float


def observe_all(shard: Shard, observation: Observation) -> ObservedSites:
    """Return all replicates of a shard as they are observed.

    Raises
    ------
    CoalflowError
        If the mask of the ``observation`` cannot be read or has no contig as long as a window.
    """
    return observe_replicates(shard, np.arange(len(shard.seed)), observation)[0]


def list_lengths(shard: Shard, encoding: Encoding) -> npt.NDArray[np.float64]:
    """Return how many bases of each replicate of a ``shard`` the net sees.

    Returns
    -------
    ndarray of float64, shape (replicates,)
        With padding ``encoding.length``, else the replicate's own length.
    """
    lengths = np.asarray(shard.truth["parameter/sequence_length"], dtype=float)
    return np.full_like(lengths, encoding.length) if encoding.pad else lengths


def estimate_theta(segregating: int, haplotypes: int, length: float) -> float:
    """Return Watterson's theta per base.

    Parameters
    ----------
    segregating : int
        Segregating sites.
    haplotypes : int
    length : float
        Bases.

    References
    ----------
    Watterson 1975, Theoretical Population Biology 7: 256-276.

    Examples
    --------
    >>> estimate_theta(11, haplotypes=4, length=1000)
    0.006
    """
    return float(segregating / (1 / np.arange(1, haplotypes)).sum() / length)


def count_sites_by_cell(
    shards: Mapping[str, Shard], encoding: Encoding, observation: Observation
) -> dict[str, CellSites]:
    """Return how many sites the windows of each cell have.

    Parameters
    ----------
    shards : dict of Shard
        Those of the pilot, by their cells.
    encoding : Encoding
    observation : Observation

    Raises
    ------
    CoalflowError
        If the mask cannot be read or has no contig as long as a window.
    """
    counted = {}
    for cell, shard in shards.items():
        observed = observe_all(shard, observation)
        _, sites, _ = choose_stretches(observed, encoding)
        low, median, high = np.quantile(sites, [LOW, 0.5, HIGH])
        haplotypes = observed.samples.number_of_haplotypes
        counted[cell] = CellSites(
            sites_low=low,
            sites_median=median,
            sites_high=high,
            short=(sites < encoding.sites).mean(),
            long=(sites > encoding.sites).mean(),
            empty=(sites == 0).mean(),
            theta=estimate_theta(sites.sum(), haplotypes, list_lengths(shard, encoding).sum()),
        )
    return counted


def list_site_figures(counted: Mapping[str, CellSites], encoding: Encoding) -> list[Figure]:
    """Return the sites of all cells, as they were ``counted``, as figures."""
    cells = counted.values()
    numbers: dict[str, float] = {
        "5 % have fewer, lowest cell": min(cell.sites_low for cell in cells),
        "5 % have more, highest cell": max(cell.sites_high for cell in cells),
        "share of windows that are short": float(np.mean([cell.short for cell in cells])),
        "share of windows that are long": float(np.mean([cell.long for cell in cells])),
        "share of windows without a site": float(np.mean([cell.empty for cell in cells])),
        "theta per base, lowest cell": min(cell.theta for cell in cells),
        "theta per base, highest cell": max(cell.theta for cell in cells),
        "encoding.sites": float(encoding.sites),
    }
    return [Figure("sites", "run", name, value) for name, value in numbers.items()]


def describe_sites(counted: Mapping[str, CellSites], encoding: Encoding) -> Line:
    """Return what the terminal shows of the sites, as they were ``counted``."""
    cells = counted.values()
    low, high = min(cell.sites_low for cell in cells), max(cell.sites_high for cell in cells)
    short = float(np.mean([cell.short for cell in cells]))
    long = float(np.mean([cell.long for cell in cells]))
    what = "padded" if encoding.pad else "left out"
    return (
        "sites in a window",
        f"{low:,.0f} to {high:,.0f} in nine of ten. The net reads {encoding.sites:,}: "
        f"{format_percent(short)} have fewer and are {what}, {format_percent(long)} have more and "
        "are cut",
    )


# What looks wrong ----------------------------------------------------------------------------


def find_site_problems(
    shards: Mapping[str, Shard], counted: Mapping[str, CellSites], encoding: Encoding
) -> Iterator[Finding]:
    """Yield what is wrong with the number of sites.

    Parameters
    ----------
    shards : dict of Shard
        Those of the pilot, by their cells.
    counted : dict of CellSites
        What :func:`count_sites_by_cell` returned of them.
    encoding : Encoding
    """
    if encoding.pad:
        yield from _find_trimmed(counted, encoding)
        yield from _find_mostly_padding(counted, encoding)
    else:
        yield from _find_short(shards, counted, encoding)
    empty = [cell for cell in counted if counted[cell].empty > MOST_EMPTY]
    if empty:
        worst = max(empty, key=lambda cell: counted[cell].empty)
        yield Finding(
            "sites",
            _name_cells(empty, counted),
            f"windows without any site, {format_percent(counted[worst].empty)}"
            f"{_name_worst(worst, counted)}",
            "raise simulation.sequence_length (and encoding.length, where it is given), or the "
            "size or mutation rate of these cells",
        )


def _find_short(
    shards: Mapping[str, Shard], counted: Mapping[str, CellSites], encoding: Encoding
) -> Iterator[Finding]:
    short = [cell for cell in counted if counted[cell].short > MOST_SHORT]
    if not short:
        return
    worst = max(short, key=lambda cell: counted[cell].short)
    # The number of sites grows with the length; what is rarest in a short window averages out
    # in a long one, so this is rather too long than too short.
    low = max(counted[worst].sites_low, 0.5)
    longer = list_lengths(shards[worst], encoding).min() * encoding.sites / low
    fewer = int(min(counted[cell].sites_low for cell in short))
    lower = f", or lower encoding.sites to {fewer}" if fewer >= 4 else ""
    yield Finding(
        "sites",
        _name_cells(short, counted),
        f"too few sites for the net's {encoding.sites}, so that windows are left out: "
        f"{format_percent(counted[worst].short)} of windows{_name_worst(worst, counted)}, where "
        f"the median is {format_rounded(counted[worst].sites_median)}",
        f"raise simulation.sequence_length to about {format_rounded(longer)}{lower}",
    )


def _find_trimmed(counted: Mapping[str, CellSites], encoding: Encoding) -> Iterator[Finding]:
    long = [cell for cell in counted if counted[cell].long > MOST_TRIMMED]
    if not long:
        return
    worst = max(long, key=lambda cell: counted[cell].long)
    enough = max(counted[cell].sites_high for cell in long)
    yield Finding(
        "sites",
        _name_cells(long, counted),
        f"more sites than the {encoding.sites} that the net reads, in "
        f"{format_percent(counted[worst].long)} of windows{_name_worst(worst, counted)}",
        f"raise encoding.sites to about {format_rounded(enough)}, or lower encoding.length",
    )


def _find_mostly_padding(counted: Mapping[str, CellSites], encoding: Encoding) -> Iterator[Finding]:
    enough = max(cell.sites_high for cell in counted.values())
    if 0 < enough < encoding.sites / 4:
        yield Finding(
            "sites",
            "all cells",
            f"95 % of windows have fewer than {format_rounded(enough)} sites, so the net's "
            f"{encoding.sites} are mostly padding",
            f"lower encoding.sites to about {format_rounded(1.5 * enough)}, or raise "
            "simulation.sequence_length",
        )


def _name_cells(found: Sequence[str], counted: Mapping[str, CellSites]) -> str:
    if len(counted) == 1:
        return "all windows"
    return f"{len(found):,} of {len(counted):,} cells"


def _name_worst(cell: str, counted: Mapping[str, CellSites]) -> str:
    return "" if len(counted) == 1 else f" in {cell}"
