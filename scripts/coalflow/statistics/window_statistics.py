"""Readable statistics of windows: by which genomes are compared with simulations, and scans show.

Each is there because some way in which simulations can be unlike a genome moves it: another history
the spectrum of allele frequencies, another recombination rate the linkage, phase errors the
haplotypes, a mask that is ignored the gaps between sites, and so on. Most do not depend on how many
sites a window has, which has a column of its own.

A window of a genome and one that was simulated have the same statistics if they are seen in the
same way. Undefined values are 0.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import pandas as pd

from coalflow.config.schema.dataset import Features
from coalflow.config.schema.observation import Observation
from coalflow.config.schema.samples import Samples
from coalflow.statistics.features import summarise_windows
from coalflow.statistics.haplotype_pairs import describe_pairs
from coalflow.statistics.individuals import describe_individuals
from coalflow.statistics.spacing import describe_missing, describe_spacing
from coalflow.windows.packed_windows import Windows

SITES, SPAN = "segregating sites", "bases spanned"
# Folded and of all haplotypes, so that singletons are those of either allele, whatever is known of
# the ancestral one.
FEW_FEATURES = Features(parts=(5,), kinds=("spectrum", "sites", "haplotypes"))
WHOLE_SAMPLE = Samples(individuals=(), ploidy=1)
FOLDED = Observation(polarised=False)
ALL_FEATURES = Features(parts=(5,))
COMMON = 0.25  # the share of haplotypes with the rarer allele of a common site
MOST_POPULATIONS = 4  # with more, there are too many pairs to list
#: Sums over the sites of a window, which :func:`select_classical` divides by its bases. What is
#: compared with simulations are the other columns.
SUMS = ("sum of diversity", "sum of Watterson's theta", "sum of Fay and Wu's H")
CLASSICAL = {"Tajima's D": "tajimas_d", "H1": "h1", "H12": "h12", "H2/H1": "h2_h1"}

Columns = Mapping[str, npt.NDArray[np.float64]]


def describe_briefly(
    windows: Windows, size: str, sizes: npt.NDArray[np.integer] | npt.NDArray[np.floating]
) -> pd.DataFrame:
    """Return the few statistics that take little time, one row for each encoded window.

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
    columns = summarise_windows(windows, FEW_FEATURES, WHOLE_SAMPLE, FOLDED)
    return pd.DataFrame(_select_few(_as_arrays(columns), size, sizes))


