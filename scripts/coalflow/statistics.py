"""Statistics of encoded windows, those of sites computed by tskit.

tskit computes statistics on tree sequences. A window becomes one by the simplest
trees there are: all haplotypes hang on one root, and a derived allele is a
mutation above each haplotype that carries it. Statistics of sites see only which
haplotype has which allele, so they come out exactly as on the true trees. Many
windows share one tree sequence, and tskit does them in one call.

Windows are also looked at in parts: 5 and 11 of equal length in bases. A window
without padding goes from its first encoded site to its last, one with padding over
the whole of ``simulation.sequence_length``. Padding is in no part.

Where genotypes are missing, :mod:`coalflow.called` counts what was called, and one that is
missing makes a haplotype differ from those where it is not. Where the phase is lost,
haplotype statistics are of the individuals' genotypes.
"""

import itertools

import numpy as np
import tskit

from coalflow import called, tree_statistics
from coalflow.targets import of_sites

PARTS = (5, 11)
FINEST = int(np.lcm.reduce(PARTS))  # parts of parts: those of 5 and of 11 are made up of them
ALLELES_AT_ONCE = 8_000_000  # some 300 MB, most of it for mutations and haplotypes' names


OF_POPULATIONS = ("segregating_sites", "diversity", "tajimas_d")
OF_PAIRS = ("divergence", "fst")
# Statistics that are the same up to a factor: to know one is to know the other.
TWINS = {"segregating_sites": "watterson_theta", "watterson_theta": "segregating_sites"}


def of_windows(windows, targets, populations):
    """Return statistics of the sites of windows, a dict of names and float64 (windows,).

    ``windows`` are :class:`coalflow.encoding.Windows`, here and below, ``targets`` whole
    definitions (:mod:`coalflow.targets`) by their names, of which those with ``mode:
    site`` are computed; ``populations`` are slices of the haplotypes by
    name (:func:`coalflow.shards.populations`). Undefined values are nan, and so are those
    that :mod:`coalflow.called` does not have, where genotypes are missing.
    """
    chosen = of_sites(targets)

    def of_chunk(chunk):
        if chunk.called_packed is not None:
            return {
                name: called.of_windows(chunk, one, populations) for name, one in chosen.items()
            }
        trees, edges = star_tree_sequence(chunk)
        return {
            name: tree_statistics.of_windows(trees, one, populations, edges[::FINEST])
            for name, one in chosen.items()
        }

    return _in_chunks(of_chunk, windows) if chosen else {}


def summaries(windows, targets, populations):
    """Return the statistics that baselines learn from, with their names.

    Returns float64 (windows, statistics) and a list of as many names. Where there are
    several ``populations``, as in :func:`of_windows`, statistics of each and of pairs are
    among them. One that is itself one of the ``targets``, or one up to a factor, is left
    out. Tajima's D of a part without variation is given as 0, what is expected of a neutral
    population of constant size; Fst, too.
    """
    columns = _in_chunks(_columns, windows)
    if len(populations) > 1:
        of_sets = of_windows(windows, _of_populations(populations), populations)
        columns |= {name: np.nan_to_num(values) for name, values in of_sets.items()}
    for one in of_sites(targets).values():
        for statistic in (one["statistic"], TWINS.get(one["statistic"])):
            # Two populations compared are the same two the other way round.
            for of in (one["of"], one["of"][::-1]):
                columns.pop(_name(statistic, of), None)
    return np.column_stack(list(columns.values())), list(columns)


def _of_populations(populations):
    """Return what baselines are told of populations and of pairs, as definitions by names."""
    told = [(name, [one]) for name in OF_POPULATIONS for one in populations]
    pairs = itertools.combinations(populations, 2)
    told += [(name, list(pair)) for pair in pairs for name in OF_PAIRS]
    return {_name(name, of): {"statistic": name, "of": of, "mode": "site"} for name, of in told}


def _name(statistic, of):
    return f"{statistic}_of_{'_and_'.join(of)}" if of else statistic


