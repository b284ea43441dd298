"""Models over a genome: a table of windows with every model's predictions."""

import numpy as np
import pandas as pd

from coalflow.core.files import replace_atomically
from coalflow.evaluation import predictions
from coalflow.genomes import reading
from coalflow.models import ensembles
from coalflow.statistics import features, site_statistics
from coalflow.windows import encoding, shards

COMPUTED = "computed"
WINDOWS_AT_ONCE = 10_000
NO_SITES = "no_sites"


def scan_contigs(contigs, trained, step, length=None):
    """Return the table of ``windows.tsv``.

    ``contigs`` are :class:`coalflow.genomes.reading.Contig`, ``trained`` a dict
    of models by name (:func:`coalflow.models.ensembles.add_ensembles`), all of windows of the same
    shape; ``step`` and ``length`` are those of :func:`coalflow.genomes.reading.tile_contigs`. Columns:
    contig, start and end (as in BED: from 0, end not included), sites,
    ``computed:<target>`` (the target computed directly on the sites that the models see,
    where it is a statistic of sites), and the columns of each model, with
    its intervals where it tells them (:mod:`coalflow.evaluation.predictions`). Where a window has no sites,
    nothing is predicted: the file may just not cover it.

    Raises CoalflowError where no contig holds a window.
    """
    card = next(iter(trained.values())).card
    populations = shards.slice_populations(card["samples"], card["ploidy"])
    tables = []
    for contig, tiles in _in_parts(
        reading.tile_contigs(contigs, card["encoding"]["sites"], step, length)
    ):
        windows = encoding.encode_contig(contig, tiles, card["encoding"], card["observation"])
        places = {
            "contig": contig.name,
            "start": tiles.start,
            "end": tiles.end,
            "sites": tiles.count,
        }
        computed = site_statistics.compute_site_statistics(
            _as_they_are(contig, tiles, card), card["target"], populations
        )
        summarised = _summarised(windows, trained)
        predicted = {
            column: values
            for name, of_model in ensembles.predict_all(trained, windows, summarised).items()
            for column, values in predictions.columns(name, of_model, card).items()
        }
        for name, interval in ensembles.predict_intervals(trained, windows).items():
            predicted |= predictions.columns_of_interval(name, interval, card)
        computed = {predictions.column(COMPUTED, name): one for name, one in computed.items()}
        table = pd.DataFrame({**places, **computed, **predicted})
        table.loc[table["sites"] == 0, list(predicted)] = np.nan
        tables.append(table)
    return pd.concat(tables, ignore_index=True)


def _as_they_are(contig, tiles, card):
    """Return the windows with haplotypes in the file's order, population by population."""
    as_sampled = {**card["encoding"], "order": "sampled"}
    return encoding.encode_contig(contig, tiles, as_sampled, card["observation"])


def _summarised(windows, trained):
    """Return the statistics of windows that the baselines read, all of the same run, or None."""
    cards = [model.card for model in trained.values() if model.card["kind"] == "baseline"]
    return features.summarise_windows(windows, cards[0]["input"], cards[0]) if cards else None


def _in_parts(tiled):
    """Cut the windows of long contigs into parts that fit into memory."""
    for contig, tiles in tiled:
        for start in range(0, len(tiles), WINDOWS_AT_ONCE):
            yield contig, tiles[start : start + WINDOWS_AT_ONCE]


def write_bed(path, table, model, asked):
    """Write windows as BED with a model's predictions as name and as score.

    ``asked`` is the model's card. The name has all targets. The score, by which genome
    browsers shade, is of the first: it runs from 0 at the lowest to 1000 at the highest
    prediction. With classes, the name is the most probable class with its probability, and
    the score a thousand times that. Windows without sites are named ``no_sites`` and have
    the score 0.
    """
    values = predictions.of_model(table, model, asked)
    if asked["classes"]:
        names = table[model].astype(str) + np.char.mod("=%.3f", values.max(axis=1))
        scores = 1000 * values.max(axis=1)
    else:
        names = [_in_words(asked["target"], row) for row in values]
        scores = _shades(values[:, 0])
    seen = np.isfinite(values[:, 0])
    lines = []
    for row, name, score, has_sites in zip(table.itertuples(), names, scores, seen, strict=True):
        label, shade = (name, round(score)) if has_sites else (NO_SITES, 0)
        lines.append(f"{row.contig}\t{row.start}\t{row.end}\t{label}\t{shade}\n")
    with replace_atomically(path) as temporary:
        temporary.write_text("".join(lines))


def _in_words(names, values):
    return ";".join(f"{name}={value:.4g}" for name, value in zip(names, values, strict=True))


def _shades(values):
    """Return values from 0 at the lowest to 1000 at the highest, nan where they are nan."""
    if not np.isfinite(values).any():
        return values
    lowest, highest = np.nanmin(values), np.nanmax(values)
    return 1000 * (values - lowest) / ((highest - lowest) or 1.0)
