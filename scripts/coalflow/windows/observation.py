"""What sequencing leaves of the truth, the same for simulations and for real data.

An :class:`coalflow.config.schema.observation.Observation` is applied to simulations in this order:

1. of each population, only the first ``individuals`` are sequenced;
2. sites outside a stretch of the ``mask`` are lost (:mod:`coalflow.windows.masks`);
3. alleles are read as the other one (``genotype_error``), and the phase is mistaken
   (``switch_error``);
4. genotypes are not called (``missing``);
5. the two alleles of a site are confused with each other (``polarisation_error``);
6. sites at which either allele is called fewer than ``minimum_allele_count`` times are lost;
7. where the ancestral alleles are not known (``polarised: false``), the rarer allele is coded as 1;
8. where the phase is not known (``phased: false``), the alleles of an individual are sorted.

:func:`observe_replicates` does the first six, :func:`code_alleles` the last two. Real data have
their errors already: :mod:`coalflow.genomes` reads them by the same rules, and they too go through
:func:`code_alleles`. A replicate is observed in the same way wherever it is read.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from coalflow.config.schema.observation import Observation
from coalflow.config.schema.samples import Samples
from coalflow.core.files import read_json, refuse_damaged
from coalflow.windows import masks
from coalflow.windows.sequencing_errors import add_errors
from coalflow.windows.shards import Shard

ALLELES_AT_ONCE = 4_000_000  # processed at a time, a byte each


@dataclasses.dataclass(frozen=True)
class ObservedSites:
    """The sites of replicates that are observed.

    Attributes
    ----------
    haplotypes : ndarray of uint8, shape (sites, ceil(haplotypes / 8))
        Alleles as bits, as in :class:`coalflow.windows.shards.Shard`; 0 where they are not called.
    called : ndarray of uint8, of the same shape, or None
        1 where the allele is called, as bits; None where all are.
    positions : ndarray of float64, shape (sites,)
        Bases from the window's left end.
    offsets : ndarray of int64, shape (replicates + 1,)
        Replicate i has the sites offsets[i] to offsets[i + 1].
    seed : ndarray of uint64, shape (replicates,)
    length : ndarray, shape (replicates,), or None
        Bases of the replicates; None where they are not known.
    samples : Samples
        Whose haplotypes these are.
    """

    haplotypes: npt.NDArray[np.uint8]
    called: npt.NDArray[np.uint8] | None
    positions: npt.NDArray[np.float64]
    offsets: npt.NDArray[np.int64]
    seed: npt.NDArray[np.uint64]
    length: npt.NDArray[Any] | None
    samples: Samples

    @property
    def sites(self) -> npt.NDArray[np.int64]:
        """Number of sites of each replicate, int64 (replicates,)."""
        return np.diff(self.offsets)


def read_observation(path: str | Path) -> Observation:
    """Return the observation that ``measure_observation.py`` wrote.

    Parameters
    ----------
    path : str or Path
        ``observation.json``.

    Raises
    ------
    CoalflowError
        If the file is missing or damaged.
    """
    with refuse_damaged(path):
        written = read_json(path)["observation"]
        return Observation.model_validate_json(json.dumps(written))


# Which sites are observed, and with which errors -----------------------------------------------


def observe_replicates(
    shard: Shard, rows: npt.NDArray[np.int64], observation: Observation
) -> tuple[ObservedSites, npt.NDArray[np.int64]]:
    """Return the sites of replicates that are observed, and where in them the replicates are.

    Sites that do not vary in what is observed are not among them. Where nothing is lost, nothing
    is copied.

    Parameters
    ----------
    shard : Shard
    rows : ndarray of int64, shape (replicates,)
        Indices of replicates in the shard.
    observation : Observation

    Returns
    -------
    sites : ObservedSites
        Of these replicates, or of the whole shard.
    indices : ndarray of int64, shape (replicates,)
        The index of each of the replicates in ``sites``.

    Raises
    ------
    CoalflowError
        If the mask cannot be read, or no contig of it is as long as a window.
    """
    samples = observation.observe(shard.samples)
    if samples == shard.samples and not _changes_sites(observation):
        arrays = shard.haplotypes, None, shard.positions, shard.offsets, shard.seed
        return ObservedSites(*arrays, shard.lengths, samples), rows
    indices, (sites, counts) = np.arange(len(rows)), _list_sites(shard, rows)
    if observation.mask is not None:
        mask = masks.read_mask(observation.mask)
        accessible = masks.find_accessible(mask, shard, rows, sites, counts)
        owner = indices.repeat(counts)[accessible]
        sites, counts = sites[accessible], np.bincount(owner, minlength=len(rows))
    parts = [
        _observe_part(shard, rows[part], sites[chosen], counts[part], observation)
        for part, chosen in _split_replicates(counts, shard.samples.number_of_haplotypes)
    ]
    return _join_parts(parts), indices


def _changes_sites(observation: Observation) -> bool:
    """Tell whether an observation of all individuals can differ from the truth."""
    filtered = observation.mask is not None or observation.minimum_allele_count > 1
    return filtered or observation.has_errors


def _observe_part(
    shard: Shard,
    rows: npt.NDArray[np.int64],
    sites: npt.NDArray[np.int64],
    counts: npt.NDArray[np.int64],
    observation: Observation,
) -> ObservedSites:
    """Observe replicates that are small enough to be unpacked together.

    ``sites`` are indices of the shard's sites, int64 (sites,), replicate by replicate; ``counts``,
    int64 (replicates,), is how many each replicate has.
    """
    samples = observation.observe(shard.samples)
    haplotypes = shard.haplotypes.take(sites, axis=0)
    if samples != shard.samples:
        haplotypes = _choose_haplotypes(haplotypes, shard.samples, samples)
    called = add_errors(haplotypes, counts, shard.seed[rows], observation, samples)
    number = samples.number_of_haplotypes
    common = find_common_sites(haplotypes, called, number, observation.minimum_allele_count)
    if called is not None and observation.complete:
        common &= _count_ones(called) == number
        called = None
    kept = np.flatnonzero(common)
    return ObservedSites(
        haplotypes.take(kept, axis=0),
        None if called is None else called.take(kept, axis=0),
        shard.positions[sites[kept]],
        np.r_[0, np.searchsorted(kept, np.cumsum(counts))],
        shard.seed[rows],
        None if shard.lengths is None else shard.lengths[rows],
        samples,
    )


def _join_parts(parts: Sequence[ObservedSites]) -> ObservedSites:
    called = [part.called for part in parts if part.called is not None]
    lengths = [part.length for part in parts if part.length is not None]
    return ObservedSites(
        np.concatenate([part.haplotypes for part in parts]),
        np.concatenate(called) if called else None,
        np.concatenate([part.positions for part in parts]),
        np.r_[0, np.cumsum(np.concatenate([part.sites for part in parts]))],
        np.concatenate([part.seed for part in parts]),
        np.concatenate(lengths) if lengths else None,
        parts[0].samples,
    )


def find_common_sites(
    haplotypes: npt.NDArray[np.uint8],
    called: npt.NDArray[np.uint8] | None,
    number_of_haplotypes: int,
    fewest: int,
) -> npt.NDArray[np.bool_]:
    """Return at which sites both alleles are called ``fewest`` times or more.

    Parameters
    ----------
    haplotypes, called
        As in :class:`ObservedSites`.
    number_of_haplotypes, fewest : int

    Returns
    -------
    ndarray of bool, shape (sites,)

    Examples
    --------
    >>> alleles = np.array([[0, 0, 1], [1, 0, 1], [0, 0, 0]], np.uint8)
    >>> find_common_sites(np.packbits(alleles, axis=1), None, 3, 1).tolist()
    [True, True, False]
    """
    copies = _count_ones(haplotypes)
    number = number_of_haplotypes if called is None else _count_ones(called)
    return np.minimum(copies, number - copies) >= fewest


def _count_ones(bits: npt.NDArray[np.uint8]) -> npt.NDArray[np.int64]:
    """Return how many bits of each site are 1, int64 (sites,)."""
    # Sites have few bytes: numpy adds them up many times as fast along the other axis.
    return np.bitwise_count(np.ascontiguousarray(bits.T)).sum(axis=0, dtype=np.int64)


def _list_sites(
    shard: Shard, rows: npt.NDArray[np.int64]
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Return the indices of replicates' sites in a shard, and how many each replicate has."""
    first, counts = shard.offsets[:-1][rows], shard.sites[rows]
    ends = np.cumsum(counts)
    return np.arange(counts.sum()) + np.repeat(first - (ends - counts), counts), counts


