"""Cells that cover a genome are named, and those that do not; one beyond all cells is found."""

import numpy as np
import pandas as pd
import pytest

from coalflow.preflight.coverage.cells import (
    describe_cell_coverage,
    find_shift,
    list_cell_figures,
    measure_cell_coverage,
)

NAMES = ["segregating sites", "Tajima's D", "H12"]
CELLS = np.repeat([f"size={size}" for size in range(5)], 80)


def draw(means, seed, names=NAMES):
    """Return windows whose first statistic has these means."""
    values = np.random.default_rng(seed).normal(size=(len(means), len(names)))
    values[:, 0] += means
    return pd.DataFrame(values, columns=names)


# Cells are three standard deviations apart.
PILOT = draw(3.0 * np.repeat(np.arange(5), 80), 1)


@pytest.mark.parametrize("cell", range(5))
def test_a_genome_like_one_cell_is_covered_by_that_cell(cell):
    coverage = measure_cell_coverage(draw(np.full(200, 3.0 * cell), 2), PILOT, CELLS)
    assert coverage.covering == [f"size={cell}"]
    assert list(coverage.shares)[0] == f"size={cell}"
    label, words = describe_cell_coverage("mine", coverage)
    assert label == "cells like mine"
    assert words.startswith(f"1 of 5 cover 90 % of its windows or more: size={cell}; not size=")
    figures = list_cell_figures("mine", coverage)
    assert {figure.name: figure.value for figure in figures}[f"share covered by size={cell}"] > 0.9


def test_cells_that_cover_nothing_and_cells_that_all_cover():
    far = measure_cell_coverage(draw(np.full(50, 99.0), 3), PILOT, CELLS)
    assert describe_cell_coverage("m", far)[1].startswith("none of 5 covers 90 % of its windows:")
    same = draw(np.zeros(400), 4)
    near = measure_cell_coverage(draw(np.zeros(50), 5), same, CELLS)
    assert describe_cell_coverage("m", near) == ("cells like m", "all 5")


def test_of_many_cells_only_some_are_named():
    cells = np.repeat([f"size={size:02d}" for size in range(20)], 20)
    coverage = measure_cell_coverage(draw(np.full(50, 99.0), 3), PILOT, cells)
    assert "and 16 others" in describe_cell_coverage("m", coverage)[1]


def test_a_genome_like_any_cell_or_between_cells_is_not_shifted():
    for seed, mean in enumerate(np.linspace(0, 12, 60), 10):
        assert find_shift("mine", draw(np.full(80, mean), seed), PILOT, CELLS, ()) == []


@pytest.mark.parametrize(
    ("mean", "side", "nearest", "fix"),
    [(13.5, "above", "size=4", "more diversity"), (-1.5, "below", "size=0", "less diversity")],
)
def test_a_genome_that_the_tails_of_one_cell_cover_is_shifted(mean, side, nearest, fix):
    (finding,) = find_shift("mine", draw(np.full(80, mean), 6), PILOT, CELLS, ())
    assert f"its windows are {side} those of every cell in segregating sites" in finding.finding
    assert f"in the nearest cell, {nearest}" in finding.finding
    assert fix in finding.fix


def test_cells_with_a_sweep_are_no_bound():
    """Only a sweep has so few sites; a genome as a whole has had none."""
    genome = draw(np.full(80, 1.5), 7)
    assert find_shift("mine", genome, PILOT, CELLS, ()) == []
    (finding,) = find_shift("mine", genome, PILOT, CELLS, ["size=0"])
    assert "in the nearest cell, size=1" in finding.finding
    assert find_shift("mine", genome, PILOT, CELLS, [f"size={cell}" for cell in range(4)]) == []
