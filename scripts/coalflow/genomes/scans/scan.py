"""Models over a genome: every window is read and encoded once, and predicted by every model."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from coalflow.config.schema.samples import Samples
from coalflow.config.settings.view import View
from coalflow.core.progress import say
from coalflow.evaluation.predictions import (
    COMPUTED,
    MEASURED,
    STATISTIC,
    Prediction,
    average_predictions,
    name_column,
    tabulate_prediction,
)
from coalflow.genomes.reference.simulated_windows import describe
from coalflow.genomes.scans.scanned_columns import FURTHEST, NOVEL, NOVELTY, add_prefix
from coalflow.genomes.scans.scanners import Scanner
from coalflow.genomes.windows.window_batches import EncodedBatch, Piece, WindowBatches, encode_batch
from coalflow.genomes.windows.window_flags import Accessibility, describe_windows, join_flags
from coalflow.statistics.features import summarise_windows
from coalflow.statistics.site_statistics import compute_site_statistics
from coalflow.statistics.window_statistics import select_classical
from coalflow.windows.encoding import count_rows
from coalflow.windows.packed_windows import Windows


@dataclasses.dataclass(frozen=True)
class _Draw:
    """What is found of the windows of a batch in one set of individuals.

    Attributes
    ----------
    described : DataFrame
        The first columns of the table.
    measured : DataFrame
        Statistics that are compared with those of simulations.
    computed : dict of str to ndarray of float64, shape (windows,)
        Targets that are statistics of sites, by the names of columns.
    predicted : dict of str to Prediction
        By the names of models.
    novelty : ndarray of float64, shape (windows,), or None
    furthest : list of str
        Which statistic is furthest out.
    """

    described: pd.DataFrame
    measured: pd.DataFrame
    computed: dict[str, npt.NDArray[np.float64]]
    predicted: dict[str, Prediction]
    novelty: npt.NDArray[np.float64] | None
    furthest: npt.NDArray[Any] | None


def scan_batches(
    batches: WindowBatches,
    scanner: Scanner,
    draws: int = 1,
    part: int = 0,
    parts: int = 1,
    accessibility: Accessibility | None = None,
    every: int = 1,
) -> Iterator[pd.DataFrame]:
    """Yield the table of ``windows.tsv``, batch by batch.

    Parameters
    ----------
    batches : WindowBatches
        The windows of a genome.
    scanner : Scanner
        The models.
    draws : int
        How many sets of individuals are read. Of several, the table has the means, and the spread.
    part, parts : int
        Which of several jobs this is, and how many there are.
    accessibility : Accessibility, optional
        Where sites can be seen; None for everywhere.
    every : int
        1 scans all batches, 2 every other one, and so on.

    Yields
    ------
    DataFrame
        The columns of :func:`coalflow.genomes.windows.window_flags.describe_windows`; with a
        reference, ``novelty`` and ``furthest``; ``statistic:<name>``, classical statistics;
        ``measured:<name>``, those by which windows are novel; ``computed:<target>`` (the target
        computed directly on the sites that the models see, where it is a statistic of sites); and
        the columns of each model (:mod:`coalflow.evaluation.predictions`, and
        :meth:`coalflow.genomes.scans.scanners.Scanner.compare`). Where a window has fewer sites
        than nets need, nothing is predicted: the file may just not cover it. If the part has no
        batches, there is one table without rows.
    """
    chosen = batches.split(part, parts)[::every]
    for batch in chosen:
        pieces = batches.lay(batch)
        first = batch * batches.size
        last = first + sum(len(windows) for _, windows in pieces)
        say(f"scanning windows {first + 1:,} to {last:,} of {batches.windows:,}")
        yield _scan_batch(pieces, batches, scanner, draws, accessibility)
    if not chosen:
        yield _scan_batch([], batches, scanner, draws, accessibility)


def scan_windows(
    batch: EncodedBatch, described: pd.DataFrame, samples: Samples, scanner: Scanner
) -> pd.DataFrame:
    """Return the table of windows that do not lie along a genome.

    Parameters
    ----------
    batch : EncodedBatch
        The windows.
    described : DataFrame
        The first columns of the table: ``length``, ``sites``, ``accessible`` and ``flags``, and
        maybe others.
    samples : Samples
        Whose haplotypes these are.
    scanner : Scanner

    Returns
    -------
    DataFrame
        As those that :func:`scan_batches` yields.
    """
    return _tabulate([_judge_windows(batch, described, samples, scanner)], scanner)


def _scan_batch(
    pieces: Sequence[Piece],
    batches: WindowBatches,
    scanner: Scanner,
    draws: int,
    accessibility: Accessibility | None,
) -> pd.DataFrame:
    """Return the table of a batch."""
    samples = batches.contigs[0].samples
    card, laid = scanner.card, [windows for _, windows in pieces]
    drawn = []
    for draw in range(draws):
        batch = encode_batch(pieces, card.view, draw)
        described = describe_windows(
            laid, batch, card.view.encoding, card.trained_on.windows, accessibility
        )
        drawn.append(_judge_windows(batch, described, samples, scanner))
    return _tabulate(drawn, scanner)


def _tabulate(drawn: Sequence[_Draw], scanner: Scanner) -> pd.DataFrame:
    """Return the table of windows from what is found of them in each set of individuals."""
    draws = len(drawn)
    described = _join_described([each.described for each in drawn])
    measured = drawn[0].measured
    if draws > 1:
        values = np.mean([each.measured.to_numpy() for each in drawn], axis=0)
        measured = pd.DataFrame(values, columns=measured.columns)
    accessible = described["length"].to_numpy() * described["accessible"].to_numpy()
    tables = [
        _flag_novel(described, drawn, scanner),
        add_prefix(select_classical(measured, accessible), STATISTIC),
        add_prefix(measured, MEASURED),
        pd.DataFrame(
            {
                name: np.mean([each.computed[name] for each in drawn], axis=0)
                for name in drawn[0].computed
            }
        ),
    ]
    columns: dict[str, npt.NDArray[Any]] = {}
    for name, model in scanner.models.items():
        mean = drawn[0].predicted[name]
        if draws > 1:
            each_draw = [each.predicted[name] for each in drawn]
            mean = average_predictions(each_draw, model.card.scaling)
        mean = scanner.calibrate_prediction(name, mean)
        columns |= tabulate_prediction(name, mean, model.card.targets)
        if name in columns:  # the most probable class, which is none without a prediction
            columns[name] = columns[name].astype(object)
            columns[name][np.isnan(mean.values[:, 0])] = None
        columns |= scanner.compare(name, mean)
    return pd.concat([*tables, pd.DataFrame(columns)], axis=1)


def _judge_windows(
    batch: EncodedBatch, described: pd.DataFrame, samples: Samples, scanner: Scanner
) -> _Draw:
    """Return what is found of windows in one set of individuals."""
    view = scanner.card.view
    windows = _make_blank(view, samples) if batch.encoded is None else batch.encoded
    statistics = compute_site_statistics(windows, view.targets.site_statistics, samples.slices)
    features = None
    if scanner.features is not None:
        features = summarise_windows(windows, scanner.features, samples, view.observation)
    sizes = described["sites" if view.encoding.pad else "length"].to_numpy(np.float64)
    seen = sizes[batch.predictable] if batch.encoded is not None else np.zeros(1)
    measured = describe(windows, seen, view.model_copy(update={"samples": samples}))
    predicted, hidden = scanner.predict(windows, features)
    novel = scanner.judge_windows(measured, hidden)
    furthest = None
    if novel is not None:
        furthest = np.full(len(batch.sites), None, dtype=object)
        if batch.encoded is not None:
            furthest[batch.predictable] = novel.furthest
    return _Draw(
        described,
        pd.DataFrame(_place(measured.to_numpy(), batch), columns=measured.columns),
        {name_column(COMPUTED, name): _place(each, batch) for name, each in statistics.items()},
        {name: _place_all(each, batch) for name, each in predicted.items()},
        None if novel is None else _place(novel.p, batch),
        furthest,
    )


def _flag_novel(described: pd.DataFrame, drawn: Sequence[_Draw], scanner: Scanner) -> pd.DataFrame:
    """Return the first columns with novelty, and with the flag of novel windows.

    Of several draws, novelty is the median: the mean of p-values is not a p-value.
    """
    if scanner.judge is None:
        return described
    draws = [each.novelty for each in drawn if each.novelty is not None]
    novelty = np.median(draws, axis=0)
    is_novel = novelty <= scanner.judge.meta.false_alarms
    flags = [
        join_flags([text, NOVEL if new else ""])
        for text, new in zip(described["flags"], is_novel.tolist(), strict=True)
    ]
    return described.assign(
        **{
            "flags": np.array(flags, dtype=object),
            NOVELTY: novelty,
            FURTHEST: drawn[0].furthest,
        }
    )


def _join_described(described: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Return what windows are in all draws: means, and the flags that they have in any."""
    first = described[0]
    if len(described) == 1:
        return first
    sites = np.mean([table["sites"] for table in described], axis=0)
    flags = zip(*(table["flags"] for table in described), strict=True)
    return first.assign(
        sites=np.rint(sites).astype(np.int64),
        missing=np.mean([table["missing"] for table in described], axis=0),
        flags=[join_flags(texts) for texts in flags],
    )