def describe_windows(
    windows: Windows,
    sizes: npt.NDArray[np.integer] | npt.NDArray[np.floating],
    size: str,
    samples: Samples,
    observation: Observation,
    summarised: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Return a table of readable statistics, one row for each encoded window.

    Parameters
    ----------
    windows : Windows
    sizes : (windows,)
        The values of ``size``.
    size : str
        ``SITES`` or ``SPAN``, as in :func:`describe_briefly`.
    samples : Samples
        Whose haplotypes these are.
    observation : Observation
        How they are seen.
    summarised : DataFrame, optional
        What :func:`coalflow.statistics.features.summarise_windows` returned for these windows. What
        it has of what is needed is not computed a second time.

    Returns
    -------
    DataFrame
        Of float64, finite. The columns of :func:`describe_briefly` come first, the sums of
        ``SUMS`` last.
    """
    if summarised is None or not _has_all(summarised):
        summarised = summarise_windows(windows, ALL_FEATURES, samples, observation)
    columns = _as_arrays(summarised)
    spectrum = _find_spectrum(columns, windows.number_of_haplotypes, observation.polarised)
    described: dict[str, npt.NDArray[np.float64]] = _select_few(columns, size, sizes, spectrum[0])
    described |= _select_spectrum(columns, *spectrum)
    described |= _select_linkage(columns)
    described |= describe_pairs(windows)
    described |= describe_individuals(windows)
    described |= describe_spacing(windows)
    if observation.can_be_missing:
        described |= describe_missing(windows)
    described |= _compare_parts(columns)
    described |= _select_populations(columns, samples)
    described |= _select_sums(columns, size, described[size], observation.polarised)
    table = pd.DataFrame(described)
    return table.replace([np.inf, -np.inf], np.nan).fillna(0.0).astype(np.float64)


def select_compared(table: pd.DataFrame) -> pd.DataFrame:
    """Return the statistics of a table of :func:`describe_windows` that are compared.

    Parameters
    ----------
    table : DataFrame
    """
    return table[[name for name in table if name not in SUMS]]


def select_classical(
    table: pd.DataFrame, lengths: npt.NDArray[np.integer] | npt.NDArray[np.floating]
) -> pd.DataFrame:
    """Return the classical statistics of windows, as ``windows.tsv`` has them.

    Parameters
    ----------
    table : DataFrame
        What :func:`describe_windows` returned.
    lengths : ndarray, shape (windows,)
        How many bases of each can be seen.

    Returns
    -------
    DataFrame
        ``diversity``, ``watterson_theta``, ``tajimas_d``, ``fay_wu_h`` where the ancestral allele
        is known, ``h1``, ``h12`` and ``h2_h1``. Diversity, Watterson's theta and Fay and Wu's H
        are per base; nan where no base can be seen.
    """
    bases = np.where(np.asarray(lengths) > 0, lengths, np.nan)
    per_base = {name: table[name].to_numpy() / bases for name in SUMS if name in table}
    columns = {
        "diversity": per_base[SUMS[0]],
        "watterson_theta": per_base[SUMS[1]],
        "tajimas_d": table["Tajima's D"].to_numpy(),
    }
    if SUMS[2] in per_base:
        columns["fay_wu_h"] = per_base[SUMS[2]]
    columns |= {new: table[name].to_numpy() for name, new in CLASSICAL.items()}
    return pd.DataFrame(columns, index=table.index)


# The columns -----------------------------------------------------------------------------------


def _as_arrays(table: pd.DataFrame) -> dict[str, npt.NDArray[np.float64]]:
    return {str(name): table[name].to_numpy() for name in table}


def _has_all(summarised: pd.DataFrame) -> bool:
    """Tell whether a table has all that is needed of it."""
    needed = ("sites_with_1_copies", "tajimas_d_3_of_5", "h12_3_of_5", "zns", "watterson_theta")
    return all(name in summarised for name in needed)


def _find_spectrum(
    columns: Columns, haplotypes: int, polarised: bool
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64] | None]:
    """Return the spectrum of the rarer allele, and that of the derived one where it is known.

    Both are float64 (windows, copies).
    """
    last = haplotypes - 1 if polarised else haplotypes // 2
    counts = np.stack([columns[f"sites_with_{copies}_copies"] for copies in range(1, last + 1)], 1)
    if not polarised:
        return counts, None
    half = haplotypes // 2
    folded = counts[:, :half] + counts[:, ::-1][:, :half]
    if haplotypes % 2 == 0:
        folded[:, -1] = counts[:, half - 1]
    return folded, counts


def _select_few(
    columns: Columns,
    size: str,
    sizes: npt.NDArray[np.integer] | npt.NDArray[np.floating],
    folded: npt.NDArray[np.float64] | None = None,
) -> dict[str, npt.NDArray[np.float64]]:
    """Return the columns of :func:`describe_briefly`."""
    sites = np.maximum(columns["segregating_sites"], 1)
    singletons = columns["sites_with_1_copies"] if folded is None else folded[:, 0]
    return {
        size: np.asarray(sizes),
        "diversity per site": columns["diversity"] / sites,
        "Tajima's D": columns["tajimas_d"],
        "share of singletons": singletons / sites,
        "haplotypes": columns["haplotype_count"],
        "H1": columns["h1"],
        "H12": columns["h12"],
        "H2/H1": columns["h2_h1"],
        "share of sites in the middle fifth": columns["segregating_sites_3_of_5"] / sites,
    }


def _select_spectrum(
    columns: Columns,
    folded: npt.NDArray[np.float64],
    derived: npt.NDArray[np.float64] | None,
) -> dict[str, npt.NDArray[np.float64]]:
    sites = np.maximum(columns["segregating_sites"], 1)
    copies = np.arange(1, folded.shape[1] + 1)
    haplotypes = 2 * folded.shape[1] if derived is None else derived.shape[1] + 1
    computed = {
        "share of doubletons": folded[:, 1] / sites,
        "share of common alleles": folded[:, copies >= COMMON * haplotypes].sum(axis=1) / sites,
    }
    if derived is not None:
        computed["Fay and Wu's H per site"] = columns["fay_wu_h"] / sites
        computed["share of nearly fixed sites"] = derived[:, -1] / sites
    return computed


def _select_linkage(columns: Columns) -> dict[str, npt.NDArray[np.float64]]:
    return {
        "ZnS": columns["zns"],
        "omega": columns["log10_omega"],
        "r2 of close sites": columns["r2_within_1_of_16"],
        "r2 at medium distance": columns["r2_within_1_of_4"],
        "r2 of distant sites": columns["r2_within_1_of_1"],
    }


def _compare_parts(columns: Columns) -> dict[str, npt.NDArray[np.float64]]:
    diversity = np.stack([columns[f"diversity_{part}_of_5"] for part in range(1, 6)], axis=1)
    mean = diversity.mean(axis=1)
    return {
        "H12 in the middle fifth": columns["h12_3_of_5"],
        "Tajima's D in the middle fifth": columns["tajimas_d_3_of_5"],
        "unevenness of diversity": diversity.std(axis=1) / np.where(mean > 0, mean, 1),
    }


def _select_populations(columns: Columns, samples: Samples) -> dict[str, npt.NDArray[np.float64]]:
    """Return statistics of populations and of pairs of them, where there are several."""
    names = samples.populations
    if len(names) < 2:
        return {}
    pairs = {
        f"Fst of {first} and {second}": columns[f"fst_of_{first}_and_{second}"]
        for index, first in enumerate(names)
        for second in names[index + 1 :]
    }
    if len(names) > MOST_POPULATIONS:
        return {"Fst, mean of pairs": np.mean(list(pairs.values()), axis=0)}
    for name in names:
        sites = np.maximum(columns[f"segregating_sites_of_{name}"], 1)
        pairs[f"sites that vary in {name}"] = sites / np.maximum(columns["segregating_sites"], 1)
        pairs[f"Tajima's D in {name}"] = columns[f"tajimas_d_of_{name}"]
    return pairs


def _select_sums(
    columns: Columns, size: str, sizes: npt.NDArray[np.float64], polarised: bool
) -> dict[str, npt.NDArray[np.float64]]:
    """Return sums over all sites of a window, as if those a net does not see were like the rest."""
    seen = columns["segregating_sites"]
    factor = np.maximum(sizes / np.maximum(seen, 1), 1) if size == SITES else np.ones(len(seen))
    sums = {SUMS[0]: columns["diversity"] * factor, SUMS[1]: columns["watterson_theta"] * factor}
    if polarised:
        sums[SUMS[2]] = columns["fay_wu_h"] * factor
    return sums
