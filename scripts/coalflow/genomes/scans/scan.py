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
from coalflow.genomes.windows.window_batches import EncodedBatch, Piece, WindowBatches, encode_batch
from coalflow.genomes.windows.window_flags import Accessibility, describe_windows, join_flags
from coalflow.models.ensembles import predict_all
from coalflow.models.storage.model import Model
from coalflow.statistics.features import summarise_windows
from coalflow.statistics.site_statistics import compute_site_statistics
from coalflow.windows.masks import read_mask
from coalflow.windows.packed_windows import Windows


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
        The columns of :func:`coalflow.genomes.windows.window_flags.describe_windows`;
        ``computed:<target>`` (the target computed directly on the sites that the models see, where
        it is a statistic of sites); and the columns of each model
        (:mod:`coalflow.evaluation.predictions`). Where a window has fewer sites than nets need,
        nothing is predicted: the file may just not cover it. If the part has no batches, there is
        one table without rows.

    Raises
    ------
    CoalflowError
        If the mask cannot be read.
    """
    chosen, samples = batches.split(part, parts), batches.contigs[0].samples
    accessibility = None
    if batches.options.mask is not None:
        accessibility = Accessibility.measure(read_mask(batches.options.mask), batches.contigs)
    for batch in chosen:
        pieces = batches.lay(batch)
        first = batch * batches.size
        last = first + sum(len(windows) for _, windows in pieces)
        say(f"scanning windows {first + 1:,} to {last:,} of {batches.windows:,}")
        yield _scan_batch(pieces, models, samples, draws, accessibility)
    if not chosen:
        yield _scan_batch([], models, samples, draws, accessibility)


def _scan_batch(
    pieces: Sequence[Piece],
    models: Mapping[str, Model],
    samples: Samples,
    draws: int,
    accessibility: Accessibility | None,
) -> pd.DataFrame:
    """Return the table of a batch."""
    card = next(iter(models.values())).card
    view, laid = card.view, [windows for _, windows in pieces]
    described, computed, predicted = [], [], []
    for draw in range(draws):
        batch = encode_batch(pieces, view, draw)
        described.append(
            describe_windows(laid, batch, view.encoding, card.trained_on.windows, accessibility)
        )
        windows = _make_blank(view, samples) if batch.encoded is None else batch.encoded
        statistics = compute_site_statistics(windows, view.targets.site_statistics, samples.slices)
        computed.append(
            {name_column(COMPUTED, name): _place(each, batch) for name, each in statistics.items()}
        )
        features = _summarise_for_baselines(windows, models, samples)
        predictions = predict_all(models, windows, features)
        predicted.append({name: _place_all(each, batch) for name, each in predictions.items()})
    columns: dict[str, npt.NDArray[Any]] = {
        name: np.mean([each[name] for each in computed], axis=0) for name in computed[0]
    }
    for name, model in models.items():
        mean = predicted[0][name]
        if draws > 1:
            mean = average_predictions([each[name] for each in predicted], model.card.scaling)
        columns |= tabulate_prediction(name, mean, view.targets)
        if name in columns:  # the most probable class, which is none without a prediction
            columns[name] = columns[name].astype(object)
            columns[name][np.isnan(mean.values[:, 0])] = None
    return pd.concat([_join_described(described), pd.DataFrame(columns)], axis=1)


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


def _place_all(predicted: Prediction, batch: EncodedBatch) -> Prediction:
    """Return the prediction of all windows of a batch, from that of the predictable ones."""
    arrays = (predicted.low, predicted.high, predicted.spread)
    others = [None if values is None else _place(values, batch) for values in arrays]
    return Prediction(_place(predicted.values, batch), *others)


def _place(values: Values, batch: EncodedBatch) -> Values:
    """Return values of all windows of a batch, nan where they are not predictable."""
    every = np.full((len(batch.sites), *values.shape[1:]), np.nan)
    if batch.encoded is not None:
        every[batch.predictable] = values
    return every
