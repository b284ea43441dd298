"""Matrices of alleles, as somebody has them in memory, on the way to the windows of a model."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from coalflow.config.schema.encoding import Encoding
from coalflow.config.schema.samples import Samples
from coalflow.config.settings.view import View
from coalflow.core.errors import CoalflowError
from coalflow.evaluation.cards import SimulatedWindows
from coalflow.genomes.windows.laid_windows import GenomeWindows, have_enough_sites
from coalflow.genomes.windows.window_batches import EncodedBatch
from coalflow.genomes.windows.window_flags import describe_windows
from coalflow.windows.encoding import encode_sites
from coalflow.windows.observation import find_common_sites
from coalflow.windows.stretches import choose_sites

ALLELES_AT_ONCE = 100_000_000  # that are encoded together
NOT_CALLED = -1


@dataclasses.dataclass(frozen=True)
class Matrix:
    """The alleles of one window.

    Attributes
    ----------
    alleles : ndarray of int8, shape (sites, haplotypes)
        0, 1, or -1 where no allele is called. All sites are such as models see.
    positions : ndarray of float64, shape (sites,)
        In bases from the left end of the window; without known positions, evenly spread.
    """

    alleles: npt.NDArray[np.int8]
    positions: npt.NDArray[np.float64]


@dataclasses.dataclass(frozen=True)
class _JoinedSites:
    """The sites of several windows, one window after the other."""

    haplotypes: npt.NDArray[np.uint8]
    called: npt.NDArray[np.uint8] | None
    positions: npt.NDArray[np.float64]
    samples: Samples


def read_matrix(alleles: Any, positions: Any, view: View, where: str) -> Matrix:
    """Return the alleles of a window, checked, with the sites that models see.

    Parameters
    ----------
    alleles : array_like, shape (haplotypes, sites)
        0, 1, or -1 where no allele is called.
    positions : array_like, shape (sites,), or None
        In bases from the left end of the window, ascending; None where they are not known.
    view : View
        That of the model.
    where : str
        The matrix, for messages.

    Raises
    ------
    CoalflowError
        If one of them is not what it should be, with the reason in one line.

    Examples
    --------
    >>> from coalflow.config.schema.observation import Observation
    >>> from coalflow.config.schema.targets import Targets
    >>> encoding, samples = Encoding(sites=4), Samples(individuals=(("all", 2),), ploidy=2)
    >>> targets = Targets(definitions={})
    >>> view = View(
    ...     observation=Observation(), encoding=encoding, samples=samples, targets=targets
    ... )
    >>> two_sites_vary = [[0, 1, 1], [0, 1, 0], [0, 0, 0], [0, 1, 0]]
    >>> read_matrix(two_sites_vary, [5, 60, 61], view, "the matrix").positions.tolist()
    [60.0, 61.0]
    """
    try:
        matrix = np.asarray(alleles)
    except ValueError:
        raise CoalflowError(f"{where} has rows of different lengths") from None
    if matrix.ndim != 2:
        raise CoalflowError(
            f"{where} has {matrix.ndim} dimensions: give a matrix of haplotypes and sites, or a "
            "list of such"
        )
    if not np.isin(matrix, (0, 1, NOT_CALLED)).all():
        raise CoalflowError(
            f"{where} has other values than 0, 1, and -1 for an allele that is not called"
        )
    sites = matrix.astype(np.int8).T
    places = _read_positions(positions, len(sites), view.encoding, where)
    called = sites != NOT_CALLED
    kept = find_common_sites(
        np.packbits(sites == 1, axis=1),
        np.packbits(called, axis=1),
        sites.shape[1],
        view.observation.minimum_allele_count,
    )
    if not view.observation.can_be_missing:
        kept &= called.all(axis=1)
    return Matrix(sites[kept], places[kept])


def _read_positions(
    positions: Any, sites: int, encoding: Encoding, where: str
) -> npt.NDArray[np.float64]:
    if positions is None:
        return np.arange(sites, dtype=np.float64)
    places = np.asarray(positions, np.float64)
    if places.shape != (sites,):
        raise CoalflowError(
            f"{where} has {sites:,} sites and positions of shape {places.shape}: give one for each "
            "site. Rows are haplotypes, columns are sites"
        )
    if not np.isfinite(places).all() or (np.diff(places) < 0).any():
        raise CoalflowError(f"{where}: its positions must be numbers that ascend")
    if encoding.pad and sites and not (places[0] >= 0 and places[-1] <= (encoding.length or 0)):
        raise CoalflowError(
            f"{where} has positions from {places[0]:,g} to {places[-1]:,g}: the model reads "
            f"windows of {encoding.length:,} bases, so they are from 0 to that"
        )
    if not encoding.pad and sites > 1 and places[0] == places[-1]:
        raise CoalflowError(f"{where}: all its sites have the same position")
    return places


def choose_samples(matrix: Matrix, samples: Samples, fewest: int | None, where: str) -> Samples:
    """Return whose haplotypes those of a matrix are to a model.

    Parameters
    ----------
    matrix : Matrix
    samples : Samples
        Those that the model was trained on.
    fewest : int, optional
        How many haplotypes it can do with, if these are fewer.
    where : str
        The matrix, for messages.

    Raises
    ------
    CoalflowError
        If there are more or fewer than the model reads.
    """
    number, needed = matrix.alleles.shape[1], samples.number_of_haplotypes
    if number == needed:
        return samples
    if fewest is not None and len(samples.individuals) == 1:
        if fewest <= number < needed and number % samples.ploidy == 0:
            return samples.fewer({samples.individuals[0][0]: number // samples.ploidy})
        raise CoalflowError(
            f"{where} has {number} haplotypes, and the model reads {fewest} to {needed}, whole "
            f"individuals of {samples.ploidy}. Rows are haplotypes, columns are sites"
        )
    whose = ""
    if samples.populations:
        each = zip(samples.haplotypes, samples.populations, strict=True)
        whose = f" ({', '.join(f'{count} of {name}' for count, name in each)})"
    raise CoalflowError(
        f"{where} has {number} haplotypes, and the model reads {needed}{whose}. Rows are "
        "haplotypes, columns are sites"
    )


def split_matrices(matrices: Sequence[Matrix]) -> Iterator[slice]:
    """Yield which matrices are encoded together: neighbours, one at least.

    Examples
    --------
    >>> small = Matrix(np.zeros((2, 4), np.int8), np.zeros(2))
    >>> list(split_matrices([small, small]))
    [slice(0, 2, None)]
    """
    first, alleles = 0, 0
    for index, matrix in enumerate(matrices):
        alleles += matrix.alleles.size
        if alleles > ALLELES_AT_ONCE and index > first:
            yield slice(first, index)
            first, alleles = index, matrix.alleles.size
    yield slice(first, len(matrices))


def encode_matrices(
    matrices: Sequence[Matrix],
    names: Sequence[str],
    view: View,
    samples: Samples,
    limits: SimulatedWindows,
) -> tuple[EncodedBatch, pd.DataFrame]:
    """Return matrices as models see them, and the first columns of their table.

    They are encoded as the windows of genomes are.

    Parameters
    ----------
    matrices : sequence of Matrix
        One or more.
    names : sequence of str
        A name for each, to which random stretches belong.
    view : View
        That of the model.
    samples : Samples
        Whose haplotypes these are.
    limits : SimulatedWindows
        How far training windows go.

    Returns
    -------
    EncodedBatch
        Without padding, windows with fewer sites than the model reads are not predictable.
    DataFrame
        ``length``, ``sites``, ``accessible``, ``missing`` and ``flags``.
    """
    encoding = view.encoding
    counts = np.array([len(matrix.positions) for matrix in matrices])
    lengths = np.array([_measure_length(matrix.positions, encoding) for matrix in matrices])
    # Of the bases from 0 to the window's length, before which is base -1, counted from 0.
    start = np.full(len(counts), -1)
    laid = GenomeWindows(
        "",
        start,
        start + lengths,
        np.r_[0, np.cumsum(counts)[:-1]],
        counts,
        np.zeros(len(counts), bool),
    )
    predictable = np.ones(len(counts), bool) if encoding.pad else have_enough_sites(laid, encoding)
    encoded = None
    if predictable.any():
        chosen = [name for name, is_chosen in zip(names, predictable, strict=True) if is_chosen]
        joined = _join_sites(matrices, samples, view.observation.can_be_missing)
        encoded = encode_sites(joined, laid[predictable], chosen, encoding, view.observation)
    # Where a number of sites is read, more are no flaw: those of simulations have more, too.
    shown = counts if encoding.pad else np.minimum(counts, encoding.sites)
    batch = EncodedBatch(shown, predictable, encoded)
    described = describe_windows([laid], batch, encoding, limits)
    return batch, described.drop(columns=["contig", "start", "end"])


def _join_sites(matrices: Sequence[Matrix], samples: Samples, can_be_missing: bool) -> _JoinedSites:
    alleles = np.concatenate([matrix.alleles for matrix in matrices])
    positions = np.concatenate([matrix.positions for matrix in matrices])
    called = (alleles != NOT_CALLED).astype(np.uint8) if can_be_missing else None
    return _JoinedSites((alleles == 1).astype(np.uint8), called, positions, samples)


def _measure_length(positions: npt.NDArray[np.float64], encoding: Encoding) -> int:
    """Return the bases of a window; without padding those that the sites in its middle span."""
    if encoding.pad:
        assert encoding.length is not None  # windows are padded
        return encoding.length
    if len(positions) >= encoding.sites:
        central = encoding.model_copy(update={"stretch": "central"})
        sites, _ = choose_sites(np.zeros(1, np.int64), np.array([len(positions)]), central)
        positions = positions[sites[0]]
    return int(np.rint(np.ptp(positions))) if len(positions) else 0
