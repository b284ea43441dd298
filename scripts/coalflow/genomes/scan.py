"""Models over a genome: every window is read and encoded once, and predicted by every model."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from coalflow.config.schema.samples import Samples
from coalflow.config.settings.view import View
from coalflow.core.progress import say
from coalflow.evaluation.cards import FeatureInput
from coalflow.evaluation.predictions import (
    COMPUTED,
    Prediction,
    Values,
    average_predictions,
    name_column,
    tabulate_prediction,
)
from coalflow.genomes.window_batches import EncodedBatch, Piece, WindowBatches, encode_batch
from coalflow.models.ensembles import predict_all
from coalflow.models.storage.model import Model
from coalflow.statistics.features import summarise_windows
from coalflow.statistics.site_statistics import compute_site_statistics
from coalflow.windows.packed_windows import Windows

CONTIG, START, END, SITES = "contig", "start", "end", "sites"


def scan_batches(
    batches: WindowBatches,
    models: Mapping[str, Model],
    draws: int = 1,
    part: int = 0,
    parts: int = 1,
) -> Iterator[pd.DataFrame]:
    """Yield the table of ``windows.tsv``, batch by batch.

    Parameters
    ----------
    batches : WindowBatches
        The windows of a genome.
    models : mapping of str to Model
        By name (:func:`coalflow.models.ensembles.add_ensembles`), all of the same windows.
    draws : int
        How many sets of individuals are read. Of several, the table has the means, and the spread.
    part, parts : int
        Which of several jobs this is, and how many there are.

    Yields
    ------
    DataFrame
        ``contig``, ``start`` and ``end`` (as in BED: from 0, end not included), ``length``,
        ``sites``, ``computed:<target>`` (the target computed directly on the sites that the models
        see, where it is a statistic of sites), and the columns of each model
        (:mod:`coalflow.evaluation.predictions`). Where a window has fewer sites than nets need,
        nothing is predicted: the file may just not cover it. If the part has no batches, there is
        one table without rows.
    """
    view = next(iter(models.values())).card.view
    for batch in batches.split(part, parts) or [None]:
        pieces = [] if batch is None else batches.lay(batch)
        if batch is not None:
            first = batch * batches.size
            last = first + sum(len(windows) for _, windows in pieces)
            say(f"scanning windows {first + 1:,} to {last:,} of {batches.windows:,}")
        yield _scan_batch(pieces, models, view, batches.samples, draws)


def _scan_batch(
    pieces: Sequence[Piece],
    models: Mapping[str, Model],
    view: View,
    samples: Samples,
    draws: int,
) -> pd.DataFrame:
    """Return the table of a batch."""
    counts, computed, predicted = [], [], []
    for draw in range(draws):
        batch = encode_batch(pieces, view, draw)
        counts.append(batch.sites)
        windows = _make_blank(view, samples) if batch.encoded is None else batch.encoded
        statistics = compute_site_statistics(windows, view.targets.site_statistics, samples.slices)
        computed.append({name: _spread_out(each, batch) for name, each in statistics.items()})
        features = _summarise_for_baselines(windows, models, samples)
        predictions = predict_all(models, windows, features)
        predicted.append({name: _place(each, batch) for name, each in predictions.items()})
    columns: dict[str, npt.NDArray[Any]] = {}
    for name, model in models.items():
        mean = predicted[0][name]
        if draws > 1:
            mean = average_predictions([each[name] for each in predicted], model.card.scaling)
        columns |= tabulate_prediction(name, mean, view.targets)
    table = pd.DataFrame(
        {
            **_describe_windows(pieces),
            SITES: np.rint(np.mean(counts, axis=0)).astype(np.int64),
            **{
                name_column(COMPUTED, name): np.mean([each[name] for each in computed], axis=0)
                for name in computed[0]
            },
            **columns,
        }
    )
    # Of windows without a prediction, the most probable class is none.
    blank = np.isnan(next(iter(predicted[0].values())).values).any(axis=1)
    table.loc[blank, [name for name in models if name in columns]] = np.nan
    return table


def _describe_windows(pieces: Sequence[Piece]) -> dict[str, npt.NDArray[Any]]:
    """Return where windows lie, as columns."""
    none = np.empty(0, np.int64)
    start = np.concatenate([none, *(windows.start for _, windows in pieces)])
    end = np.concatenate([none, *(windows.end for _, windows in pieces)])
    names = [name for contig, windows in pieces for name in [contig.name] * len(windows)]
    return {
        CONTIG: np.array(names, dtype=object),
        START: start,
        END: end,
        "length": end - start,
    }


def _summarise_for_baselines(
    windows: Windows, models: Mapping[str, Model], samples: Samples
) -> pd.DataFrame | None:
    """Return the statistics that baselines read, all of the same run; None without baselines."""
    for model in models.values():
        features = model.card.input
        if isinstance(features, FeatureInput):
            return summarise_windows(windows, features, samples, model.card.view.observation)
    return None


def _make_blank(view: View, samples: Samples) -> Windows:
    """Return a window without alleles, where none can be predicted, for what models return."""
    alleles = np.zeros((1, view.encoding.sites, samples.number_of_haplotypes), np.uint8)
    return Windows.pack(
        alleles,
        np.zeros(alleles.shape[:2], np.float32),
        np.ones(alleles.shape[:2], bool),
        alleles if view.observation.can_be_missing else None,
        1 if view.observation.phased else samples.ploidy,
    )


def _place(predicted: Prediction, batch: EncodedBatch) -> Prediction:
    """Return the prediction of all windows of a batch, from that of the predictable ones."""

    def place(values: Values | None) -> Values | None:
        return None if values is None else _spread_out(values, batch)

    ends = place(predicted.low), place(predicted.high)
    return Prediction(_spread_out(predicted.values, batch), *ends, place(predicted.spread))


def _spread_out(values: Values, batch: EncodedBatch) -> Values:
    """Return values of all windows of a batch, nan where they are not predictable."""
    every = np.full((len(batch.sites), *values.shape[1:]), np.nan)
    if batch.encoded is not None:
        every[batch.predictable] = values
    return every
