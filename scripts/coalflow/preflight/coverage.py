"""Whether simulations cover a genome: its windows among those of the pilot.

Real windows and pilot windows are encoded alike and summed up in the same few statistics.
A real window is covered where at least one group of pilot windows reaches that far: a cell, or
several with few windows. How far a group reaches is its central 99 %, or all of it where it
has fewer than 200 windows.

Of a genome that was simulated like one of the groups, windows are outside by chance, too. The
share of future windows beyond the k-th lowest and the k-th highest of n is beta distributed,
with parameters 2k and n + 1 - 2k, so how many of w windows lie there is beta-binomial. This
is exact for continuous statistics of independent windows, and takes care of how few pilot
windows there are. Ties only make it stricter.
"""

import dataclasses

import numpy as np
import pandas as pd
import scipy.spatial
import scipy.stats

from coalflow.preflight import genome_windows, segregating_sites
from coalflow.preflight.findings import Figure, Finding, counted, percent, rounded
from coalflow.statistics import features
from coalflow.windows import encoding as encodings

CENTRAL = 0.99
FEWEST_OF_A_GROUP = 20  # with fewer, how far a cell reaches is mostly chance
FEWEST_WINDOWS = 5  # of a genome, or nothing can be told
# A finding is a share of windows that matters and that is no chance. Neighbouring windows
# are linked, so more of them can be outside together than the test expects.
LARGE_SHARE = 0.1
SMALL_P = 1e-4
MOST_ALLELES = 200_000_000  # in the windows that are summed up: some 10 seconds of work
VARIANCE_KEPT = 0.99  # by the principal components in which windows are compared
# Folded, so that singletons are those of either allele, whatever is known of the ancestral one.
SUMMARISED = {"parts": [5], "kinds": ["spectrum", "sites", "haplotypes"]}
SEEN = {"samples": [], "ploidy": 1, "observation": {"polarised": False}}
SITES, SPAN, COMBINATION = "segregating sites", "bases spanned", "their combination"

# What may be different in the genome's population where its windows are beyond the pilot's.
MENDS = {
    SITES: (
        "simulate less diversity: a smaller population_size or mutation_rate",
        "simulate more diversity: a larger population_size or mutation_rate",
    ),
    SPAN: (
        "simulate more diversity: a larger population_size or mutation_rate",
        "simulate less diversity: a smaller population_size or mutation_rate",
    ),
    "diversity per site": (
        "simulate more rare alleles: a history with growth",
        "simulate fewer rare alleles: a history with a bottleneck or less growth",
    ),
    "Tajima's D": (
        "simulate more rare alleles: a history with growth",
        "simulate fewer rare alleles: a history with a bottleneck or less growth",
    ),
    "share of singletons": (
        "simulate fewer rare alleles: a history with a bottleneck or less growth",
        "simulate more rare alleles: a history with growth",
    ),
    "haplotypes": (
        "simulate less recombination, or a harder bottleneck",
        "simulate more recombination, or growth",
    ),
    "H1": (
        "simulate more recombination, or growth",
        "simulate less recombination, a harder bottleneck, or sweeps",
    ),
    "H12": (
        "simulate more recombination, or growth",
        "simulate less recombination, a harder bottleneck, or sweeps",
    ),
    "H2/H1": (
        "simulate stronger or harder sweeps, or a harder bottleneck",
        "simulate softer sweeps, or more recombination",
    ),
    "share of sites in the middle fifth": (
        "look at the genome: sites are missing in the middle of windows",
        "look at the genome: sites crowd in the middle of windows",
    ),
}
COMBINATION_MEND = (
    "look at the picture; widen the grid or the priors, or add what the genome went through to the "
    "history"
)


