"""What if: alignments edited, and what models predict of them next to what theory says.

An edit changes alleles; the window is then encoded like any other. Its number of haplotypes stays
the same, and so does its number of columns: sites that are added fill up padding first, and where
there is none, the outermost sites make room.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd

from coalflow.config.settings.view import View
from coalflow.models.interpretation.predicting import predict_each
from coalflow.models.interpretation.shuffles import Alignment
from coalflow.models.storage.model import Model
from coalflow.statistics.site_statistics import compute_site_statistics
from coalflow.windows.packed_windows import Windows

#: Takes windows, how models see them, how much is edited, and a generator; returns windows.
Edit: TypeAlias = Callable[[Windows, View, int, np.random.Generator], Windows]


def add_singletons(
    windows: Windows, view: View, number: int, generator: np.random.Generator
) -> Windows:
    """Return windows with sites added at which one haplotype differs from all others.

    Parameters
    ----------
    windows : Windows
        In which all genotypes are called.
    view : View
        How models see them.
    number : int
        How many sites are added to each window, at random places.
    generator : Generator
    """
    alignment = _unpack_called(windows)
    count, sites, haplotypes = alignment.haplotypes.shape
    carriers = generator.integers(haplotypes, size=(count, number))
    alleles = (np.arange(haplotypes) == carriers[:, :, None]).astype(np.uint8)
    low, high = _find_ends(alignment)
    places = low[:, None] + (high - low)[:, None] * generator.random((count, number))
    positions = np.concatenate([alignment.positions, places], axis=1)
    mask = np.concatenate([alignment.mask, np.ones((count, number), bool)], axis=1)
    haplotype = np.concatenate([alignment.haplotypes, alleles], axis=1)
    # Padding last, then the sites in their order; of these the middle ones are kept.
    order = np.lexsort((positions, ~mask), axis=1)
    surplus = np.maximum(mask.sum(axis=1) - sites, 0)
    kept = order[np.arange(count)[:, None], (surplus // 2)[:, None] + np.arange(sites)]
    edited = Alignment(
        np.take_along_axis(haplotype, kept[:, :, None], axis=1),
        None,
        np.take_along_axis(positions, kept, axis=1),
        np.take_along_axis(mask, kept, axis=1),
    )
    return _stretch(edited, view).encode(view)


def raise_frequencies(
    windows: Windows, view: View, number: int, generator: np.random.Generator
) -> Windows:
    """Return windows in which rare alleles have become as common as the others.

    Parameters
    ----------
    windows, view, generator
        As in :func:`add_singletons`.
    number : int
        Of how many sites of each window, those with the rarest alleles. Half of all haplotypes,
        chosen at random at each site, then have allele 1.
    """
    alignment = _unpack_called(windows)
    count, _, haplotypes = alignment.haplotypes.shape
    copies = alignment.haplotypes.sum(axis=2, dtype=np.int64)
    rarer = np.minimum(copies, haplotypes - copies)
    varies = alignment.mask & (rarer > 0)
    ranked = np.where(varies, rarer, haplotypes).argsort(axis=1, kind="stable")[:, :number]
    chosen = np.zeros_like(alignment.mask)
    np.put_along_axis(chosen, ranked, True, axis=1)
    drawn = generator.random(alignment.haplotypes.shape).argsort(axis=2).argsort(axis=2)
    common = (drawn < haplotypes // 2).astype(np.uint8)
    edit = (chosen & varies)[:, :, None]
    edited = np.where(edit, common, alignment.haplotypes)
    return dataclasses.replace(alignment, haplotypes=edited).encode(view)


def double_haplotype(
    windows: Windows, view: View, number: int, generator: np.random.Generator
) -> Windows:
    """Return windows in which copies of one haplotype have replaced others.

    Parameters
    ----------
    windows, view, generator
        As in :func:`add_singletons`.
    number : int
        How many haplotypes of each window, chosen at random, become copies of another one.
    """
    alignment = _unpack_called(windows)
    count, _, haplotypes = alignment.haplotypes.shape
    drawn = generator.random((count, haplotypes)).argsort(axis=1)
    source = np.tile(np.arange(haplotypes), (count, 1))
    np.put_along_axis(source, drawn[:, 1 : 1 + number], drawn[:, :1], axis=1)
    edited = np.take_along_axis(alignment.haplotypes, source[:, None], axis=2)
    return dataclasses.replace(alignment, haplotypes=edited).encode(view)


def flip_polarity(
    windows: Windows, view: View, number: int, generator: np.random.Generator
) -> Windows:
    """Return windows in which the two alleles of some sites are confused with each other.

    Where ancestral alleles are not known, this makes no difference.

    Parameters
    ----------
    windows, view, generator
        As in :func:`add_singletons`.
    number : int
        How many sites of each window, chosen at random.
    """
    alignment = _unpack_called(windows)
    drawn = generator.random(alignment.mask.shape)
    ranked = np.where(alignment.mask, drawn, 2).argsort(axis=1)[:, :number]
    chosen = np.zeros_like(alignment.mask)
    np.put_along_axis(chosen, ranked, True, axis=1)
    flipped = (chosen & alignment.mask)[:, :, None].astype(np.uint8)
    return dataclasses.replace(alignment, haplotypes=alignment.haplotypes ^ flipped).encode(view)


#: The edits by what they do.
EDITS: Mapping[str, Edit] = {
    "singletons added": add_singletons,
    "frequencies raised": raise_frequencies,
    "haplotypes doubled": double_haplotype,
    "polarity flipped": flip_polarity,
}


def compare_edits(
    models: Sequence[Model],
    windows: Windows,
    view: View,
    numbers: Sequence[int],
    generator: np.random.Generator,
) -> pd.DataFrame:
    """Return what models predict of edited windows, next to what theory says of them.

    Parameters
    ----------
    models : sequence of Model
        Of one run, whose targets are numbers.
    windows : Windows
        One or more, in which all genotypes are called.
    view : View
        How models see them.
    numbers : sequence of int
        How many sites or haplotypes are edited.
    generator : Generator

    Returns
    -------
    DataFrame
        A row for each edit, number, model and target, and first one of the windows as they are:
        ``predicted``, and ``theory``, the statistic as it is computed on the edited window (nan
        for targets that are not statistics of sites), both means over the windows.
    """
    edited = {("as it is", 0): windows}
    for name, edit in EDITS.items():
        for number in numbers:
            edited[name, number] = edit(windows, view, number, generator)
    statistics = view.targets.site_statistics
    rows = []
    for (name, number), seen in edited.items():
        computed = compute_site_statistics(seen, statistics, view.samples.slices)
        for model, values in zip(models, predict_each(models, seen), strict=True):
            for index, target in enumerate(view.targets.names):
                theory = computed.get(target)
                rows.append(
                    {
                        "edit": name,
                        "number": number,
                        "model": model.name,
                        "target": target,
                        "predicted": values[:, index].mean(),
                        "theory": np.nan if theory is None else theory.mean(),
                    }
                )
    return pd.DataFrame(rows)


def _unpack_called(windows: Windows) -> Alignment:
    if windows.called_packed is not None or windows.alleles_per_row > 1:
        raise ValueError("windows with missing genotypes, or without phase, cannot be edited")
    return Alignment.unpack(windows)


def _find_ends(alignment: Alignment) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Return the positions of the first and of the last site of each window."""
    low = np.where(alignment.mask, alignment.positions, np.inf).min(axis=1)
    high = np.where(alignment.mask, alignment.positions, -np.inf).max(axis=1)
    any_site = alignment.mask.any(axis=1)
    return np.where(any_site, low, 0), np.where(any_site, high, 1)


def _stretch(alignment: Alignment, view: View) -> Alignment:
    """Return windows with positions from 0 to 1, where these are those of their own sites."""
    if view.encoding.pad:
        return alignment
    low, high = _find_ends(alignment)
    positions = (alignment.positions - low[:, None]) / (high - low)[:, None]
    return dataclasses.replace(alignment, positions=positions)
