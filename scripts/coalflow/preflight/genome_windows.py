"""Genomes in a check: how much they vary, and their windows."""

import dataclasses
import pathlib
from collections.abc import Collection, Iterator, Mapping

import numpy as np
import numpy.typing as npt

from coalflow.config.schema.encoding import Encoding
from coalflow.config.schema.observation import Observation
from coalflow.config.schema.samples import Samples
from coalflow.config.schema.simulation import Simulation
from coalflow.config.settings.genome_options import GenomeOptions
from coalflow.core.shown_names import shorten_name
from coalflow.genomes.contigs import Contig
from coalflow.genomes.dropped import FIXES
from coalflow.genomes.genotypes.sites import REASONS
from coalflow.genomes.opening import GenomeDescription
from coalflow.genomes.reading import read_genome
from coalflow.genomes.remarks import describe_untiled
from coalflow.genomes.tiles import tile_contigs
from coalflow.preflight.findings import (
    Figure,
    Finding,
    Line,
    format_percent,
    format_range,
    format_rounded,
)
from coalflow.preflight.segregating_sites import CellSites, estimate_theta
from coalflow.windows.encoding import encode_contig
from coalflow.windows.packed_windows import Windows

MOST_RECORDS = 200_000  # read of a genome: a minute's patience does not go further
FAR = 2  # times more or less diversity than any cell has
FEWEST_SITES = 10  # from which the diversity of a genome is estimated
MOST_DROPPED = 0.2  # of the records
# Reasons for which records are dropped that make a genome no less diverse: they do not vary, are
# used already, or lie where nothing is counted.
NOTHING_LOST = ("not_varying", "duplicate", "position_0", "contig_left_out", "outside_mask")


@dataclasses.dataclass(frozen=True)
class Genome:
    """What was read of a genome.

    Attributes
    ----------
    name : str
        That of the config.
    contigs : list of Contig
    description : GenomeDescription
    """

    name: str
    contigs: list[Contig]
    description: GenomeDescription

    @property
    def sites(self) -> int:
        """Number of usable sites."""
        return sum(len(contig.positions) for contig in self.contigs)

    @property
    def bases(self) -> int:
        """Bases from the first to the last usable site of each contig, together."""
        return sum(int(np.ptp(contig.positions)) + 1 for contig in self.contigs)

    @property
    def theta(self) -> float:
        """Watterson's theta per base, 0 where nothing varies."""
        if not self.contigs:
            return 0.0
        return estimate_theta(self.sites, self.contigs[0].haplotypes.shape[1], self.bases)


def read_first_records(
    name: str,
    path: str | pathlib.Path,
    samples: Samples,
    observation: Observation,
    options: GenomeOptions,
) -> Genome:
    """Return the genome in a file, of which only the first 200,000 records are read.

    Parameters
    ----------
    name : str
        That of the config.
    path : path
    samples : Samples
        Who is observed.
    observation : Observation
    options : GenomeOptions

    Raises
    ------
    CoalflowError
        If the file cannot be used (:func:`coalflow.genomes.reading.read_genome`).
    """
    return Genome(name, *read_genome(path, samples, observation, options))


