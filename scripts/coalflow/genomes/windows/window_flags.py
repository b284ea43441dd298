"""Flags of a genome's windows: what is odd about them, so that predictions may be of little worth.

Some compare a window with those that a model was trained on, which are seen and masked likewise.
Their limits are in the model's card (:class:`coalflow.evaluation.cards.SimulatedWindows`).
"""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from coalflow.config.schema.encoding import Encoding
from coalflow.evaluation.cards import SimulatedWindows
from coalflow.genomes.store.readable_contigs import ReadableContig
from coalflow.genomes.windows.laid_windows import GenomeWindows
from coalflow.genomes.windows.window_batches import EncodedBatch
from coalflow.windows.masks import Mask, read_mask
from coalflow.windows.measures import WindowMeasures, measure_windows

FLAGS = (
    "gap",
    "short",
    "few_sites",
    "trimmed",
    "inaccessible",
    "missing",
    "contig_end",
    "novel",
)
#: Times the share of the genome that lies within the mask. Of a window that has less, more
#: is hidden than usual. A limit of its own would flag every window where a mask leaves little.
LEAST_ACCESSIBLE = 0.5


@dataclasses.dataclass(frozen=True)
class Accessibility:
    """Where sites of a genome can be seen.

    Attributes
    ----------
    mask : Mask
    least : float
        The share of its bases that a window must have within the mask.
    """

    mask: Mask
    least: float

    @classmethod
    def measure(cls, mask: Mask, contigs: Sequence[ReadableContig]) -> Accessibility:
        """Return where sites can be seen, with ``least`` by what the mask leaves of a genome.

        Parameters
        ----------
        mask : Mask
        contigs : sequence of ReadableContig
            All that are used of the genome.
        """
        bases = sum(contig.length for contig in contigs)
        accessible = sum(
            mask.covered_share(contig.name, 0, contig.length) * contig.length for contig in contigs
        )
        return cls(mask, LEAST_ACCESSIBLE * accessible / max(bases, 1))

    @classmethod
    def measure_file(
        cls, mask: str | None, contigs: Sequence[ReadableContig]
    ) -> Accessibility | None:
        """Return where sites of a genome can be seen; None for everywhere.

        Parameters
        ----------
        mask : str, optional
            A BED file.
        contigs : sequence of ReadableContig
            All that are used.

        Raises
        ------
        CoalflowError
            If the mask cannot be read.
        """
        return None if mask is None else cls.measure(read_mask(mask), contigs)


def describe_windows(
    laid: Sequence[GenomeWindows],
    batch: EncodedBatch,
    encoding: Encoding,
    limits: SimulatedWindows,
    accessibility: Accessibility | None = None,
) -> pd.DataFrame:
    """Return the first columns of ``windows.tsv``, which docs/genomes.md explains.

    Parameters
    ----------
    laid : sequence of GenomeWindows
        Of one contig each.
    batch : EncodedBatch
        What models see of these, one contig after the other.
    encoding : Encoding
        What models read.
    limits : SimulatedWindows
        How far their training windows go.
    accessibility : Accessibility, optional
        Where sites can be seen; None for everywhere.

    Returns
    -------
    DataFrame
        ``contig``, ``start``, ``end``, ``name`` if the user has named windows, ``length``,
        ``sites``, ``accessible``, ``missing`` and ``flags``.
    """
    start, end = (_join(laid, name, np.int64) for name in ("start", "end"))
    lengths = end - start
    accessible, least = np.ones(len(start)), 0.0
    if accessibility is not None:
        mask, least = accessibility.mask, accessibility.least
        shares = [mask.covered_shares(each.contig, each.start, each.end) for each in laid]
        accessible = np.concatenate([np.empty(0), *shares])
    measures = _measure(batch, lengths, encoding)
    flags = _find_flags(lengths, batch, measures, encoding, limits)
    flags["inaccessible"] = accessible < least
    flags["contig_end"] = _join(laid, "at_contig_end", np.bool_)
    contigs = [each.contig for each in laid for _ in range(len(each))]
    table = pd.DataFrame(
        {
            "contig": np.array(contigs, dtype=object),
            "start": start,
            "end": end,
            "length": lengths,
            "sites": batch.sites,
            "accessible": accessible,
            "missing": measures.missing,
            "flags": np.array(list_flags(flags), dtype=object),
        }
    )
    if any(each.names is not None for each in laid):
        table.insert(3, "name", _join(laid, "names", object))
    return table


def _join(laid: Sequence[GenomeWindows], name: str, dtype: type) -> npt.NDArray[Any]:
    return np.concatenate([np.empty(0, dtype), *(getattr(each, name) for each in laid)])