def _split_replicates(
    counts: npt.NDArray[np.int64], haplotypes: int
) -> Iterator[tuple[slice, slice]]:
    """Yield replicates that have few enough alleles together, one at least, and their sites."""
    ends, first = np.cumsum(counts), 0
    while first < len(counts):
        before = ends[first - 1] if first else 0
        most = before * haplotypes + ALLELES_AT_ONCE
        last = max(int(np.searchsorted(ends * haplotypes, most, side="right")), first + 1)
        yield slice(first, last), slice(before, ends[last - 1])
        first = last


def _choose_haplotypes(
    haplotypes: npt.NDArray[np.uint8], simulated: Samples, observed: Samples
) -> npt.NDArray[np.uint8]:
    """Return the haplotypes that are observed: of each population the first, as bits."""
    indices = np.arange(simulated.number_of_haplotypes)
    populations = zip(simulated.slices.values(), observed.haplotypes, strict=True)
    chosen = np.concatenate([indices[part][:number] for part, number in populations])
    alleles = np.unpackbits(haplotypes, axis=1, count=simulated.number_of_haplotypes)
    return np.packbits(alleles[:, chosen], axis=1)


# How alleles are coded -----------------------------------------------------------------------


def code_alleles(
    haplotypes: npt.NDArray[np.uint8],
    called: npt.NDArray[np.uint8] | None,
    observation: Observation,
    ploidy: int,
) -> npt.NDArray[np.uint8]:
    """Return alleles as far as they can be distinguished.

    Where the phase is not known, an individual's alleles are sorted, the copies of 1 first: only
    their number is left. Where the ancestral allele is not known, 1 becomes the rarer allele at
    every site; if both are equally frequent, the first individual (or haplotype) with more copies
    of one than of the other has more of 0.

    Parameters
    ----------
    haplotypes : ndarray of uint8, shape (windows, sites, haplotypes)
        1 for one of the two alleles: the derived one in simulations, the alternative one in a VCF.
    called : ndarray of uint8, shape (windows, sites, haplotypes), or None
        1 where the allele is called; None where all are.
    observation : Observation
    ploidy : int
        Neighbouring haplotypes that make up an individual.

    Returns
    -------
    ndarray of uint8, shape (windows, sites, haplotypes)
        0 where not called.

    Examples
    --------
    >>> alleles = np.array([[[1, 1, 0, 1]]], np.uint8)
    >>> code_alleles(alleles, None, Observation(), ploidy=2).tolist()
    [[[0, 0, 1, 0]]]
    >>> unphased = Observation(polarised=True, phased=False)
    >>> code_alleles(alleles, None, unphased, ploidy=2).tolist()
    [[[1, 1, 1, 0]]]
    """
    per_row = 1 if observation.phased else ploidy
    if not observation.polarised:
        flipped = _find_flipped(haplotypes, called, per_row)
        haplotypes = haplotypes ^ flipped[:, :, None].astype(np.uint8)
        if called is not None:
            haplotypes &= called
    return haplotypes if per_row == 1 else _sort_within_rows(haplotypes, per_row)


