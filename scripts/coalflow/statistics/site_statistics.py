"""Targets that are statistics of the sites of encoded windows, computed by tskit.

tskit computes statistics on tree sequences. A window becomes one by the simplest
trees there are: all haplotypes hang on one root, and a derived allele is a
mutation above each haplotype that carries it. Statistics of sites see only which
haplotype has which allele, so they come out exactly as on the true trees. Many
windows share one tree sequence, and tskit does them in one call.

Where genotypes are missing, :mod:`coalflow.statistics.allele_counts` counts what was called.
"""

import numpy as np
import tskit

from coalflow.config.targets import of_sites
from coalflow.statistics import allele_counts, tskit_statistics

ALLELES_AT_ONCE = 8_000_000  # some 300 MB, most of it for mutations and haplotypes' names


def compute_site_statistics(windows, targets, populations):
    """Return statistics of the sites of windows, a dict of names and float64 (windows,).

    ``windows`` are :class:`coalflow.windows.encoding.Windows`, ``targets`` whole
    definitions (:mod:`coalflow.config.targets`) by their names, of which those with ``mode:
    site`` are computed; ``populations`` are slices of the haplotypes by
    name (:func:`coalflow.windows.shards.slice_populations`). Undefined values are nan, and so are those
    that :mod:`coalflow.statistics.allele_counts` does not have, where genotypes are missing.
    """
    chosen = of_sites(targets)

    def of_chunk(chunk):
        if chunk.called_packed is not None:
            return {
                name: allele_counts.compute_from_allele_counts(chunk, one, populations)
                for name, one in chosen.items()
            }
        trees, edges = build_star_trees(chunk)
        return {
            name: tskit_statistics.compute_in_windows(trees, one, populations, edges)
            for name, one in chosen.items()
        }

    _, sites, haplotypes = windows.shape
    step = max(1, ALLELES_AT_ONCE // (sites * haplotypes))
    return compute_in_chunks(of_chunk, windows, step) if chosen else {}


def build_star_trees(windows):
    """Return a tree sequence that holds the sites of all windows, and the edges of the windows.

    The edges are int64 (windows + 1,). Sites stand in their order, not at their distances:
    each has a unit of length, and so has the beginning of each window, for tskit has
    no windows without length.
    """
    number, _, haplotypes = windows.shape
    edges = np.concatenate([[0], np.cumsum(windows.mask.sum(axis=1) + 1)])
    window, site = np.nonzero(windows.mask)
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
        position=np.arange(len(site)) + window + 1.0,
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


def _column(name, state, number):
    """Return the two columns by which a tskit table holds one-letter texts."""
    return {
        name: np.full(number, ord(state), dtype=np.int8),
        f"{name}_offset": np.arange(number + 1, dtype=np.uint64),
    }


def compute_in_chunks(function, windows, step):
    """Apply a function to ``step`` windows at a time, so that memory does not grow with them.

    The function returns a dict of arrays, a value for each window.
    """
    parts = [function(windows[i : i + step]) for i in range(0, len(windows), step)]
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