@dataclasses.dataclass(frozen=True)
class Space:
    """Statistics of pilot windows as standardised principal components.

    ``mean`` and ``scale`` (statistics,) standardise, ``axes`` is (statistics, components);
    ``places`` are the pilot windows, float64 (windows, components), and ``reach`` how
    far from its nearest neighbour a window may lie.
    """

    mean: np.ndarray
    scale: np.ndarray
    axes: np.ndarray
    places: np.ndarray
    reach: float

    def of(self, table):
        """Return the components of some windows, float64 (windows, components)."""
        return (_comparable(table) - self.mean) / self.scale @ self.axes


def summarise(windows, size, sizes):
    """Return a table of readable statistics, one row for each encoded window.

    ``windows`` are :class:`coalflow.windows.encoding.Windows`. ``sizes`` (windows,) are what their
    encoding does not fix, and ``size`` says what that is: how many sites lie in so many bases,
    also those that the net does not see, or over how many bases so many sites extend.
    """
    columns = features.summarise_windows(windows, SUMMARISED, SEEN)
    sites = columns["segregating_sites"]
    singletons = columns["sites_with_1_copies"]
    return pd.DataFrame(
        {
            size: sizes,
            "diversity per site": columns["diversity"] / np.maximum(sites, 1),
            "Tajima's D": columns["tajimas_d"],
            "share of singletons": singletons / np.maximum(sites, 1),
            "haplotypes": columns["haplotype_count"],
            "H1": columns["h1"],
            "H12": columns["h12"],
            "H2/H1": columns["h2_h1"],
            "share of sites in the middle fifth": columns["segregating_sites_3_of_5"]
            / np.maximum(sites, 1),
        }
    )


