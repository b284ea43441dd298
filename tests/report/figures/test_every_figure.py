"""What all figures have in common: they are drawn at any size, and are the same bytes."""

import os
import pathlib
import subprocess
import sys

import pytest
from helpers import failure_figures, failures, figures, interpretation_figures, regions

pytestmark = pytest.mark.filterwarnings("error")

TESTS = pathlib.Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("draw", "sizes"),
    [
        (figures.draw_dataset, {"cells": 1}),
        (figures.draw_dataset, {"cells": 12}),
        (figures.draw_dataset, {"targets": 2}),
        (figures.draw_dataset_of_classes, {"classes": 2}),
        (figures.draw_histories, {"populations": 3}),
        (figures.draw_histories, {"populations": 2, "draws": 3}),
        (figures.draw_histories, {"draws": 3}),
        (figures.draw_predictions, {"restarts": 1, "baselines": 0, "cells": 1}),
        (figures.draw_predictions, {"restarts": 1, "baselines": 1}),
        (figures.draw_predictions, {"restarts": 5, "baselines": 3}),
        (figures.draw_predictions, {"targets": 2}),
        (figures.draw_predictions, {"restarts": 1, "baselines": 0, "targets": 2}),
        (figures.draw_scores_by_cell, {"restarts": 1, "baselines": 0, "cells": 1}),
        (figures.draw_scores_by_cell, {"restarts": 1, "baselines": 1, "cells": 12}),
        (figures.draw_scores_by_cell, {"restarts": 12, "baselines": 3}),
        (figures.draw_scores_by_cell, {"targets": 2}),
        (figures.draw_accuracy_by_cell, {"restarts": 1, "cells": 1}),
        (figures.draw_confusion, {"restarts": 1, "classes": 2}),
        (figures.draw_confusion, {"restarts": 5}),
        (figures.draw_calibration, {"restarts": 1, "baselines": 1}),
        (figures.draw_certainty, {"restarts": 1, "baselines": 1, "parameters": 0}),
        (figures.draw_certainty, {"targets": 2, "parameters": 5}),
        (figures.draw_loss_by_epoch, {"restarts": 1, "epochs": 1}),
        (figures.draw_loss_by_epoch, {"restarts": 1, "epochs": 2}),
        (figures.draw_loss_by_epoch, {"restarts": 6, "epochs": 100}),
        (figures.draw_loss_by_epoch, {"targets": 2}),
        (figures.draw_search, {"best": 0}),
        (figures.draw_activations, {"layers": 1}),
        (figures.draw_activations, {"sites": 4, "haplotypes": 2}),
        (figures.draw_activations_of_many_layers, {"padding": 0}),
        (figures.draw_activations_of_many_layers, {"padding": 40}),
        (figures.draw_restarts, {"restarts": 5}),
        (figures.draw_restarts, {"windows": 2}),
        (figures.draw_restarts, {"targets": 2}),
        (figures.draw_restarts_of_classes, {"windows": 1}),
        (figures.draw_scan, {"contigs": 1, "windows": 1}),
        (figures.draw_scan, {"contigs": 1, "windows": 500, "nets": 3}),
        (figures.draw_scan, {"contigs": 40}),
        (figures.draw_scan, {"contigs": 2000, "windows": 1}),
        (figures.draw_scan, {"contigs": 3, "windows": 2000, "nets": 2, "targets": 2}),
        (figures.draw_scan, {"computed": False}),
        (figures.draw_scan, {"targets": 2}),
        (figures.draw_scan, {"contigs": 10, "nets": 2, "targets": 2}),
        (figures.draw_scan_of_classes, {"contigs": 1, "windows": 1, "nets": 1, "without_sites": 0}),
        (figures.draw_scan_of_classes, {"contigs": 1, "windows": 4, "without_sites": 4}),
        (figures.draw_scan_of_classes, {"contigs": 40, "nets": 3}),
        (figures.draw_scan_of_classes, {"windows": 2000, "classes": ("a", "b")}),
        (regions.draw_region_of_classes, {"models": 1, "genes": 0, "region": None, "peak": None}),
        (regions.draw_region_of_classes, {"score": None, "bands": None, "genes": 80}),
        (regions.draw_region_of_classes, {"windows": 0, "haplotypes": None}),
        (regions.draw_region_of_classes, {"windows": 1}),
        (regions.draw_region_of_numbers, {"windows": 200}),
        (failure_figures.draw_errors_of_numbers, {"windows": 3, "models": failures.ALONE}),
        (failure_figures.draw_errors_of_classes, {"windows": 2}),
        (failure_figures.draw_errors_of_classes, {"windows": 300}),
        (failure_figures.draw_window_power, {"windows": 3}),
        (failure_figures.draw_window_power, {"validation": 3}),
        (failure_figures.draw_curves, {"windows": 1}),
        (failure_figures.draw_confusing_of_classes, {"windows": 1, "classes": 2}),
        (failure_figures.draw_confusing_of_numbers, {"windows": 1}),
        (failure_figures.draw_hold_out, {"windows": 20}),
        (failure_figures.draw_hold_out, {"names": False}),
        (interpretation_figures.draw_probes, {"nets": 4, "statistics": ("pi",)}),
        (interpretation_figures.draw_permutations, {"models": 1}),
        (interpretation_figures.draw_permutations, {"models": 9, "targets": ("a", "b")}),
        (interpretation_figures.draw_saliency, {"targets": tuple("abc")}),
    ],
)
def test_figures_of_any_size_are_drawn_without_warnings(draw, sizes):
    draw(**sizes).draw_without_rendering()


SAVE_ALL = """
import pathlib, sys
from coalflow.evaluation import bootstrap
from coalflow.report.figures.drawing import save_figure
from helpers import failure_figures, figures, interpretation_figures, regions
bootstrap.BOOTSTRAPS = 50
junk = [object() for _ in range(int(sys.argv[2]))]
modules = figures, regions, failure_figures, interpretation_figures
for draw in [draw for module in modules for draw in module.EVERY_FIGURE]:
    save_figure(draw(), pathlib.Path(sys.argv[1], f"{draw.__name__}.png"))
"""


def save_all_elsewhere(folder, hash_seed):
    """Draw and save every figure in a process of its own, where objects lie elsewhere in memory."""
    paths = os.pathsep.join([str(TESTS), str(TESTS.parent / "scripts")])
    environment = {**os.environ, "PYTHONPATH": paths, "PYTHONHASHSEED": str(hash_seed)}
    command = [sys.executable, "-c", SAVE_ALL, str(folder), str(hash_seed * 10_001)]
    subprocess.run(command, env=environment, check=True, timeout=300)
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def test_figures_saved_twice_are_the_same_bytes(tmp_path):
    first, second = (save_all_elsewhere(tmp_path / str(seed), seed) for seed in (1, 2))
    modules = figures, regions, failure_figures, interpretation_figures
    every = [draw for module in modules for draw in module.EVERY_FIGURE]
    assert len(first) == 2 * len(every)
    assert first.keys() == second.keys()
    assert [name for name in first if first[name] != second[name]] == []
