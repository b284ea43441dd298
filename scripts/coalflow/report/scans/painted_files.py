"""The files of a genome that is painted: segments, the ancestry of haplotypes, a picture."""

import pathlib

from coalflow.core.files import format_table, replace_atomically, write_table
from coalflow.genomes.painting.painted_genome import PaintedGenome
from coalflow.report.figures.drawing import save_figure
from coalflow.report.figures.regions.painted import draw_painted_contig


def write_painted(painted: PaintedGenome, folder: pathlib.Path) -> None:
    """Write ``ancestry.bed``, ``ancestry.tsv`` and ``ancestry.png``.

    Parameters
    ----------
    painted : PaintedGenome
    folder : Path

    Raises
    ------
    CoalflowError
        If the disk is full, or cannot be written.
    """
    with replace_atomically(folder / "ancestry.bed") as temporary:
        temporary.write_bytes(format_table(painted.segments, header=False))
    write_table(folder / "ancestry.tsv", painted.table)
    figure = draw_painted_contig(painted.shown, painted.of, painted.source)
    save_figure(figure, folder / "ancestry.png")
