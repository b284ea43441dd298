"""Haplotypes to the fixed-size windows that nets and baselines see.

There is one way from alleles to tensors, for simulations and for genomes: choose among the sites
that are observed, code their alleles, order the haplotypes. Alleles stay bits until a batch is
made; only then does an allele become a number (``VALUES``). So windows need no more memory than
these bits, the positions of their sites and one batch.

Where the phase is not known, models see individuals in place of haplotypes: of an individual's
alleles at a site, sorted, only the number that are 1 is left.

Without padding, a window extends from its first encoded site to its last. With ``encoding.pad`` it
is a stretch of ``encoding.length`` bases. It may then have fewer sites than the net reads, and
``mask`` distinguishes these from the padding. Where it has more, :mod:`coalflow.windows.stretches`
chooses.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol, TypeAlias

import numpy as np
import numpy.typing as npt

from coalflow.config.schema.encoding import Encoding
from coalflow.config.schema.observation import Observation
from coalflow.config.schema.samples import Samples
from coalflow.windows.haplotype_order import ORDERS, mark_differences, order_rows
from coalflow.windows.observation import code_alleles, observe_replicates
from coalflow.windows.packed_windows import Populations, Windows
from coalflow.windows.shards import Shard
from coalflow.windows.stretches import (
    WindowBounds,
    choose_own_stretches,
    choose_sites,
    choose_stretches,
    draw_beginnings,
)

VALUES = {"binary": (0.0, 1.0), "signed": (-1.0, 1.0)}
ALLELES_AT_ONCE = 1_000_000  # processed at a time: about 20 MB, more would not be faster

Bits: TypeAlias = npt.NDArray[np.uint8]


class SiteList(Protocol):
    """Sites that windows are cut from: those of a shard's replicates, or of a contig."""

    @property
    def haplotypes(self) -> npt.NDArray[np.uint8]:
        """Alleles, uint8 (sites, ...), as bits or one a byte."""

    @property
    def called(self) -> npt.NDArray[np.uint8] | None:
        """1 where an allele is called, of the shape of ``haplotypes``; None where all are."""

    @property
    def positions(self) -> npt.NDArray[Any]:
        """Bases, (sites,)."""

    @property
    def samples(self) -> Samples:
        """Whose haplotypes these are."""


class NamedSiteList(SiteList, Protocol):
    """A contig of a genome (:class:`coalflow.genomes.store.contigs.Contig`)."""

    @property
    def name(self) -> str:
        """The name of the contig."""


def encode_shard(
    shard: Shard, rows: npt.NDArray[np.int64], encoding: Encoding, observation: Observation
) -> Windows:
    """Return replicates of a shard as windows.

    The shard is unpacked at the chosen sites only, unless the observation changes which sites are
    seen.

    Parameters
    ----------
    shard : Shard
    rows : ndarray of int64, shape (replicates,)
        Indices in the shard. Without padding each replicate has ``encoding.sites`` observed sites
        or more (:func:`count_observed_sites`).
    encoding : Encoding
    observation : Observation

    Raises
    ------
    CoalflowError
        If the mask cannot be read, or does not fit.
    """
    observed, indices = observe_replicates(shard, rows, observation)
    first, count, start = choose_stretches(observed, encoding)
    number = observed.samples.number_of_haplotypes

    def unpack(bits: Bits, sites: npt.NDArray[np.int64], mask: npt.NDArray[np.bool_]) -> Bits:
        return np.unpackbits(_gather(bits, sites, mask), axis=2, count=number)

    return _encode_stretches(
        observed,
        unpack,
        (first[indices], count[indices], start[indices]),
        draw_beginnings(encoding, "sites", observed.seed[indices]),
        encoding,
        observation,
    )


