"""Genomes in a check: how much they vary, and which of their windows are compared."""

import dataclasses
import functools
from collections.abc import Collection, Iterator, Mapping, Sequence

from coalflow.config.schema.encoding import Encoding
from coalflow.config.schema.simulation import Simulation
from coalflow.genomes.genotypes.sites import REASONS
from coalflow.genomes.opening import GenomeDescription
from coalflow.genomes.store.usable_contigs import UsableContig
from coalflow.genomes.suitability.dropped import FIXES
from coalflow.genomes.suitability.remarks import describe_without_records
from coalflow.preflight.compared_windows import LONGER, ComparedWindows
from coalflow.preflight.findings import (
    Figure,
    Finding,
    Line,
    format_percent,
    format_range,
    format_rounded,
)
from coalflow.preflight.segregating_sites import CellSites, estimate_theta

FAR = 2  # times more or less diversity than any cell has
FEWEST_SITES = 10  # from which the diversity of a genome is estimated
MOST_DROPPED = 0.2  # of the records
# Reasons for which records are dropped that make a genome no less diverse: they do not vary, are
# used already, or lie where nothing is counted.
NOTHING_LOST = ("not_varying", "duplicate", "position_0", "contig_left_out", "outside_mask")
SAMPLED_SITES, SAMPLES = 1000, 100  # sites, and from how many places, at which draws are compared


@dataclasses.dataclass(frozen=True)
class Genome:
    """A genome that was read.

    Attributes
    ----------
    name : str
        That of the config.
    contigs : sequence of UsableContig
    description : GenomeDescription
    """

    name: str
    contigs: Sequence[UsableContig]
    description: GenomeDescription

    @property
    def number_of_sites(self) -> int:
        """Number of usable sites; of several draws, in all individuals together."""
        return sum(contig.sites for contig in self.contigs)

    @functools.cached_property
    def bases(self) -> int:
        """Bases from the first to the last usable site of each contig, together."""
        return sum(_measure_span(contig) for contig in self.contigs if contig.sites)

    @functools.cached_property
    def theta(self) -> float:
        """Watterson's theta per base, 0 where nothing varies."""
        if not self.number_of_sites:
            return 0.0
        haplotypes = self.contigs[0].samples.number_of_haplotypes
        sites = round(
            self.number_of_sites * _estimate_share_of_draw(self.contigs, self.number_of_sites)
        )
        return estimate_theta(sites, haplotypes, self.bases)


def _measure_span(contig: UsableContig) -> int:
    """Return the bases from the first to the last usable site of a contig."""
    (first,), (last,) = (contig.read_positions(site, site + 1) for site in (0, contig.sites - 1))
    return int(last - first) + 1


def _estimate_share_of_draw(contigs: Sequence[UsableContig], sites: int) -> float:
    """Return the share of usable sites that are sites in the individuals of a draw as well."""
    if contigs[0].draws == 1:
        return 1.0
    every = max(1, sites // SAMPLES)
    looked_at = found = 0
    for contig in contigs:
        for first in range(0, contig.sites, every):
            last = min(first + SAMPLED_SITES, first + every, contig.sites)
            looked_at += last - first
            found += len(contig.read_sites(first, last).positions)
    return found / looked_at


def list_genome_figures(genome: Genome) -> list[Figure]:
    """Return what was read of a genome as figures."""
    about = f"genome {genome.name}"
    return [
        Figure("genomes", about, "records read", genome.description.records),
        Figure("genomes", about, "usable sites", genome.number_of_sites),
        Figure("genomes", about, "bases", genome.bases),
        Figure("genomes", about, "theta per base", genome.theta),
        *(
            Figure("genomes", about, f"records dropped, {reason}", count)
            for reason, count in genome.description.dropped.items()
        ),
    ]


def describe_diversity(genome: Genome) -> list[Line]:
    """Return what the terminal shows of a genome."""
    lines = [
        (
            f"genome {genome.name}",
            f"{genome.number_of_sites:,} usable sites of {genome.description.records:,} records on "
            f"{genome.bases:,} bases; theta {genome.theta:.2g} per base",
        )
    ]
    without_records = describe_without_records(genome.description.without_records)
    return [*lines, ("", without_records)] if without_records else lines


def list_window_figures(name: str, windows: ComparedWindows) -> list[Figure]:
    """Return how many windows of a genome are compared as figures."""
    about = f"genome {name}"
    numbers = {
        "windows side by side": windows.in_genome,
        "windows with too few sites to be predicted": windows.in_genome - windows.with_sites,
        "windows compared": len(windows),
        "windows not compared, since they have a gap": windows.with_gap,
    }
    return [Figure("genomes", about, what, number) for what, number in numbers.items()]


def describe_compared(windows: ComparedWindows, encoding: Encoding) -> list[Line]:
    """Return what the terminal shows of which windows of a genome are compared."""
    if not windows.in_genome:
        return []
    size = f"{encoding.length:,} bases" if encoding.pad else f"{encoding.sites:,} sites"
    said = [f"{len(windows):,} of its {windows.in_genome:,} windows of {size} are compared"]
    too_few = windows.in_genome - windows.with_sites
    if len(windows) + windows.with_gap < windows.with_sites:
        said.append("taken evenly from all of it")
    if too_few:
        said.append(f"{too_few:,} without a usable site are not")
    if windows.with_gap:
        said.append(
            f"{windows.with_gap:,} with a stretch without a site more than {LONGER} times as long "
            "as any in simulations are not"
        )
    return [("", "; ".join(said))]


def find_incomparable(
    genome: Genome, windows: ComparedWindows, encoding: Encoding
) -> Iterator[Finding]:
    """Yield the finding that no window of a genome can be compared with simulations."""
    if len(windows):
        return
    if not windows.in_genome and encoding.pad:
        longest = max(contig.length for contig in genome.contigs)
        found = f"its longest contig has {longest:,} bases, and windows have {encoding.length:,}"
        fix = "lower simulation.sequence_length or encoding.length"
    else:
        found = (
            f"all of its {windows.in_genome:,} windows have too few sites, or a long stretch "
            "without any"
        )
        fix = "look at where the file has records, and whether the mask fits it"
    yield Finding("genomes", f"genome {genome.name}", f"not compared: {found}", fix)


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
    if genome.number_of_sites >= FEWEST_SITES:
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
