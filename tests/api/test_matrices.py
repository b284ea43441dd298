"""Matrices become the tensors that the same windows become in a run."""

import numpy as np
import pytest
from helpers.data import make_config, prepare_split, simulate_shards
from helpers.models import make_view

from coalflow.api.matrices import encode_matrices, read_matrix, split_matrices
from coalflow.api.runs import load_sites
from coalflow.core.errors import CoalflowError
from coalflow.dataset import loading, splits
from coalflow.evaluation.cards import SimulatedWindows

LIMITS = SimulatedWindows(p=0.01, gap=1.0, sites=0, reach=0.0, missing=1.0)
BASES = 100_000
# (observation, encoding)
SEEN = [
    ({}, {}),
    ({"polarised": True}, {"stretch": "first"}),
    ({"phased": False}, {"stretch": "random", "seed": 3}),
    ({"missing": 0.1, "genotype_error": 0.01}, {"pad": True, "length": BASES}),
    ({"missing": 0.1, "complete": True}, {"order": "frequency"}),
    ({"minimum_allele_count": 2}, {"pad": True, "length": BASES // 3, "stretch": "random"}),
    ({"individuals": {"all": 2}}, {"pad": True, "length": BASES // 2, "order": "sampled"}),
]


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("shards")
    config = make_config(sites=6)
    simulate_shards(folder, config)
    return folder, config


@pytest.mark.parametrize(("observation", "encoding"), SEEN)
def test_windows_of_a_run_are_encoded_alike_from_their_matrices(run, observation, encoding):
    folder, config = run
    settings, view = prepare_split(config, **observation)
    view = view.model_copy(
        update={"encoding": view.encoding.model_copy(update={"seed": 1, **encoding})}
    )
    settings = settings.model_copy(
        update={"view": settings.view.model_copy(update={"encoding": view.encoding})}
    )
    table = splits.make_split_table(folder, settings, view)
    table = table[table["split"] != "excluded"].reset_index(drop=True)
    expected = loading.load_windows(table, folder, view)
    haplotypes, positions = load_sites(table, folder, view)
    matrices = [
        read_matrix(*pair, view, "a window") for pair in zip(haplotypes, positions, strict=True)
    ]
    names = list(map(str, table["seed"]))
    batch, described = encode_matrices(matrices, names, view, view.samples, LIMITS)
    assert batch.predictable.all()
    assert len(table) > 20
    for mine, theirs in zip(batch.encoded.arrays, expected.arrays, strict=True):
        np.testing.assert_array_equal(mine, theirs)
    assert (described["flags"] != "trimmed").all() or encoding.get("pad")


def test_windows_with_too_few_sites_are_not_predictable():
    view = make_view()
    matrices = [
        read_matrix(np.eye(6)[:, :sites], np.arange(sites), view, "it") for sites in (5, 6, 0)
    ]
    view = view.model_copy(update={"encoding": view.encoding.model_copy(update={"sites": 6})})
    batch, described = encode_matrices(matrices, ["0", "1", "2"], view, view.samples, LIMITS)
    assert batch.predictable.tolist() == [False, True, False]
    assert described["sites"].tolist() == [5, 6, 0]
    assert described["length"].tolist() == [4, 5, 0]


def test_sites_that_do_not_vary_or_are_incomplete_are_left_out():
    alleles = [[1, 0, 1, -1], [1, 0, 0, 0], [1, 0, 0, 1], [1, 0, 0, 1]]
    matrix = read_matrix(alleles, [3, 4, 5, 6], make_view(), "it")
    assert matrix.positions.tolist() == [5]
    assert matrix.alleles.tolist() == [[1, 0, 0, 0]]


@pytest.mark.parametrize(
    ("alleles", "positions", "message"),
    [
        ([0, 1, 1], None, "it has 1 dimensions: give a matrix of haplotypes and sites"),
        ([[0, 2], [1, 0]], None, "it has other values than 0, 1, and -1"),
        ([[0, 1], [1, 0]], [1], r"it has 2 sites and positions of shape \(1,\)"),
        ([[0, 1], [1, 0]], [2, 1], "its positions must be numbers that ascend"),
        ([[0, 1], [1, 0]], [2, np.nan], "its positions must be numbers that ascend"),
        ([[0, 1], [1, 0]], [2, 2], "all its sites have the same position"),
    ],
)
def test_what_is_no_matrix_is_refused(alleles, positions, message):
    with pytest.raises(CoalflowError, match=message):
        read_matrix(alleles, positions, make_view(), "it")


def test_positions_outside_a_padded_window_are_refused():
    view = make_view()
    changed = {"pad": True, "length": 1000}
    view = view.model_copy(update={"encoding": view.encoding.model_copy(update=changed)})
    with pytest.raises(CoalflowError, match="from 5 to 1,001: the model reads windows of 1,000"):
        read_matrix([[0, 1], [1, 0]], [5, 1001], view, "it")


def test_large_matrices_are_encoded_apart(monkeypatch):
    monkeypatch.setattr("coalflow.api.matrices.ALLELES_AT_ONCE", 10)
    view = make_view()
    matrices = [read_matrix(np.eye(6)[:, :size], None, view, "it") for size in (1, 1, 6, 1)]
    parts = list(split_matrices(matrices))
    assert parts == [slice(0, 1), slice(1, 2), slice(2, 3), slice(3, 4)]