def encode_contig(
    contig: NamedSiteList, bounds: WindowBounds, encoding: Encoding, observation: Observation
) -> Windows:
    """Return windows of a contig.

    Parameters
    ----------
    contig : coalflow.genomes.store.contigs.Contig
    bounds : coalflow.genomes.windows.laid_windows.GenomeWindows
        Without padding each has as many sites as the net reads, or more. With padding it may be
        shorter than what the net reads: then there is padding after it. Of one that is longer the
        net sees a stretch.
    encoding : Encoding
    observation : Observation
    """
    names = [f"{contig.name}:{start}" for start in bounds.start.tolist()]
    return encode_sites(contig, bounds, names, encoding, observation)


def encode_sites(
    listed: SiteList,
    bounds: WindowBounds,
    names: Sequence[str],
    encoding: Encoding,
    observation: Observation,
) -> Windows:
    """Return windows of a list of sites, which may be those of several contigs.

    Parameters
    ----------
    listed : SiteList
    bounds : WindowBounds
        As in :func:`encode_contig`.
    names : sequence of str
        A name for each window: its contig and where it starts, as in ``chr1:5000``.
    encoding : Encoding
    observation : Observation
    """
    return _encode_stretches(
        listed,
        _gather,
        choose_own_stretches(listed.positions, bounds, names, encoding),
        draw_beginnings(encoding, "sites", names),
        encoding,
        observation,
    )


def count_observed_sites(
    shard: Shard, rows: npt.NDArray[np.int64], encoding: Encoding, observation: Observation
) -> npt.NDArray[np.int64]:
    """Return how many sites of each replicate are observed among the bases that the net sees.

    Parameters
    ----------
    shard, encoding, observation
        As in :func:`encode_shard`.
    rows : ndarray of int64, shape (replicates,)
        Indices in the shard.

    Returns
    -------
    ndarray of int64, shape (replicates,)

    Raises
    ------
    CoalflowError
        If the mask cannot be read, or does not fit.
    """
    observed, indices = observe_replicates(shard, rows, observation)
    _, count, _ = choose_stretches(observed, encoding)
    return count[indices]


def locate_sites(
    shard: Shard, rows: npt.NDArray[np.int64], encoding: Encoding, observation: Observation
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.bool_]]:
    """Return where the sites are that :func:`encode_shard` chooses, and the mask.

    Parameters
    ----------
    shard, rows, encoding, observation
        As in :func:`encode_shard`.

    Returns
    -------
    bases : ndarray of float64, shape (windows, sites)
        From the replicate's left end; 0 in padding.
    mask : ndarray of bool, shape (windows, sites)
        False in padding.
    """
    observed, indices = observe_replicates(shard, rows, observation)
    first, count, _ = choose_stretches(observed, encoding)
    beginnings = draw_beginnings(encoding, "sites", observed.seed[indices])
    sites, mask = choose_sites(first[indices], count[indices], encoding, beginnings)
    return _gather(observed.positions, sites, mask), mask


