"""Models over a genome: a table of windows with every model's prediction."""

import numpy as np
import pandas as pd

from coalflow import encoding, genomes, statistics
from coalflow.files import replacing

COMPUTED = "computed"
WINDOWS_AT_ONCE = 10_000
PLACE_COLUMNS = ("contig", "start", "end", "sites", COMPUTED)


def scan(contigs, models, step):
    """Return the table of ``windows.tsv``.

    ``contigs`` are :class:`coalflow.genomes.Contig`, ``models`` a dict of
    :class:`coalflow.models.Model` by name, all trained on windows of the same
    shape; ``step`` is in sites. Columns: contig, start and end (as in BED: from 0,
    end not included), sites, ``computed`` (the target computed directly on the
    window's sites by tskit), and a column per model.

    Raises CoalflowError where no contig has enough sites for one window.
    """
    card = next(iter(models.values())).card
    sites = card["input"]["sites"]
    tables = []
    for contig, first in _in_parts(genomes.tile(contigs, sites, step)):
        rows = first[:, None] + np.arange(sites)
        matrices = encoding.encode(contig.haplotypes[rows], card["encoding"], card["observation"])
        tables.append(
            pd.DataFrame(
                {
                    "contig": contig.name,
                    "start": contig.positions[first] - 1,
                    "end": contig.positions[first + sites - 1],
                    "sites": sites,
                    COMPUTED: statistics.TARGETS[card["target"]](matrices),
                    **{name: model.predict(matrices) for name, model in models.items()},
                }
            )
        )
    return pd.concat(tables, ignore_index=True)


def _in_parts(tiled):
    """Cut the windows of long contigs into parts that fit into memory."""
    for contig, first in tiled:
        for start in range(0, len(first), WINDOWS_AT_ONCE):
            yield contig, first[start : start + WINDOWS_AT_ONCE]


def write_bed(path, table, model, target):
    """Write windows as BED with a model's prediction as name and as score.

    The score, by which genome browsers shade, runs from 0 at the lowest to 1000 at
    the highest prediction.
    """
    values = table[model].to_numpy()
    spread = np.ptp(values) or 1.0
    scores = np.rint(1000 * (values - values.min()) / spread).astype(int)
    lines = [
        f"{row.contig}\t{row.start}\t{row.end}\t{target}={value:.3f}\t{score}\n"
        for row, value, score in zip(table.itertuples(), values, scores, strict=True)
    ]
    with replacing(path) as temporary:
        temporary.write_text("".join(lines))
