"""The few statistics in which windows of genomes are compared with those of the pilot."""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import pandas as pd

from coalflow.config.schema.dataset import Features
from coalflow.config.schema.encoding import Encoding
from coalflow.config.schema.observation import Observation
from coalflow.config.schema.samples import Samples
from coalflow.preflight.genome_windows import Genome, encode_side_by_side
from coalflow.preflight.segregating_sites import observe_all
from coalflow.statistics.features import summarise_windows
from coalflow.windows.encoding import encode_shard
from coalflow.windows.packed_windows import Windows
from coalflow.windows.shards import Shard
from coalflow.windows.stretches import choose_sites, choose_stretches

SITES, SPAN = "segregating sites", "bases spanned"
FEWEST_WINDOWS = 20  # that are summarised of a cell or a genome, if there are as many
MOST_ALLELES = 200_000_000  # in the windows that are summarised: about 10 seconds of work
# Folded and of all haplotypes, so that singletons are those of either allele, whatever is known of
# the ancestral one.
FEATURES = Features(parts=(5,), kinds=("spectrum", "sites", "haplotypes"))
WHOLE_SAMPLE = Samples(individuals=(), ploidy=1)
FOLDED = Observation(polarised=False)


def describe_windows(
    windows: Windows, size: str, sizes: npt.NDArray[np.integer] | npt.NDArray[np.floating]
) -> pd.DataFrame:
    """Return a table of readable statistics, one row for each encoded window.

    Parameters
    ----------
    windows : Windows
    size : str
        What their encoding does not fix: ``SITES``, how many sites lie in a number of bases,
        whether the net sees them or not; or ``SPAN``, over how many bases a number of sites
        extends.
    sizes : (windows,)
        Its values.
    """
    columns = summarise_windows(windows, FEATURES, WHOLE_SAMPLE, FOLDED)
    sites = np.maximum(columns["segregating_sites"], 1)
    return pd.DataFrame(
        {
            size: sizes,
            "diversity per site": columns["diversity"] / sites,
            "Tajima's D": columns["tajimas_d"],
            "share of singletons": columns["sites_with_1_copies"] / sites,
            "haplotypes": columns["haplotype_count"],
            "H1": columns["h1"],
            "H12": columns["h12"],
            "H2/H1": columns["h2_h1"],
            "share of sites in the middle fifth": columns["segregating_sites_3_of_5"] / sites,
        }
    )


def describe_pilot_windows(
    shards: Mapping[str, Shard], encoding: Encoding, observation: Observation
) -> tuple[pd.DataFrame, npt.NDArray[np.str_]]:
    """Return the statistics of all pilot windows that the net could read, and their cells.

    Parameters
    ----------
    shards : dict of Shard
        Those of the pilot, by their cells.
    encoding : Encoding
    observation : Observation

    Returns
    -------
    DataFrame
        As :func:`describe_windows` returns; without columns where the net can read no window.
    ndarray of str, shape (windows,)
        The cell of each window.

    Raises
    ------
    CoalflowError
        If the mask cannot be read or has no contig as long as a window.
    """
    tables: list[pd.DataFrame] = []
    cells: list[str] = []
    for cell, shard in shards.items():
        observed = observe_all(shard, observation)
        first, count, _ = choose_stretches(observed, encoding)
        enough = np.full(len(count), True) if encoding.pad else count >= encoding.sites
        most = limit_windows(observed.samples.number_of_haplotypes, encoding) // len(shards)
        chosen = np.flatnonzero(enough)[: max(most, 2)]
        if len(chosen):
            windows = encode_shard(shard, chosen, encoding, observation)
            if encoding.pad:
                table = describe_windows(windows, SITES, count[chosen])
            else:
                spans = _measure_spans(observed.positions, first[chosen], count[chosen], encoding)
                table = describe_windows(windows, SPAN, spans)
            tables.append(table)
            cells += [cell] * len(chosen)
    return (pd.concat(tables, ignore_index=True) if tables else pd.DataFrame()), np.array(cells)


def _measure_spans(
    positions: npt.NDArray[np.float64],
    first: npt.NDArray[np.int64],
    count: npt.NDArray[np.int64],
    encoding: Encoding,
) -> npt.NDArray[np.float64]:
    """Return over how many bases the sites extend that the net sees of each window."""
    # A random stretch is as long as a central one, over many windows.
    central = encoding.model_copy(update={"stretch": "central"})
    rows, _ = choose_sites(first, count, central)
    return positions[rows[:, -1]] - positions[rows[:, 0]]


def describe_genome_windows(
    genome: Genome, length: int | None, encoding: Encoding, observation: Observation
) -> pd.DataFrame:
    """Return the statistics of windows of a genome that do not overlap; the index has their places.

    Parameters
    ----------
    genome : Genome
    length : int, optional
        Bases of a window; None where windows are not padded.
    encoding : Encoding
    observation : Observation

    Raises
    ------
    CoalflowError
        If the genome has no window.
    """
    haplotypes = genome.contigs[0].haplotypes.shape[1] if genome.contigs else 1
    windows, counts, lengths, places = encode_side_by_side(
        genome, length, encoding, observation, limit_windows(haplotypes, encoding)
    )
    size, sizes = (SITES, counts) if encoding.pad else (SPAN, lengths)
    return describe_windows(windows, size, sizes).set_axis(places, axis="index")


def limit_windows(haplotypes: int, encoding: Encoding) -> int:
    """Return how many windows with this number of haplotypes can be summarised in a short time.

    Parameters
    ----------
    haplotypes : int
    encoding : Encoding
        Whose ``sites`` each window has.
    """
    return max(MOST_ALLELES // (encoding.sites * haplotypes), FEWEST_WINDOWS)