def _encode_stretches(
    listed: SiteList,
    unpack: Callable[[Bits, npt.NDArray[np.int64], npt.NDArray[np.bool_]], Bits],
    stretches: tuple[npt.NDArray[Any], ...],
    beginnings: npt.NDArray[np.float64] | None,
    encoding: Encoding,
    observation: Observation,
) -> Windows:
    """Encode stretches of a list of sites, some windows at a time.

    ``unpack`` is a function of ``listed.haplotypes`` or ``listed.called`` and the two results of
    :func:`choose_sites` that returns uint8 (windows, sites, haplotypes); ``stretches`` is what
    :func:`choose_stretches` returns.
    """
    first, count, start = stretches
    windows = None
    alleles = encoding.sites * listed.samples.number_of_haplotypes
    step = max(1, ALLELES_AT_ONCE // alleles)
    for begin in range(0, max(len(first), 1), step):
        part = slice(begin, begin + step)
        drawn = None if beginnings is None else beginnings[part]
        sites, mask = choose_sites(first[part], count[part], encoding, drawn)
        positions = _scale_positions(
            _gather(listed.positions, sites, mask), start[part, None], encoding
        )
        haplotypes = unpack(listed.haplotypes, sites, mask)
        called = None if listed.called is None else unpack(listed.called, sites, mask)
        encoded = encode_windows(
            haplotypes, called, positions, mask, listed.samples, encoding, observation
        )
        if windows is None:
            windows = Windows.empty_like(encoded, len(first))
        windows[part] = encoded
    assert windows is not None  # there is one part at least
    return windows


def _scale_positions(
    bases: npt.NDArray[Any], start: npt.NDArray[Any], encoding: Encoding
) -> npt.NDArray[np.float64]:
    """Return positions in windows from 0 to 1, float64 (windows, sites)."""
    if not encoding.pad:
        return (bases - bases[:, :1]) / (bases[:, -1:] - bases[:, :1])
    assert encoding.length is not None  # windows are padded
    return (bases - start) / encoding.length


def _gather(
    values: npt.NDArray[Any], sites: npt.NDArray[np.int64], mask: npt.NDArray[np.bool_]
) -> npt.NDArray[Any]:
    """Return ``values[sites]``, and 0 where the mask is False."""
    if mask.all():
        return values.take(sites, axis=0)
    chosen = np.zeros((*mask.shape, *values.shape[1:]), values.dtype)
    chosen[mask] = values.take(sites[mask], axis=0)
    return chosen


def encode_windows(
    haplotypes: npt.NDArray[np.uint8],
    called: npt.NDArray[np.uint8] | None,
    positions: npt.NDArray[np.float64],
    mask: npt.NDArray[np.bool_],
    samples: Samples,
    encoding: Encoding,
    observation: Observation,
) -> Windows:
    """Return windows as models see them: alleles coded, haplotypes or individuals in order.

    Populations are one after the other, and haplotypes are ordered within each.

    Parameters
    ----------
    haplotypes : ndarray of uint8, shape (windows, sites, haplotypes)
        1 for the derived or alternative allele; 0 in padding.
    called : ndarray of uint8, shape (windows, sites, haplotypes), or None
        1 where an allele is called; None where all are.
    positions : ndarray of float64, shape (windows, sites)
        From 0 to 1.
    mask : ndarray of bool, shape (windows, sites)
        False in padding.
    samples : Samples
        Whose haplotypes these are.
    encoding : Encoding
    observation : Observation
    """
    # Padding has the allele 0 in all haplotypes, so it neither folds nor counts as a difference.
    coded = code_alleles(haplotypes, called, observation, samples.ploidy)
    per_row = 1 if observation.phased else samples.ploidy
    populations = count_rows(samples, observation)
    if encoding.order in ORDERS:
        # Haplotypes as rows: numpy sorts and packs rows several times as fast as columns.
        rows = _transpose(coded)
        called_rows = None if called is None else _transpose(called)
        marks = mark_differences(rows, called_rows, per_row)
        order = order_rows(marks, [number for _, number in populations], encoding.order)
        coded = _reorder(rows, order, per_row)
        called = None if called_rows is None else _reorder(called_rows, order, per_row)
    masked_positions = np.where(mask, positions, 0).astype(np.float32)
    return Windows.pack(coded, masked_positions, mask, called, per_row, populations, samples.order)


def count_rows(samples: Samples, observation: Observation) -> Populations:
    """Return how many rows each population has, as models see it.

    Parameters
    ----------
    samples : Samples
        Who is observed.
    observation : Observation
    """
    haplotypes = samples.ploidy if observation.phased else 1
    return tuple((name, haplotypes * number) for name, number in samples.individuals)


def _transpose(alleles: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    return np.ascontiguousarray(alleles.transpose(0, 2, 1))


def _reorder(
    rows: npt.NDArray[np.uint8], order: npt.NDArray[np.int64], per_row: int
) -> npt.NDArray[np.uint8]:
    """Return rows of haplotypes in an order of individuals, (windows, sites, haplotypes)."""
    if per_row > 1:
        order = (order[:, :, None] * per_row + np.arange(per_row)).reshape(len(order), -1)
    return _transpose(rows[np.arange(len(rows))[:, None], order])