def of_pilot(shards, encoding, observation):
    """Return :func:`summarise` of all pilot windows that the net could read, and their cells.

    ``shards`` maps cells to the pilot's shards; the cells come back as an array (windows,).
    """
    tables, cells = [], []
    for cell, shard in shards.items():
        seen = segregating_sites.seen(shard, observation)
        first, count, _ = encodings.choose_stretches(seen, encoding)
        enough = encoding["pad"] | (count >= encoding["sites"])
        most = max(most_windows(seen.sampled.number, encoding) // len(shards), 2)
        chosen = np.flatnonzero(enough)[:most]
        if len(chosen):
            windows = encodings.encode_shard(shard, chosen, encoding, observation)
            sizes = (SITES, count[chosen])
            if not encoding["pad"]:
                sizes = (SPAN, _spans(seen.positions, first[chosen], count[chosen], encoding))
            tables.append(summarise(windows, *sizes))
            cells += [cell] * len(chosen)
    return (pd.concat(tables, ignore_index=True) if tables else pd.DataFrame()), np.array(cells)


def _spans(positions, first, count, encoding):
    """Return how many bases windows extend over that have so many sites from a first one on."""
    # A random stretch is as long as a central one, taken over many windows.
    rows, _ = encodings.choose_sites(first, count, {**encoding, "stretch": "central"})
    return positions[rows[:, -1]] - positions[rows[:, 0]]


def of_genome(genome, options, encoding, observation):
    """Return :func:`summarise` of windows of a :class:`coalflow.preflight.genome_windows.Genome`, side by side.

    ``options["length"]`` is in bases where windows are padded, else None. Raises
    CoalflowError where the genome has no window.
    """
    most = most_windows(genome.contigs[0].haplotypes.shape[1], encoding) if genome.contigs else 1
    windows, counts, lengths = genome_windows.windows(
        genome, options["length"], encoding, observation, most
    )
    return summarise(windows, *((SITES, counts) if encoding["pad"] else (SPAN, lengths)))


def most_windows(haplotypes, encoding):
    """Return how many windows there may be, for their statistics not to take too long."""
    return max(MOST_ALLELES // (encoding["sites"] * haplotypes), FEWEST_OF_A_GROUP)


def groups_of(cells):
    """Return numbers of groups, int64 (windows,), of the cells that pilot windows are of.

    A cell with few windows is joined by the next by name, which is like it in most.
    """
    names, cell, counts = np.unique(cells, return_inverse=True, return_counts=True)
    group, gathered, group_of_cell = 0, 0, np.empty(len(names), dtype=np.int64)
    for number, count in enumerate(counts):
        group_of_cell[number] = group
        gathered += count
        if gathered >= FEWEST_OF_A_GROUP:
            group, gathered = group + 1, 0
    if gathered and group:  # what is left over joins the last group
        group_of_cell[group_of_cell == group] = group - 1
    return group_of_cell[cell]


@dataclasses.dataclass(frozen=True)
class Comparison:
    """Which of a genome's windows are outside, bool (windows,), in a statistic or in all.

    ``expected`` is the share that chance alone would put there at most, ``p`` the chance of so
    many or more.
    """

    outside: np.ndarray
    expected: float
    p: float

    @property
    def share(self):
        """The share of windows that is outside."""
        return float(self.outside.mean())

    @property
    def is_found(self):
        """Whether that is too much, and no chance."""
        return self.share >= LARGE_SHARE and self.p < SMALL_P


def find(name, real, pilot, cells):
    """Return the figures and findings about how pilot windows cover those of a genome.

    ``real`` and ``pilot`` are tables of :func:`summarise`; ``cells`` are the names of the cells
    that the pilot windows are of.
    """
    about = f"genome {name}"
    if len(pilot) < FEWEST_OF_A_GROUP or len(real) < FEWEST_WINDOWS:
        return [_too_few(about, len(real), len(pilot))]
    groups = groups_of(cells)
    space = space_of(pilot, groups)
    compared = {
        statistic: compare(real[statistic].to_numpy(), pilot[statistic].to_numpy(), groups)
        for statistic in pilot
    }
    together = _compared(distances(space, real) > space.reach, np.bincount(groups), sides=1)
    entries = [Figure("coverage", about, "windows", len(real))]
    for statistic, one in {**compared, COMBINATION: together}.items():
        entries += [
            Figure("coverage", about, f"share outside, {statistic}", one.share),
            Figure("coverage", about, f"expected at most, {statistic}", one.expected),
            Figure("coverage", about, f"p, {statistic}", one.p),
        ]
    found = [statistic for statistic in compared if compared[statistic].is_found]
    if found:
        found.sort(key=lambda statistic: -compared[statistic].share)
        entries.append(_beyond(about, found, real, pilot, compared))
    elif together.is_found:
        entries.append(_unlike(about, together, differences(space, real[together.outside], pilot)))
    return entries


def compare(real, pilot, groups):
    """Return the :class:`Comparison` of a genome's windows with the pilot's, in one statistic."""
    covered = np.zeros(len(real), dtype=bool)
    for group in np.unique(groups):
        low, high = reach(pilot[groups == group])
        covered |= (real >= low) & (real <= high)
    return _compared(~covered, np.bincount(groups), sides=2)


def _compared(outside, sizes, sides):
    """Return the :class:`Comparison`, whichever of the groups of some sizes the genome is like."""
    ranks = [sides * _rank(size, sides) for size in sizes]
    p = max(
        scipy.stats.betabinom.sf(outside.sum() - 1, len(outside), rank, size + 1 - rank)
        for rank, size in zip(ranks, sizes, strict=True)
    )
    expected = max(rank / (size + 1) for rank, size in zip(ranks, sizes, strict=True))
    return Comparison(outside, expected, float(p))


def reach(values):
    """Return the ends of the central 99 % of some values, or of all where they are few."""
    ordered, rank = np.sort(values), _rank(len(values), 2)
    return ordered[rank - 1], ordered[-rank]


def space_of(pilot, groups):
    """Return the :class:`Space` of pilot windows.

    How far a window may lie from its nearest neighbour is what 99 % of pilot windows
    keep to, in the group where windows are furthest from each other.
    """
    values = _comparable(pilot)
    mean, scale = values.mean(axis=0), values.std(axis=0)
    scale[scale == 0] = 1.0
    _, lengths, directions = np.linalg.svd((values - mean) / scale, full_matrices=False)
    explained = np.cumsum(lengths**2) / max((lengths**2).sum(), np.finfo(float).tiny)
    components = int(np.searchsorted(explained, VARIANCE_KEPT)) + 1
    axes = directions[:components].T / (np.maximum(lengths[:components], 1e-9) / len(values) ** 0.5)
    places = (values - mean) / scale @ axes
    # The nearest to each is itself, the second nearest its neighbour.
    nearest = scipy.spatial.KDTree(places).query(places, k=2)[0][:, 1]
    furthest = max(
        np.sort(nearest[groups == group])[-_rank((groups == group).sum(), 1)]
        for group in np.unique(groups)
    )
    return Space(mean, scale, axes, places, float(furthest))


def in_two_components(pilot, genomes):
    """Return where windows lie in two principal components of the pilot, for a picture.

    ``genomes`` is a list of tables like ``pilot``. Returns a list of float64 (windows, 2), the
    pilot's first.
    """
    space = space_of(pilot, np.zeros(len(pilot), dtype=np.int64))
    return [np.pad(space.of(table), [(0, 0), (0, 1)])[:, :2] for table in (pilot, *genomes)]


def distances(space, table):
    """Return how far windows are from the nearest pilot window, float64 (windows,)."""
    return scipy.spatial.KDTree(space.places).query(space.of(table))[0]


def differences(space, table, pilot):
    """Return the two statistics by which windows differ most from those of the pilot nearby."""
    nearest = scipy.spatial.KDTree(space.places).query(space.of(table))[1]
    apart = np.abs(_comparable(table) - _comparable(pilot)[nearest]) / space.scale
    return [table.columns[place] for place in apart.mean(axis=0).argsort()[:-3:-1]]


def _comparable(table):
    """Return statistics as numbers whose differences count alike, float64 (windows, statistics)."""
    values = {name: np.log(table[name]) if name == SPAN else table[name] for name in table}
    return np.column_stack(list(values.values()))


def _rank(size, sides):
    """Return which value from the end, counted from 1, bounds 99 % on one side or on both."""
    return max(1, int((1 - CENTRAL) / sides * (size + 1)))


def _too_few(about, windows, of_pilot):
    if of_pilot < FEWEST_OF_A_GROUP:
        said = f"only {of_pilot} of the windows that were tried can be read by the net"
        mend = "mend the findings about sites, or simulate faster cells, and check again"
    else:
        said = f"has room for {counted(windows, 'window')} side by side"
        mend = "add more of the genome to the file, or make windows shorter"
    return Finding("coverage", about, f"{said}: too few to tell whether simulations cover it", mend)


def _beyond(about, found, real, pilot, compared):
    """Return the finding about statistics in which too many windows are outside, worst first."""
    worst, *others = found
    outside = compared[worst].outside
    above = int(real.loc[outside, worst].median() > pilot[worst].median())
    low, high = pilot[worst].quantile([(1 - CENTRAL) / 2, (1 + CENTRAL) / 2])
    also = f"; so are many in {', '.join(others)}" if others else ""
    said = (
        f"{percent(outside.mean())} of its windows are beyond the simulated ones in {worst}, "
        f"most {('below', 'above')[above]} (median {rounded(real[worst].median(), 3)}; simulated "
        f"{rounded(pilot[worst].median(), 3)}, 99 % from {rounded(low, 3)} to {rounded(high, 3)})"
    )
    return Finding("coverage", about, said + also, MENDS[worst][above])


def _unlike(about, together, statistics_apart):
    """Return the finding about windows that are outside in no statistic, but in all together."""
    said = (
        f"{percent(together.share)} of its windows are like no simulated one, mostly in "
        f"{' and '.join(statistics_apart)}"
    )
    return Finding("coverage", about, said, COMBINATION_MEND)
