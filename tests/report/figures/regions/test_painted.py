"""The picture of painted haplotypes."""

import numpy as np
import pytest

from coalflow.genomes.painting.painted_contigs import PaintedContig
from coalflow.genomes.painting.painted_rows import PaintedRow
from coalflow.report.figures.regions.painted import draw_painted_contig


@pytest.mark.parametrize("number", [2, 10])
def test_all_words_are_in_the_picture_of_a_few_haplotypes(number):
    rows = tuple(
        PaintedRow(index // 2, index % 2 + 1, f"tsk_{index // 2}") for index in range(number)
    )
    probability = np.full((3, number), 0.5, np.float32)
    contig = PaintedContig("1", 1000, np.array([10, 500, 900]), probability, rows)
    figure = draw_painted_contig([contig], "EUR", "Neanderthal")
    figure.canvas.draw()
    for axis in figure.axes:
        for label in (axis.xaxis.label, axis.yaxis.label):
            found = label.get_window_extent()
            assert found.y0 >= 0 and found.y1 <= figure.bbox.y1