def encode_side_by_side(
    genome: Genome, length: int | None, encoding: Encoding, observation: Observation, most: int
) -> tuple[Windows, npt.NDArray[np.int64], npt.NDArray[np.int64], list[str]]:
    """Return windows of a genome that do not overlap.

    Parameters
    ----------
    genome : Genome
    length : int, optional
        Bases of a window; None where windows are not padded.
    encoding : Encoding
    observation : Observation
    most : int
        How many windows there may be. Of more, some are taken from everywhere.

    Returns
    -------
    Windows
    ndarray of int64, shape (windows,)
        How many sites lie in each, whether the net sees them or not.
    ndarray of int64, shape (windows,)
        How many bases each spans.
    list of str
        Where each lies, as genome browsers write it: bases counted from 1.

    Raises
    ------
    CoalflowError
        If the genome has no window.
    """
    tiled = tile_contigs(genome.contigs, encoding.sites, length or encoding.sites, length)
    every = -(-sum(len(tiles) for _, tiles in tiled) // most)
    chosen = [(contig, tiles[::every]) for contig, tiles in tiled]
    parts = [encode_contig(contig, tiles, encoding, observation) for contig, tiles in chosen]
    together = Windows.empty_like(parts[0], sum(map(len, parts)))
    done = 0
    for part in parts:
        together[done : done + len(part)] = part
        done += len(part)
    counts = np.concatenate([tiles.count for _, tiles in chosen])
    lengths = np.concatenate([tiles.end - tiles.start for _, tiles in chosen])
    places = [
        f"{shorten_name(contig.name)}:{start + 1}-{end}"
        for contig, tiles in chosen
        for start, end in zip(tiles.start, tiles.end, strict=True)
    ]
    return together, counts, lengths, places


def list_genome_figures(genome: Genome) -> list[Figure]:
    """Return what was read of a genome as figures."""
    about = f"genome {genome.name}"
    return [
        Figure("genomes", about, "records read", genome.description.records),
        Figure("genomes", about, "usable sites", genome.sites),
        Figure("genomes", about, "bases", genome.bases),
        Figure("genomes", about, "theta per base", genome.theta),
        *(
            Figure("genomes", about, f"records dropped, {reason}", count)
            for reason, count in genome.description.dropped.items()
        ),
    ]


def describe_genome(genome: Genome) -> Line:
    """Return what the terminal shows of a genome."""
    records = genome.description.records
    only = " (the first)" if records == MOST_RECORDS else ""
    return (
        f"genome {genome.name}",
        f"{genome.sites:,} usable sites of {records:,} records{only} on "
        f"{genome.bases:,} bases; theta {genome.theta:.2g} per base",
    )


def describe_short_contigs(genome: Genome, length: int | None, encoding: Encoding) -> list[Line]:
    """Return what the terminal shows of contigs that have no room for a window, if there are some.

    Parameters
    ----------
    genome : Genome
    length : int, optional
        Bases of a window; None where windows are not padded.
    encoding : Encoding
    """
    tiled = tile_contigs(genome.contigs, encoding.sites, length or encoding.sites, length)
    short = describe_untiled(genome.contigs, [contig.name for contig, _ in tiled])
    return [("", short)] if short else []


# What looks wrong ----------------------------------------------------------------------------


def find_genome_problems(
    genome: Genome,
    counted: Mapping[str, CellSites],
    simulation: Simulation,
    swept: Collection[str] = (),
) -> Iterator[Finding]:
    """Yield what is wrong with how much a genome varies, and with what was dropped of it.

    Parameters
    ----------
    genome : Genome
    counted : dict of CellSites
        The sites of the pilot's windows, by their cells.
    simulation : Simulation
    swept : collection of str
        Cells with a sweep. A genome as a whole has not been swept, so its diversity is compared
        with that of the other cells, where there are any.
    """
    about = f"genome {genome.name}"
    if genome.sites >= FEWEST_SITES:
        yield from _find_other_diversity(genome, counted, simulation, swept)
    yield from _find_dropped(about, genome.description)


def _find_dropped(about: str, description: GenomeDescription) -> Iterator[Finding]:
    """Yield the finding that many sites are dropped that may vary; others do not matter."""
    may_vary = {
        reason: count for reason, count in description.dropped.items() if reason not in NOTHING_LOST
    }
    most = max(may_vary, key=lambda reason: may_vary[reason])
    fraction = may_vary[most] / max(description.sites_used + sum(may_vary.values()), 1)
    if fraction > MOST_DROPPED:
        yield Finding(
            "genomes",
            about,
            f"{format_percent(fraction)} of the records that vary or may vary {REASONS[most]}: "
            "without them it looks less diverse than it is",
            FIXES.get(most, "correct the file, or use individuals and regions with fewer of these"),
        )


def _find_other_diversity(
    genome: Genome,
    counted: Mapping[str, CellSites],
    simulation: Simulation,
    swept: Collection[str],
) -> Iterator[Finding]:
    unswept = [name for name in counted if name not in swept]
    without = " without a sweep" if 0 < len(unswept) < len(counted) else ""
    simulated = sorted(counted[name].theta for name in unswept or counted)
    lowest, highest = simulated[0], simulated[-1]
    if lowest / FAR <= genome.theta <= highest * FAR:
        return
    nearest = lowest if genome.theta < lowest else highest
    times = genome.theta / max(nearest, 1e-300)
    direction = "raise" if times > 1 else "lower"
    parameter = "population_size, or the sizes of the history," if times > 1 else "population_size"
    yield Finding(
        "genomes",
        f"genome {genome.name}",
        f"theta is {format_rounded(genome.theta)} per base, that of the simulations{without} "
        f"{format_range(lowest, highest)}",
        f"{direction} {parameter} or mutation_rate about "
        f"{format_rounded(max(times, 1 / times))} times{_suggest_sizes(simulation, times)}",
    )


def _suggest_sizes(simulation: Simulation, times: float) -> str:
    """Return population sizes that would do, where the config has them as numbers."""
    gridded = simulation.axes.get("population_size")
    sizes = gridded or (simulation.demography.population_size,)
    numbers = [size for size in sizes if isinstance(size, (int, float))]
    if not numbers:
        return ""
    suggested = format_range(min(numbers) * times, max(numbers) * times)
    return f": population_size of about {suggested}"
