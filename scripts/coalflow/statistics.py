"""Statistics of 0/1 matrices, computed by tskit.

tskit computes statistics on tree sequences. A matrix becomes one by the simplest
trees there are: all haplotypes hang on one root, and a derived allele is a
mutation above each haplotype that carries it. Statistics of sites see only which
haplotype has which allele, so they come out exactly as on the true trees. Many
windows share one tree sequence, a unit of length each, and tskit does them in one call.
"""

import numpy as np
import tskit

from coalflow.encoding import pairwise_differences

WINDOWS_AT_ONCE = 2000  # 2,000 x 40 x 20 makes 0.4 million mutations, some 50 MB


def star_tree_sequence(matrices):
    """Return a tree sequence that holds each 0/1 matrix in a window of length 1.

    ``matrices`` is uint8 (windows, sites, haplotypes). Window i is [i, i + 1).
    """
    windows, sites, haplotypes = matrices.shape
    tables = tskit.TableCollection(sequence_length=windows)
    tables.nodes.set_columns(
        flags=np.r_[np.full(haplotypes, tskit.NODE_IS_SAMPLE), 0].astype(np.uint32),
        time=np.r_[np.zeros(haplotypes), 1.0],
    )
    tables.edges.set_columns(
        left=np.zeros(haplotypes),
        right=np.full(haplotypes, float(windows)),
        parent=np.full(haplotypes, haplotypes, dtype=np.int32),
        child=np.arange(haplotypes, dtype=np.int32),
    )
    every_site = windows * sites
    tables.sites.set_columns(
        position=np.arange(every_site) / sites,
        **_column("ancestral_state", "0", every_site),
    )
    window, site, carrier = np.nonzero(matrices)
    tables.mutations.set_columns(
        site=(window * sites + site).astype(np.int32),
        node=carrier.astype(np.int32),
        **_column("derived_state", "1", len(carrier)),
    )
    tables.build_index()
    return tables.tree_sequence()


def tajimas_d(matrices):
    """Return Tajima's D (Tajima 1989) of each matrix, float64 (windows,); nan without variation."""
    return _by_tskit(lambda trees, edges: trees.Tajimas_D(windows=edges), matrices)


def diversity(matrices):
    """Return pi, the mean number of differences of two haplotypes, float64 (windows,)."""
    return _by_tskit(
        lambda trees, edges: trees.diversity(windows=edges, span_normalise=False), matrices
    )


def spectrum(matrices):
    """Return the site-frequency spectrum, float64 (windows, haplotypes - 1).

    Column k counts the sites at which k + 1 haplotypes carry allele 1.
    """

    def of_trees(trees, edges):
        counts = trees.allele_frequency_spectrum(
            windows=edges, span_normalise=False, polarised=True
        )
        return counts[:, 1:-1]

    return _by_tskit(of_trees, matrices)


def segregating_sites(matrices):
    """Return S, the number of sites that vary, float64 (windows,)."""
    return _by_tskit(
        lambda trees, edges: trees.segregating_sites(windows=edges, span_normalise=False), matrices
    )


def watterson_theta(segregating, haplotypes):
    """Return Watterson's (1975) estimator of theta, S / (1 + 1/2 + ... + 1/(n - 1))."""
    return segregating / (1 / np.arange(1, haplotypes)).sum()


def haplotype_count(matrices):
    """Return how many different haplotypes each matrix has, int64 (windows,)."""

    def count(chunk):
        same = pairwise_differences(chunk) == 0
        # A haplotype counts when none before it is the same.
        repeated = np.triu(same, k=1).any(axis=1)
        return (~repeated).sum(axis=1)

    return _in_chunks(count, matrices)


def summaries(matrices):
    """Return the statistics that baselines learn from, with their names.

    Takes uint8 (windows, sites, haplotypes); returns float64 (windows, statistics)
    and a list of as many names.
    """
    haplotypes = matrices.shape[2]
    frequencies = spectrum(matrices)
    segregating = segregating_sites(matrices)
    columns = {
        **{f"sites_with_{k + 1}_copies": frequencies[:, k] for k in range(haplotypes - 1)},
        "segregating_sites": segregating,
        "pi": diversity(matrices),
        "watterson_theta": watterson_theta(segregating, haplotypes),
        "haplotype_count": haplotype_count(matrices),
    }
    return np.column_stack(list(columns.values())), list(columns)


TARGETS = {"tajimas_d": tajimas_d, "diversity": diversity}


def _by_tskit(statistic, matrices):
    """Apply a statistic of (tree sequence, window edges) to every matrix."""

    def of_matrices(chunk):
        return statistic(star_tree_sequence(chunk), np.arange(len(chunk) + 1))

    return _in_chunks(of_matrices, matrices)


def _in_chunks(function, matrices):
    """Apply a function to some matrices at a time, so that memory does not grow with them."""
    starts = range(0, len(matrices), WINDOWS_AT_ONCE)
    return np.concatenate([function(matrices[i : i + WINDOWS_AT_ONCE]) for i in starts])


def _column(name, state, number):
    """Return the two columns by which a tskit table holds one-letter texts."""
    return {
        name: np.full(number, ord(state), dtype=np.int8),
        f"{name}_offset": np.arange(number + 1, dtype=np.uint64),
    }
