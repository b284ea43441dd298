"""Text in every figure is large enough where the page shows it."""

import pytest
from helpers import failure_figures, figures, interpretation_figures, regions
from helpers.figure_texts import COLUMN, find_smallest_text
from matplotlib.figure import Figure

pytestmark = pytest.mark.filterwarnings("error")

MODULES = figures, regions, failure_figures, interpretation_figures
LARGE = [
    (figures.draw_dataset, {"cells": 12, "targets": 2}),
    (figures.draw_confusion, {"restarts": 5, "classes": 5}),
    (figures.draw_certainty, {"targets": 2, "parameters": 5}),
    (figures.draw_scores_by_cell, {"restarts": 5, "cells": 12, "targets": 2}),
    (figures.draw_restarts, {"restarts": 5}),
    (figures.draw_scan, {"contigs": 40, "nets": 2, "targets": 2}),
    (figures.draw_scan_of_classes, {"contigs": 40, "nets": 3}),
    (interpretation_figures.draw_probes, {"nets": 4}),
    (interpretation_figures.draw_permutations, {"models": 9, "targets": ("a", "b")}),
    (interpretation_figures.draw_saliency, {"targets": tuple("abc")}),
]


def test_text_shrinks_as_the_page_does():
    figure = Figure(figsize=(2 * COLUMN / 96, 3))
    figure.text(0.5, 0.5, "large", fontsize=20)
    assert find_smallest_text(figure) == (10.0, "large")
    figure.text(0.5, 0.5, "small", fontsize=12)
    assert find_smallest_text(figure) == (6.0, "small")


@pytest.mark.parametrize(
    ("draw", "sizes"), [*((draw, {}) for each in MODULES for draw in each.EVERY_FIGURE), *LARGE]
)
def test_text_has_eight_points_where_it_is_shown(draw, sizes):
    size, text = find_smallest_text(draw(**sizes))
    assert size >= 8, text