def _columns(windows):
    """Return a dict of names and values, float64 (windows,)."""
    sites = _sites(windows)
    names = haplotype_names(windows)
    haplotypes = windows.shape[2]
    frequencies = sites.spectrum()
    columns = {f"sites_with_{k + 1}_copies": frequencies[:, k] for k in range(haplotypes - 1)}
    for parts in (1, *PARTS):
        statistics = {
            **{name: sites.statistic(name, parts) for name in OF_SITES},
            **haplotype_statistics(names, parts),
        }
        for name, values in statistics.items():
            for part in range(parts):
                place = f"_{part + 1}_of_{parts}" if parts > 1 else ""
                columns[f"{name}{place}"] = np.nan_to_num(values[:, part])
    columns["watterson_theta"] = sites.watterson_theta(1)[:, 0]
    return columns


def _sites(windows):
    """Return what tells statistics of the sites of windows, in parts."""
    if windows.called_packed is None:
        return SitesOfTrees(windows)
    return called.Sites(windows, _part_of_site(windows), FINEST)


# Statistics of sites, by tskit -------------------------------------------------------------


def star_tree_sequence(windows):
    """Return a tree sequence that holds the sites of all windows, and the edges of their parts.

    The edges are int64 (windows * FINEST + 1,): those of each window's finest parts,
    one window after the other. Sites stand in their order, not at their distances:
    each has a unit of length, and so has the beginning of each part, for tskit has
    no parts without length.
    """
    number, sites, haplotypes = windows.shape
    counts = np.zeros((number, FINEST), dtype=np.int64)
    window, site = np.nonzero(windows.mask)
    part = _part_of_site(windows)[window, site]
    np.add.at(counts, (window, part), 1)
    edges = np.concatenate([[0], np.cumsum(counts.ravel() + 1)])
    tables = tskit.TableCollection(sequence_length=edges[-1])
    tables.nodes.set_columns(
        flags=np.r_[np.full(haplotypes, tskit.NODE_IS_SAMPLE), 0].astype(np.uint32),
        time=np.r_[np.zeros(haplotypes), 1.0],
    )
    tables.edges.set_columns(
        left=np.zeros(haplotypes),
        right=np.full(haplotypes, float(edges[-1])),
        parent=np.full(haplotypes, haplotypes, dtype=np.int32),
        child=np.arange(haplotypes, dtype=np.int32),
    )
    tables.sites.set_columns(
        position=np.arange(len(site)) + window * FINEST + part + 1.0,
        **_column("ancestral_state", "0", len(site)),
    )
    mutated, carrier = np.nonzero(windows.haplotypes[window, site])
    tables.mutations.set_columns(
        site=mutated.astype(np.int32),
        node=carrier.astype(np.int32),
        **_column("derived_state", "1", len(carrier)),
    )
    tables.build_index()
    return tables.tree_sequence(), edges


def spectrum(trees, edges):
    """Return the site-frequency spectrum, float64 (windows, haplotypes - 1).

    Column k counts the sites at which k + 1 haplotypes carry allele 1.
    """
    counts = trees.allele_frequency_spectrum(
        windows=edges[::FINEST], span_normalise=False, polarised=True
    )
    return counts[:, 1:-1]


class SitesOfTrees:
    """The sites of windows in which all is called; its statistics are as in :mod:`called`."""

    def __init__(self, windows):
        """Take :class:`coalflow.encoding.Windows`."""
        self.haplotypes = windows.number_of_haplotypes
        self.trees, self.edges = star_tree_sequence(windows)

    def spectrum(self):
        """Return the site-frequency spectrum, float64 (windows, haplotypes - 1)."""
        return spectrum(self.trees, self.edges)

    def statistic(self, name, parts):
        """Return one of ``OF_SITES``, float64 (windows, parts)."""
        return OF_SITES[name](self.trees, self.edges, parts)

    def watterson_theta(self, parts):
        """Return Watterson's theta, float64 (windows, parts)."""
        segregating = self.statistic("segregating_sites", parts)
        return tree_statistics.watterson_theta(segregating, self.haplotypes)


