"""Models over a genome: a table of windows with every model's predictions."""

import pathlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from coalflow.config.settings.genome_options import GenomeOptions
from coalflow.core.files import replace_atomically
from coalflow.core.progress import say
from coalflow.evaluation import predictions
from coalflow.evaluation.cards import Card, FeatureInput
from coalflow.genomes.contigs import Contig
from coalflow.genomes.tiles import Tiles, tile_contigs
from coalflow.models import ensembles
from coalflow.models.storage.model import Model
from coalflow.statistics.features import summarise_windows
from coalflow.statistics.site_statistics import compute_site_statistics
from coalflow.windows.encoding import encode_contig
from coalflow.windows.packed_windows import Windows

WINDOWS_AT_ONCE = 10_000
NO_SITES = "no_sites"


def scan_contigs(
    contigs: Iterable[Contig], models: Mapping[str, Model], options: GenomeOptions
) -> pd.DataFrame:
    """Return the table of ``windows.tsv``.

    Parameters
    ----------
    contigs : iterable of Contig
    models : dict of Model
        By name (:func:`coalflow.models.ensembles.add_ensembles`), all of the same windows.
    options : GenomeOptions
        Where windows lie: their ``step`` and ``length``.

    Returns
    -------
    DataFrame
        ``contig``, ``start`` and ``end`` (as in BED: from 0, end not included), ``sites``,
        ``computed:<target>`` (the target computed directly on the sites that the models see, where
        it is a statistic of sites), and the columns of each model, with its intervals where it
        predicts them (:mod:`coalflow.evaluation.predictions`). Where a window has no sites, nothing
        is predicted: the file may just not cover it.

    Raises
    ------
    CoalflowError
        If no contig holds a window.
    """
    card = next(iter(models.values())).card
    tiled = tile_contigs(contigs, card.view.encoding.sites, options.step, options.length)
    tables = []
    for contig, tiles in _split_tiles(tiled):
        say(f"scanning {contig.name}: {len(tiles):,} windows from base {tiles.start[0] + 1:,}")
        tables.append(_scan_part(contig, tiles, models, card))
    return pd.concat(tables, ignore_index=True)


def _split_tiles(tiled: Iterable[tuple[Contig, Tiles]]) -> Iterator[tuple[Contig, Tiles]]:
    """Cut the windows of long contigs into parts that fit into memory."""
    for contig, tiles in tiled:
        for start in range(0, len(tiles), WINDOWS_AT_ONCE):
            yield contig, tiles[start : start + WINDOWS_AT_ONCE]


def _scan_part(
    contig: Contig, tiles: Tiles, models: Mapping[str, Model], card: Card
) -> pd.DataFrame:
    """Return the table of some windows of a contig."""
    view, targets = card.view, card.targets
    windows = encode_contig(contig, tiles, view.encoding, view.observation)
    # Populations are found by the order of their haplotypes in the file.
    unordered = view.encoding.model_copy(update={"order": "sampled"})
    computed = compute_site_statistics(
        encode_contig(contig, tiles, unordered, view.observation),
        targets.site_statistics,
        view.samples.slices,
    )
    features = _summarise_for_baselines(windows, models)
    predicted = ensembles.predict_all(models, windows, features)
    columns: dict[str, npt.NDArray[Any]] = {}
    for name, prediction in predicted.items():
        columns |= predictions.tabulate_prediction(name, prediction, targets)
    table = pd.DataFrame(
        {
            "contig": contig.name,
            "start": tiles.start,
            "end": tiles.end,
            "sites": tiles.count,
            **{
                predictions.name_column(predictions.COMPUTED, name): computed[name]
                for name in computed
            },
            **columns,
        }
    )
    table.loc[(table["sites"] == 0).to_numpy(), list(columns)] = np.nan
    return table


def _summarise_for_baselines(windows: Windows, models: Mapping[str, Model]) -> pd.DataFrame | None:
    """Return the statistics that baselines read, all of the same run; None without baselines."""
    for model in models.values():
        features, view = model.card.input, model.card.view
        if isinstance(features, FeatureInput):
            return summarise_windows(windows, features, view.samples, view.observation)
    return None


# BED -------------------------------------------------------------------------------------------


def write_bed(path: str | pathlib.Path, table: pd.DataFrame, net: str, card: Card) -> None:
    """Write windows as BED with a net's predictions as name and as score.

    The name has all targets. The score, by which genome browsers shade, is of the first: it runs
    from 0 at the lowest to 1000 at the highest prediction. With classes, the name is the most
    probable class with its probability, and the score a thousand times that. Windows without sites
    are named ``no_sites`` and have the score 0.

    Parameters
    ----------
    path : path
    table : DataFrame
        That of :func:`scan_contigs`.
    net : str
        A net or an ensemble.
    card : Card
        Its card.

    Raises
    ------
    CoalflowError
        If the disk is full or cannot be written.
    """
    values = predictions.select_prediction(table, net, card.targets).values
    if card.targets.has_classes:
        highest = values.max(axis=1)
        names = [f"{name}={share:.3f}" for name, share in zip(table[net], highest, strict=True)]
        scores = 1000 * highest
    else:
        names = [_name_window(card.targets.names, row) for row in values]
        scores = _scale_scores(values[:, 0])
    predicted = np.isfinite(values[:, 0])
    lines = []
    for row, name, score, has_sites in zip(
        table.itertuples(), names, scores, predicted, strict=True
    ):
        label, shade = (name, round(score)) if has_sites else (NO_SITES, 0)
        lines.append(f"{row.contig}\t{row.start}\t{row.end}\t{label}\t{shade}\n")
    with replace_atomically(path) as temporary:
        temporary.write_text("".join(lines), encoding="utf-8")


def _name_window(targets: Sequence[str], values: npt.NDArray[np.float64]) -> str:
    return ";".join(f"{name}={value:.4g}" for name, value in zip(targets, values, strict=True))


def _scale_scores(values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Return values from 0 at the lowest to 1000 at the highest, nan where they are nan."""
    if not np.isfinite(values).any():
        return values
    lowest, highest = np.nanmin(values), np.nanmax(values)
    return 1000 * (values - lowest) / ((highest - lowest) or 1.0)
