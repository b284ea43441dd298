"""References of all models of a run, made of its simulations."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from coalflow.config.settings.genome_options import GenomeOptions
from coalflow.config.settings.references.reference import MakeReferenceSettings
from coalflow.core import seeds
from coalflow.core.progress import say
from coalflow.evaluation.calibration.calibration import Calibration
from coalflow.evaluation.predictions import MEASURED, STATISTIC, Prediction, select_prediction
from coalflow.genomes.novelty.genome_fit import GenomeFit
from coalflow.genomes.novelty.window_novelty import WindowNovelty
from coalflow.genomes.reference.blocks import Blocks
from coalflow.genomes.reference.reference import (
    BANDS,
    Reference,
    ReferenceMeta,
    ScoreRecord,
)
from coalflow.genomes.reference.simulated_windows import SimulatedWindows
from coalflow.genomes.scans.scan import scan_batches
from coalflow.genomes.scans.scanned_columns import choose_separate, select_columns
from coalflow.genomes.scans.scanners import Scanner
from coalflow.genomes.significance.null import BlockScores, Null
from coalflow.genomes.significance.scores import Score, list_scores, measure_score
from coalflow.genomes.windows.window_batches import WindowBatches
from coalflow.genomes.windows.window_flags import Accessibility
from coalflow.models.storage.hidden_layers import record_hidden_layer
from coalflow.models.storage.model import Model, predict
from coalflow.statistics.window_statistics import select_classical

MOST_TRAINING_WINDOWS = 20_000  # that others are compared with


@dataclasses.dataclass(frozen=True)
class Simulations:
    """What references are made of.

    Attributes
    ----------
    train : SimulatedWindows
        Some of the training windows.
    held_out : SimulatedWindows
        All validation windows.
    is_null : ndarray of bool, shape (windows,)
        Which of these are of the null.
    predictions : mapping of str to Prediction
        What each model predicts of the validation and test windows of the null, calibrated; none
        where the null has no such windows.
    blocks : Blocks, optional
        None where there are none.
    """

    train: SimulatedWindows
    held_out: SimulatedWindows
    is_null: npt.NDArray[np.bool_]
    predictions: Mapping[str, Prediction]
    blocks: Blocks | None


def choose_training_windows(table: pd.DataFrame, seed: int) -> pd.DataFrame:
    """Return the training windows that others are compared with, in their order.

    Parameters
    ----------
    table : DataFrame
        The split table.
    seed : int
        The run's.
    """
    rows = np.flatnonzero(table["split"] == "train")
    random = seeds.derive_generator(seed, "training windows to compare with")
    return table.iloc[np.sort(random.permutation(rows)[:MOST_TRAINING_WINDOWS])]


def build_references(
    simulations: Simulations,
    models: Mapping[str, Model],
    calibrations: Mapping[str, Calibration],
    settings: MakeReferenceSettings,
) -> dict[str, Reference]:
    """Return the references of all nets and baselines.

    Parameters
    ----------
    simulations : Simulations
    models : mapping of str to Model
        With ensembles.
    calibrations : mapping of str to Calibration
        By the same names.
    settings : MakeReferenceSettings
    """
    card = next(iter(models.values())).card
    scores = list_scores(card.targets, settings.neutral_classes, settings.significance)
    novelties = {
        name: _fit_novelty(simulations, _find_net(models, name), settings.seed)
        for name in (*settings.nets, *settings.baselines)
    }
    scanner = Scanner(models, calibrations)
    scanned = None
    if simulations.blocks is not None:
        scanned = scan_blocks(simulations.blocks, scanner, settings.options)
    return {
        name: _build_reference(name, simulations, scanner, scanned, scores, novelty, settings)
        for name, novelty in novelties.items()
    }


def _find_net(models: Mapping[str, Model], name: str) -> Model | None:
    """Return the first restart of a net; None of a baseline."""
    return next(
        (model for model in models.values() if model.net is not None and model.card.model == name),
        None,
    )


def _fit_novelty(simulations: Simulations, net: Model | None, seed: int) -> WindowNovelty:
    """Return how unlike training windows others are, by statistics and by a net."""
    train, held_out = simulations.train, simulations.held_out
    hidden = None
    if net is not None:
        say(f"comparing windows by the last hidden layer of {net.name}")
        hidden = compute_hidden(net, train), compute_hidden(net, held_out)
    return WindowNovelty.fit(train.statistics, held_out.statistics, hidden, seed)


def compute_hidden(net: Model, simulated: SimulatedWindows) -> npt.NDArray[np.float32]:
    """Return the last hidden layer of a net, of simulated windows, float32 (windows, units)."""
    with record_hidden_layer(net) as layer:
        predict(net, simulated.windows)
        return layer.take()


def scan_blocks(blocks: Blocks, scanner: Scanner, options: GenomeOptions) -> pd.DataFrame:
    """Return the table of the windows of blocks, as of a genome, without those at their ends.

    Parameters
    ----------
    blocks : Blocks
    scanner : Scanner
    options : GenomeOptions
        How they are cut into windows.
    """
    batches = WindowBatches.plan(blocks.blocks, scanner.card.view.encoding, options)
    say(f"scanning {batches.windows:,} windows of {len(blocks.blocks):,} blocks")
    accessibility = None if blocks.mask is None else Accessibility(blocks.mask, 0)
    table = pd.concat(
        scan_batches(batches, scanner, accessibility=accessibility), ignore_index=True
    )
    is_whole = ~table["flags"].str.contains("contig_end")
    return table[is_whole].reset_index(drop=True)


def _build_reference(
    name: str,
    simulations: Simulations,
    scanner: Scanner,
    scanned: pd.DataFrame | None,
    scores: Sequence[Score],
    novelty: WindowNovelty,
    settings: MakeReferenceSettings,
) -> Reference:
    members = [model for model in scanner.models if model.partition("/")[0] == name]
    separate = np.empty(0, np.int64)
    if scanned is not None:
        separate = choose_separate(scanned)
    nulls = {}
    for member in members:
        for score in scores:
            null = _build_null(member, score, simulations, scanner, scanned, separate, settings)
            if null is not None:
                nulls[member, score.name] = null
    own = next((len(each) for each in simulations.predictions.values()), 0)
    blocks = simulations.blocks
    meta = ReferenceMeta(
        model=name,
        scores=tuple(ScoreRecord(**dataclasses.asdict(score)) for score in scores),
        neutral=settings.null_cells,
        windows=own,
        block_windows=len(separate),
        blocks=0 if blocks is None else len(blocks.blocks),
        bases=0 if blocks is None else blocks.bases,
        length=_find_length(scanned, settings),
        step=settings.options.step,
        significance=settings.significance,
        false_alarms=settings.false_alarms,
        mix=scanner.mix,
        class_prior=settings.class_prior,
    )
    if scanned is None:
        own_windows = simulations.held_out.statistics[simulations.is_null]
        lengths = np.full(len(own_windows), float(settings.length))
        classical = select_classical(own_windows, lengths)
        return Reference(meta, nulls, novelty, None, _find_bands(classical))
    apart = scanned.iloc[separate].reset_index(drop=True)
    measured = select_columns(apart, MEASURED).assign(block=apart["contig"])
    fit = GenomeFit.fit(measured, settings.varies)
    return Reference(meta, nulls, novelty, fit, _find_bands(select_columns(apart, STATISTIC)))


def _find_length(scanned: pd.DataFrame | None, settings: MakeReferenceSettings) -> int:
    """Return the bases of a window; of windows with a number of sites, those of a typical one."""
    if scanned is None or settings.view.encoding.pad:
        return settings.length
    return max(int((scanned["end"] - scanned["start"]).median()), 1)


def _find_bands(classical: pd.DataFrame) -> pd.DataFrame:
    """Return the bands of statistics of windows of the null; nan without any."""
    return classical.quantile(list(BANDS)).T


def _build_null(
    model: str,
    score: Score,
    simulations: Simulations,
    scanner: Scanner,
    scanned: pd.DataFrame | None,
    separate: npt.NDArray[np.int64],
    settings: MakeReferenceSettings,
) -> Null | None:
    """Return the null of a model and a score; None where it has no windows."""
    card = scanner.models[model].card
    own = np.empty(0)
    if model in simulations.predictions:
        own = measure_score(score, simulations.predictions[model], card.targets, card.scaling)
    blocks = None
    if scanned is not None and simulations.blocks is not None:
        predicted = select_prediction(scanned, model, card.targets)
        blocks = BlockScores(
            scanned[["contig", "start", "end"]],
            measure_score(score, predicted, card.targets, card.scaling),
            separate,
            simulations.blocks.bases,
            _find_length(scanned, settings),
        )
    every = own if blocks is None else np.concatenate([own, blocks.scores[separate]])
    if np.isnan(every).all():
        return None
    return Null.fit(own, score.tail, blocks, settings.significance, settings.seed)
