"""Genomes, as a check looks at them: how much they vary, and their windows."""

import dataclasses

import numpy as np

from coalflow.genomes import reading
from coalflow.preflight import segregating_sites
from coalflow.preflight.findings import Figure, Finding, between, percent, rounded
from coalflow.windows import encoding as encodings
from coalflow.windows import observation as observing

MOST_RECORDS = 200_000  # read of a genome: a minute's patience does not go further
FAR = 2  # times more or less diversity than any cell has
FEWEST_SITES = 10  # that tell how diverse a genome is
MOST_DROPPED = 0.2  # of the records


@dataclasses.dataclass(frozen=True)
class Genome:
    """What was read of a genome: :class:`coalflow.genomes.reading.Contig`, and what the file is like."""

    name: str
    contigs: list
    observed: dict

    @property
    def sites(self):
        """Number of usable sites."""
        return sum(len(contig.positions) for contig in self.contigs)

    @property
    def bases(self):
        """Bases from the first to the last usable site of each contig, together."""
        return sum(int(np.ptp(contig.positions)) + 1 for contig in self.contigs)

    @property
    def theta(self):
        """Watterson's theta per base, 0 where nothing varies."""
        if not self.contigs:
            return 0.0
        return segregating_sites.theta(self.sites, self.contigs[0].haplotypes.shape[1], self.bases)


def read(name, options, sampled, observation):
    """Return the :class:`Genome` in a file, at the most of its first 200,000 records.

    ``options`` has its ``path``, ``individuals``, ``ancestral`` and whether it is ``masked``;
    ``sampled`` is the :class:`coalflow.windows.observation.Sampled` that the net sees. Raises
    CoalflowError as :func:`coalflow.genomes.reading.read_genome` does.
    """
    contigs, observed = reading.read_genome(
        options["path"],
        sampled,
        observing.on_genome(observation, options["masked"]),
        options["individuals"],
        options["ancestral"],
        most_records=MOST_RECORDS,
    )
    return Genome(name, contigs, observed)


def windows(genome, length, encoding, observation, most):
    """Return windows of a genome side by side, at the most so many.

    ``length`` is in bases where windows are padded, else None. Returns
    :class:`coalflow.windows.encoding.Windows`; int64 (windows,) how many sites lie in each, seen by the
    net or not; and int64 (windows,) how many bases each spans. Raises CoalflowError where the
    genome has no window.
    """
    step = length or encoding["sites"]
    tiled = reading.tile_contigs(genome.contigs, encoding["sites"], step, length)
    every = -(-sum(len(tiles) for _, tiles in tiled) // most)
    chosen = [(contig, tiles[::every]) for contig, tiles in tiled]
    parts = [encodings.encode_contig(*one, encoding, observation) for one in chosen]
    together = encodings.Windows.empty_like(parts[0], sum(map(len, parts)))
    done = 0
    for part in parts:
        together[done : done + len(part)] = part
        done += len(part)
    counts = np.concatenate([tiles.count for _, tiles in chosen])
    return together, counts, np.concatenate([tiles.end - tiles.start for _, tiles in chosen])


def figures(genome):
    """Return what was read of a genome as figures."""
    about = f"genome {genome.name}"
    return [
        Figure("genomes", about, "records read", genome.observed["records"]),
        Figure("genomes", about, "usable sites", genome.sites),
        Figure("genomes", about, "bases", genome.bases),
        Figure("genomes", about, "theta per base", genome.theta),
        *(
            Figure("genomes", about, f"records dropped, {reason}", count)
            for reason, count in genome.observed["dropped"].items()
        ),
    ]


def line(genome):
    """Return what the terminal shows of a genome, a label and words."""
    only = " (the first)" if genome.observed["records"] == MOST_RECORDS else ""
    return (
        f"genome {genome.name}",
        f"{genome.sites:,} usable sites of {genome.observed['records']:,} records{only} on "
        f"{genome.bases:,} bases; theta {genome.theta:.2g} per base",
    )


def findings(genome, rows, simulation, swept=()):
    """Return findings about how much a genome varies, and what was dropped of it.

    ``rows`` are those of :func:`coalflow.preflight.segregating_sites.of_cells`; ``simulation`` is the section of
    the config; ``swept`` are cells with a sweep. A genome as a whole is no sweep, so its
    diversity is compared with that of the other cells, where there are any.
    """
    about = f"genome {genome.name}"
    if genome.sites >= FEWEST_SITES:
        yield from _diversity(about, genome, rows, simulation, swept)
    # Most sites of a file may not vary among few individuals: nothing is wrong with that.
    dropped = dict(genome.observed["dropped"])
    varying = genome.observed["records"] - dropped.pop("not_varying")
    reason = max(dropped, key=dropped.get)
    share = dropped[reason] / max(varying, 1)
    if share > MOST_DROPPED:
        yield Finding(
            "genomes",
            about,
            f"{percent(share)} of the records that vary are dropped ({reason.replace('_', ' ')}), "
            "so it looks less diverse than it is",
            "mend the file, or take individuals and regions that have fewer of these",
        )


def _diversity(about, genome, rows, simulation, swept):
    calm = [name for name in rows if name not in swept]
    of_which = " without a sweep" if 0 < len(calm) < len(rows) else ""
    simulated = sorted(rows[name]["theta"] for name in calm or rows)
    lowest, highest = simulated[0], simulated[-1]
    if lowest / FAR <= genome.theta <= highest * FAR:
        return
    nearest = lowest if genome.theta < lowest else highest
    times = genome.theta / max(nearest, 1e-300)
    direction = "raise" if times > 1 else "lower"
    parameter = "population_size, or the sizes of the history," if times > 1 else "population_size"
    yield Finding(
        "genomes",
        about,
        f"theta is {rounded(genome.theta)} per base, that of the simulations{of_which} "
        f"{between(lowest, highest)}",
        f"{direction} {parameter} or mutation_rate about {rounded(max(times, 1 / times))} times"
        f"{_sizes(simulation, times)}",
    )


def _sizes(simulation, times):
    """Return population sizes that would do, where the config has them as numbers."""
    sizes = simulation.get("grid", {}).get("population_size") or [
        simulation.get("demography", {}).get("population_size")
    ]
    if not all(isinstance(size, (int, float)) for size in sizes):
        return ""
    return f": population_size of some {between(min(sizes) * times, max(sizes) * times)}"