# Each takes trees, edges and a number of parts, and returns float64 (windows, parts).
OF_SITES = {
    "segregating_sites": lambda trees, edges, parts: trees.segregating_sites(
        windows=edges[:: FINEST // parts], span_normalise=False
    ).reshape(-1, parts),
    "diversity": lambda trees, edges, parts: trees.diversity(
        windows=edges[:: FINEST // parts], span_normalise=False
    ).reshape(-1, parts),
    "tajimas_d": lambda trees, edges, parts: trees.Tajimas_D(
        windows=edges[:: FINEST // parts]
    ).reshape(-1, parts),
}


def _part_of_site(windows):
    """Return in which of the finest parts each site is, int64 (windows, sites)."""
    return np.minimum((windows.positions * FINEST).astype(np.int64), FINEST - 1)


def _column(name, state, number):
    """Return the two columns by which a tskit table holds one-letter texts."""
    return {
        name: np.full(number, ord(state), dtype=np.int8),
        f"{name}_offset": np.arange(number + 1, dtype=np.uint64),
    }


# Statistics of haplotypes ------------------------------------------------------------------


def haplotype_names(windows):
    """Return numbers that tell haplotypes apart, uint64 (windows, FINEST + 1, haplotypes).

    A haplotype's name up to a part's beginning is the sum of random numbers, one for
    each site where it carries allele 1, and another where it was not called. The difference
    of two such sums names it in between. That two haplotypes share a name by chance has a
    probability of 2^-64. Where the phase is lost, these are names of individuals.
    """
    number, sites, _ = windows.shape
    sums = np.zeros((number, sites + 1, windows.rows), dtype=np.uint64)
    weighed = _weighed(windows.haplotypes, windows.alleles_per_row, 0)
    if windows.called_packed is not None:
        lost = (windows.called ^ 1) & windows.mask[:, :, None]
        weighed += _weighed(lost, windows.alleles_per_row, 1)
    np.cumsum(weighed, axis=1, out=sums[:, 1:])
    # The column of the first site that is not before a part; those of padding don't count.
    part = np.where(windows.mask, _part_of_site(windows), FINEST)
    left = windows.mask.argmax(axis=1)
    before = (part[:, :, None] < np.arange(FINEST + 1)).sum(axis=1) + left[:, None]
    return np.take_along_axis(sums, before[:, :, None], axis=1)


def _weighed(alleles, per_row, seed):
    """Return a random number where an allele is 1, summed in each row.

    Returns uint64 (windows, sites, rows). The number hangs on the site and on the allele's
    place in the row.
    """
    windows, sites, haplotypes = alleles.shape
    random = np.random.default_rng(seed)
    weights = random.integers(2**64, size=(sites, per_row), dtype=np.uint64)
    if per_row == 1:
        return alleles * weights
    in_rows = alleles.reshape(windows, sites, haplotypes // per_row, per_row)
    return (in_rows * weights[:, None]).sum(axis=3, dtype=np.uint64)


def haplotype_statistics(names, parts):
    """Return statistics of haplotype frequencies in parts, a dict of float64 (windows, parts).

    ``names`` are :func:`haplotype_names`. With p1, p2, ... the frequencies of the
    distinct haplotypes, the commonest first, Garud et al. (2015) define H1 as the sum
    of their squares, H12 as the same with p1 and p2 taken together, and H2/H1 as the
    share of H1 that is left without p1. ``haplotype_count`` is how many there are.
    """
    at_edges = names[:, :: FINEST // parts]
    sorted_names = np.sort(np.diff(at_edges, axis=1), axis=2)
    windows, _, haplotypes = sorted_names.shape
    new = np.diff(sorted_names, axis=2) != 0
    rank = np.zeros(sorted_names.shape, dtype=np.int64)
    np.cumsum(new, axis=2, out=rank[:, :, 1:])
    rows = np.arange(windows * parts).reshape(windows, parts, 1) * haplotypes
    counts = np.bincount((rows + rank).ravel(), minlength=windows * parts * haplotypes)
    frequencies = np.sort(counts.reshape(windows, parts, haplotypes), axis=2) / haplotypes
    first, second = frequencies[:, :, -1], frequencies[:, :, -2]
    h1 = (frequencies**2).sum(axis=2)
    return {
        "h1": h1,
        "h12": h1 + 2 * first * second,
        "h2_h1": (h1 - first**2) / h1,
        "haplotype_count": 1.0 + new.sum(axis=2),
    }


def _in_chunks(function, windows):
    """Apply a function to some windows at a time, so that memory does not grow with them."""
    _, sites, haplotypes = windows.shape
    at_once = max(1, ALLELES_AT_ONCE // (sites * haplotypes))
    starts = range(0, len(windows), at_once)
    parts = [function(windows[i : i + at_once]) for i in starts]
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