def _measure(
    batch: EncodedBatch, lengths: npt.NDArray[np.int64], encoding: Encoding
) -> WindowMeasures:
    """Return what is measured of windows; of those that are not predictable as if without a site.

    Their number of sites is as it is.
    """
    ends = np.ones(len(lengths))
    if encoding.pad:
        assert encoding.length is not None  # windows are padded
        ends = np.minimum(lengths / encoding.length, 1)
    # Without padding a window is from a site to another.
    gap = ends if encoding.pad else np.zeros(len(lengths))
    missing = np.full(len(lengths), np.nan)
    measures = WindowMeasures(batch.sites.copy(), gap.copy(), np.ones(len(lengths)), missing)
    if batch.encoded is not None:
        measured = measure_windows(batch.encoded, ends[batch.predictable])
        for whole, part in zip(measures, measured, strict=True):
            whole[batch.predictable] = part
    return measures


def _find_flags(
    lengths: npt.NDArray[np.int64],
    batch: EncodedBatch,
    measures: WindowMeasures,
    encoding: Encoding,
    limits: SimulatedWindows,
) -> dict[str, npt.NDArray[np.bool_]]:
    """Return which windows have which flag."""
    has_more_sites = batch.sites > encoding.sites
    if encoding.pad:
        assert encoding.length is not None  # windows are padded
        is_longer = lengths > encoding.length
        trimmed = is_longer | has_more_sites & (measures.reach < limits.reach)
        short = lengths < encoding.length
    else:
        trimmed, short = has_more_sites, np.zeros(len(lengths), bool)
    return {
        "gap": measures.gap > limits.gap,
        "short": short,
        "few_sites": measures.sites < _find_fewest(limits),
        "trimmed": trimmed,
        "missing": measures.missing > limits.missing,
    }


def _find_fewest(limits: SimulatedWindows) -> int:
    """Return how many sites a window must have, even if training windows have none."""
    return max(limits.sites, 1)


def list_flags(flags: Mapping[str, npt.NDArray[np.bool_]]) -> list[str]:
    """Return the flags of each window, separated by commas.

    Parameters
    ----------
    flags : mapping of str to ndarray of bool, shape (windows,)
        Which windows have which of ``FLAGS``.

    Examples
    --------
    >>> list_flags({"short": np.array([True, False, True]), "gap": np.array([True, False, False])})
    ['gap,short', '', 'short']
    """
    names = [name for name in FLAGS if name in flags]
    codes = sum(flags[name].astype(np.int64) << place for place, name in enumerate(names))
    distinct, inverse = np.unique(codes, return_inverse=True)
    texts = [
        ",".join(name for place, name in enumerate(names) if code >> place & 1)
        for code in distinct.tolist()
    ]
    return [texts[index] for index in inverse.tolist()]


def join_flags(texts: Iterable[str]) -> str:
    """Return the flags of a window that are in any of some texts of :func:`list_flags`.

    Examples
    --------
    >>> join_flags(["short", "", "gap,short"])
    'gap,short'
    """
    found = {flag for text in texts for flag in text.split(",")}
    return ",".join(flag for flag in FLAGS if flag in found)


def count_flags(flags: pd.Series) -> dict[str, int]:
    """Return how many windows have each flag; 0 for flags that no window has.

    Parameters
    ----------
    flags : Series of str
        The column of ``windows.tsv``.
    """
    counted = Counter[str]()
    for text, number in flags.fillna("").value_counts().items():
        for name in str(text).split(","):
            counted[name] += int(number)
    return {name: counted[name] for name in FLAGS}


def explain_flags(encoding: Encoding, limits: SimulatedWindows) -> dict[str, str]:
    """Return in words what flags a window, by flag.

    Parameters
    ----------
    encoding : Encoding
        What models read.
    limits : SimulatedWindows
        How far their training windows go.
    """
    rare = f"at most {limits.p:.2g} of the training windows"
    explained = {
        "gap": f"a stretch without a usable site is longer than {limits.gap:.3g} of a window, as "
        f"in {rare}",
        "few_sites": f"it has fewer than {_find_fewest(limits):,} usable sites",
        "trimmed": f"it has more than {encoding.sites:,} usable sites",
        "inaccessible": "less than half as many of its bases lie within the mask as in the genome "
        "as a whole",
        "missing": f"more than {limits.missing:.3g} of its alleles are not called, as in {rare}",
        "contig_end": "the contig ends, so it is shorter than others, or moved back",
        "novel": "it is unlike all that was simulated: its novelty is at most that of "
        "novelty.false_alarms",
    }
    if encoding.pad:
        explained["short"] = f"it is shorter than the {encoding.length:,} bases that models read"
        explained["few_sites"] += f", as {rare} have"
        explained["trimmed"] = (
            f"it is longer than the {encoding.length:,} bases that models read, or has more than "
            f"{encoding.sites:,} usable sites, of which the models see those in less than "
            f"{limits.reach:.3g} of the window, as in {rare}"
        )
    return {name: explained[name] for name in FLAGS if name in explained}