def _find_flipped(
    haplotypes: npt.NDArray[np.uint8], called: npt.NDArray[np.uint8] | None, per_row: int
) -> npt.NDArray[np.bool_]:
    """Return at which sites allele 1 is the more common one, bool (windows, sites)."""
    copies = haplotypes.sum(axis=2, dtype=np.int64)
    number = haplotypes.shape[2] if called is None else called.sum(axis=2, dtype=np.int64)
    flipped = 2 * copies > number
    tied = (2 * copies == number) & (copies > 0)
    ones = _sum_rows(haplotypes[tied], per_row)
    all_called = per_row if called is None else _sum_rows(called[tied], per_row)
    more_ones = 2 * ones - all_called
    first = (more_ones != 0).argmax(axis=1)
    flipped[tied] = more_ones[np.arange(len(first)), first] > 0
    return flipped


def _sum_rows(alleles: npt.NDArray[np.uint8], per_row: int) -> npt.NDArray[np.int64]:
    """Return sums over neighbouring alleles, int64 (sites, rows)."""
    rows = alleles.shape[1] // per_row
    return alleles.reshape(len(alleles), rows, per_row).sum(axis=2, dtype=np.int64)


def _sort_within_rows(haplotypes: npt.NDArray[np.uint8], per_row: int) -> npt.NDArray[np.uint8]:
    copies = sum(haplotypes[:, :, allele::per_row] for allele in range(per_row))
    in_order = np.empty_like(haplotypes)
    for allele in range(per_row):
        in_order[:, :, allele::per_row] = copies > allele
    return in_order
