"""Models over a genome: a table of windows with every model's predictions."""

import numpy as np
import pandas as pd

from coalflow import encoding, genomes, predictions, statistics
from coalflow.files import replacing

COMPUTED = "computed"
WINDOWS_AT_ONCE = 10_000
NO_SITES = "no_sites"


def scan(contigs, models, step, length=None):
    """Return the table of ``windows.tsv``.

    ``contigs`` are :class:`coalflow.genomes.Contig`, ``models`` a dict of
    :class:`coalflow.models.Model` by name, all trained on windows of the same
    shape; ``step`` and ``length`` are those of :func:`coalflow.genomes.tile`. Columns:
    contig, start and end (as in BED: from 0, end not included), sites, ``computed``
    (the target computed directly on the sites that the models see, where it is a
    statistic), and the columns of each model (:mod:`coalflow.predictions`). Where a
    window has no sites, nothing is predicted: the file may just not cover it.

    Raises CoalflowError where no contig holds a window.
    """
    card = next(iter(models.values())).card
    classes = card["classes"]
    tables = []
    for contig, tiles in _in_parts(genomes.tile(contigs, card["input"]["sites"], step, length)):
        windows = encoding.of_contig(contig, tiles, card["encoding"], card["observation"])
        places = {
            "contig": contig.name,
            "start": tiles.start,
            "end": tiles.end,
            "sites": tiles.count,
        }
        if not classes:
            places[COMPUTED] = statistics.TARGETS[card["target"]](windows)
        predicted = {
            column: values
            for name, model in models.items()
            for column, values in predictions.columns(name, model.predict(windows), classes).items()
        }
        table = pd.DataFrame({**places, **predicted})
        table.loc[table["sites"] == 0, list(predicted)] = np.nan
        tables.append(table)
    return pd.concat(tables, ignore_index=True)


def _in_parts(tiled):
    """Cut the windows of long contigs into parts that fit into memory."""
    for contig, tiles in tiled:
        for start in range(0, len(tiles), WINDOWS_AT_ONCE):
            yield contig, tiles[start : start + WINDOWS_AT_ONCE]


def write_bed(path, table, model, target, classes=None):
    """Write windows as BED with a model's prediction as name and as score.

    The score, by which genome browsers shade, runs from 0 at the lowest to 1000 at
    the highest prediction. With ``classes``, the name is the most probable class with its
    probability, and the score a thousand times that. Windows without sites are named
    ``no_sites`` and have the score 0.
    """
    if classes:
        names = [str(one) for one in table[model]]
        columns = [predictions.probability(model, one) for one in classes]
        values = table[columns].max(axis=1).to_numpy()
        scores = 1000 * values
    else:
        names, values = [target] * len(table), table[model].to_numpy()
        lowest, highest = (
            (np.nanmin(values), np.nanmax(values)) if np.isfinite(values).any() else (0.0, 0.0)
        )
        scores = 1000 * (values - lowest) / ((highest - lowest) or 1.0)
    lines = []
    for row, name, value, score in zip(table.itertuples(), names, values, scores, strict=True):
        label = f"{name}={value:.3f}" if np.isfinite(value) else NO_SITES
        shade = round(score) if np.isfinite(value) else 0
        lines.append(f"{row.contig}\t{row.start}\t{row.end}\t{label}\t{shade}\n")
    with replacing(path) as temporary:
        temporary.write_text("".join(lines))