def _make_blank(view: View, samples: Samples) -> Windows:
    """Return a window without alleles, where none can be predicted, for what models return."""
    alleles = np.zeros((1, view.encoding.sites, samples.number_of_haplotypes), np.uint8)
    return Windows.pack(
        alleles,
        np.zeros(alleles.shape[:2], np.float32),
        np.ones(alleles.shape[:2], bool),
        alleles if view.observation.can_be_missing else None,
        1 if view.observation.phased else samples.ploidy,
        count_rows(samples, view.observation),
        samples.order,
    )


def _place_all(predicted: Prediction, batch: EncodedBatch) -> Prediction:
    """Return the prediction of all windows of a batch, from that of the predictable ones."""
    placed: dict[str, Any] = {
        field.name: None if values is None else _place(values, batch)
        for field in dataclasses.fields(predicted)
        for values in [getattr(predicted, field.name)]
    }
    return dataclasses.replace(predicted, **placed)


def _place(values: npt.NDArray[Any], batch: EncodedBatch) -> npt.NDArray[Any]:
    """Return values of all windows of a batch; nan or False where they are not predictable."""
    empty = False if values.dtype == np.bool_ else np.nan
    every = np.full((len(batch.sites), *values.shape[1:]), empty)
    if batch.encoded is not None:
        every[batch.predictable] = values
    return every
