"""Readable statistics of windows: by which genomes are compared with simulations, and scans show.

Each is there because some way in which simulations can be unlike a genome moves it: another history
the spectrum of allele frequencies, another recombination rate the linkage, phase errors the
haplotypes, a mask that is ignored the gaps between sites, and so on. Most do not depend on how many
sites a window has, which has a column of its own.

A window of a genome and one that was simulated have the same statistics if they are seen in the
same way. Undefined values are 0.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import pandas as pd

from coalflow.config.schema.dataset import Features
from coalflow.config.schema.observation import Observation
from coalflow.config.schema.samples import Samples
from coalflow.statistics.columns import name_column
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
SUM = "sum of "
SUMS = tuple(f"{SUM}{name}" for name in ("diversity", "Watterson's theta", "Fay and Wu's H"))
DIVERGENCE = "divergence of "
#: Statistics of populations, by the beginning of their names here, and as ``windows.tsv`` has them.
OF_POPULATIONS = {
    f"{SUM}{DIVERGENCE}": "dxy_of_",
    "Fst of ": "fst_of_",
    "Gmin of ": "g_min_of_",
    "sites private to ": "private_sites_of_",
}
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
        Of float64, finite. The columns of :func:`describe_briefly` come first, sums last.
    """
    if summarised is None or not _has_all(summarised, samples):
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
    described |= _select_sums(columns, size, described[size], samples, observation.polarised)
    table = pd.DataFrame(described)
    return table.replace([np.inf, -np.inf], np.nan).fillna(0.0).astype(np.float64)


def select_compared(table: pd.DataFrame) -> pd.DataFrame:
    """Return the statistics of a table of :func:`describe_windows` that are compared.

    Parameters
    ----------
    table : DataFrame
    """
    return table[[name for name in table if not str(name).startswith(SUM)]]


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
        are per base; nan where no base can be seen. Of a few populations also ``dxy_of_A_and_B``
        per base, ``fst_of_A_and_B``, ``g_min_of_A_and_B`` and ``private_sites_of_A``.
    """
    bases = np.where(np.asarray(lengths) > 0, lengths, np.nan)
    names = [str(name) for name in table]
    per_base = {name: table[name].to_numpy() / bases for name in names if name.startswith(SUM)}
    columns = {
        "diversity": per_base[SUMS[0]],
        "watterson_theta": per_base[SUMS[1]],
        "tajimas_d": table["Tajima's D"].to_numpy(),
    }
    if SUMS[2] in per_base:
        columns["fay_wu_h"] = per_base[SUMS[2]]
    columns |= {new: table[name].to_numpy() for name, new in CLASSICAL.items()}
    for old, new in OF_POPULATIONS.items():
        for name in names:
            if name.startswith(old):
                values = per_base[name] if name in per_base else table[name].to_numpy()
                columns[f"{new}{name.removeprefix(old).replace(' ', '_')}"] = values
    return pd.DataFrame(columns, index=table.index)


# The columns -----------------------------------------------------------------------------------


def _as_arrays(table: pd.DataFrame) -> dict[str, npt.NDArray[np.float64]]:
    return {str(name): table[name].to_numpy() for name in table}


def _has_all(summarised: pd.DataFrame, samples: Samples) -> bool:
    """Tell whether a table has all that is needed of it."""
    needed = ["sites_with_1_copies", "tajimas_d_3_of_5", "h12_3_of_5", "zns", "watterson_theta"]
    needed += [name_column("g_min", pair) for pair in _list_pairs(samples)]
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
    pairs = _list_pairs(samples)
    if not pairs:
        return {}
    sites = np.maximum(columns["segregating_sites"], 1)
    selected = {}
    for pair in pairs:
        of = " and ".join(pair)
        if name_column("fst", pair) in columns:
            selected[f"Fst of {of}"] = columns[name_column("fst", pair)]
        selected[f"{DIVERGENCE}{of} per site"] = columns[name_column("divergence", pair)] / sites
        selected[f"Gmin of {of}"] = columns[name_column("g_min", pair)]
    if len(samples.populations) > MOST_POPULATIONS:
        # A pair of single haplotypes has no Fst.
        by_name = {
            name: [values for column, values in selected.items() if column.startswith(name)]
            for name in ("Fst", "Gmin")
        }
        return {
            f"{name}, mean of pairs": np.mean(values, axis=0)
            for name, values in by_name.items()
            if values
        }
    for name in samples.ordered:
        if f"segregating_sites_of_{name}" not in columns:
            continue
        own = np.maximum(columns[f"segregating_sites_of_{name}"], 1)
        selected[f"sites that vary in {name}"] = own / sites
        selected[f"sites private to {name}"] = columns[f"private_sites_of_{name}"] / own
        if f"tajimas_d_of_{name}" in columns:
            selected[f"Tajima's D in {name}"] = columns[f"tajimas_d_of_{name}"]
    return selected


def _list_pairs(samples: Samples) -> list[tuple[str, str]]:
    return list(itertools.combinations(samples.ordered, 2))


def _select_sums(
    columns: Columns, size: str, sizes: npt.NDArray[np.float64], samples: Samples, polarised: bool
) -> dict[str, npt.NDArray[np.float64]]:
    """Return sums over all sites of a window, as if those a net does not see were like the rest."""
    seen = columns["segregating_sites"]
    factor = np.maximum(sizes / np.maximum(seen, 1), 1) if size == SITES else np.ones(len(seen))
    sums = {SUMS[0]: columns["diversity"] * factor, SUMS[1]: columns["watterson_theta"] * factor}
    if polarised:
        sums[SUMS[2]] = columns["fay_wu_h"] * factor
    if len(samples.populations) <= MOST_POPULATIONS:
        for pair in _list_pairs(samples):
            divergence = columns[name_column("divergence", pair)]
            sums[f"{SUM}{DIVERGENCE}{' and '.join(pair)}"] = divergence * factor
    return sums
