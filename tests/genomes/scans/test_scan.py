"""Every model along a genome."""

import allel
import numpy as np
import pandas as pd
import pytest
from helpers.cards import make_card
from helpers.data import make_observation, make_predictands
from helpers.models import (
    HAPLOTYPES,
    SITES,
    replicates_of,
    save_fitted_baseline,
    save_untrained_net,
    varied_matrices,
)
from helpers.scans import ContigInMemory, make_contig, pad_windows, plan_batches, predict_copies

from coalflow.evaluation import predictions
from coalflow.evaluation.predictions import MEASURED
from coalflow.genomes.scans.scan import scan_batches
from coalflow.genomes.scans.scanners import Scanner
from coalflow.genomes.windows.window_flags import Accessibility
from coalflow.models.ensembles import add_ensembles
from coalflow.models.storage.loading import load_models
from coalflow.models.storage.model import Model
from coalflow.windows.encoding import encode_contig

DESCRIPTION = ["contig", "start", "end", "length", "sites", "accessible", "missing", "flags"]
CLASSICAL = (
    "diversity",
    "watterson_theta",
    "tajimas_d",
    "fay_wu_h",
    "h1",
    "h12",
    "h2_h1",
)
FOLDERS = ("net/0", "net/1", "mean", "ridge", "gradient_boosting")


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """One model of each kind, as a scan finds them on disk."""
    folder = tmp_path_factory.mktemp("models")
    train, validation = (
        replicates_of(varied_matrices(number, seed=number), "tajimas_d") for number in (200, 60)
    )
    for name in FOLDERS:
        net, _, restart = name.partition("/")
        if restart:
            save_untrained_net(folder / name, train, int(restart), "tajimas_d", loss="gaussian")
        else:
            save_fitted_baseline(folder / net, net, train, validation, "tajimas_d")
    return add_ensembles(load_models(folder, FOLDERS))


@pytest.fixture(scope="module")
def trained_on_classes(train_classes, validation_classes, tmp_path_factory):
    """Models of classes, whose cards say that windows are padded."""
    folder = tmp_path_factory.mktemp("models_of_classes")
    save_untrained_net(folder / "net", train_classes, target="history")
    save_fitted_baseline(folder / "mean", "mean", train_classes, validation_classes, "history")
    pad_windows(folder, 400)
    return {model.name: model for model in load_models(folder, ["net", "mean"])}


def scan(contigs, models, step, size=None, draws=1, parts=1, **options):
    """Return the table of a scan by some jobs."""
    encoding = next(iter(models.values())).card.view.encoding
    batches = plan_batches(contigs, step, encoding, size, **options)
    accessibility = Accessibility.measure_file(batches.options.mask, contigs)
    tables = [
        table
        for part in range(parts)
        for table in scan_batches(batches, Scanner(models), draws, part, parts, accessibility)
        if len(table)
    ]
    return pd.concat(tables, ignore_index=True)


# What is in the columns -------------------------------------------------------------------------


def test_table_describes_windows_and_has_the_columns_of_each_model(trained):
    table = scan([make_contig("chr1", 30)], trained, 4)
    net = "flagel_tajimas_d"
    of_nets = [
        f"{name}:tajimas_d{end}"
        for name in (net, f"{net}/0", f"{net}/1")
        for end in ("", ":low", ":high", ":spread")
        if end != ":spread" or name == net
    ]
    of_baselines = [f"{name}:tajimas_d" for name in FOLDERS[2:]]
    assert [name for name in table if not name.startswith(f"{MEASURED}:")] == [
        *DESCRIPTION,
        *(f"statistic:{name}" for name in CLASSICAL),
        "computed:tajimas_d",
        *of_nets,
        *of_baselines,
    ]
    restarts = table[[f"{net}/{restart}:tajimas_d" for restart in range(2)]]
    np.testing.assert_allclose(table[f"{net}:tajimas_d"], restarts.mean(axis=1))
    np.testing.assert_allclose(table[f"{net}:tajimas_d:spread"], restarts.std(axis=1))


def test_computed_is_the_tajimas_d_of_scikit_allel(trained):
    contig = make_contig("chr1", 59, seed=5)
    table = scan([contig], trained, 3)
    for start, computed in zip(table["start"], table["computed:tajimas_d"], strict=True):
        first = np.searchsorted(contig.positions, start + 1)
        alleles = contig.haplotypes[first : first + SITES]
        counts = allel.HaplotypeArray(alleles).count_alleles(max_allele=1)
        assert computed == pytest.approx(allel.tajima_d(counts), rel=1e-10)


def test_statistics_are_those_of_windows_in_another_order(trained):
    """Of populations, too: haplotypes are ordered within each."""
    (model,) = (model for name, model in trained.items() if name == "mean")
    tables = []
    for order in ("sampled", "similarity"):
        encoding = model.card.view.encoding.model_copy(update={"order": order})
        view = model.card.view.model_copy(update={"encoding": encoding})
        changed = Model(model.card.model_copy(update={"view": view}), predict_copies)
        tables.append(scan([make_contig("chr1", 40)], {"mean": changed}, 5))
    pd.testing.assert_frame_equal(*tables)


def test_predictions_are_those_of_each_window_alone(trained):
    contigs = [make_contig("chr2", 30, seed=5), make_contig("chr1", 20, seed=6)]
    table = scan(contigs, trained, 3)
    view = trained["ridge"].card.view
    (pieces,) = [plan_batches(contigs, 3, view.encoding).lay(0)]
    windows = [(contig, laid[[row]]) for contig, laid in pieces for row in range(len(laid))]
    assert len(windows) == len(table)
    for (contig, window), row in zip(windows, table.to_dict("records"), strict=True):
        whole = contig.read_sites(0, contig.sites)
        encoded = encode_contig(whole, window, view.encoding, view.observation)
        for name, model in trained.items():
            expected = model.predict(encoded).values[0, 0]
            assert row[f"{name}:tajimas_d"] == pytest.approx(expected, abs=1e-5)


def test_windows_are_encoded_as_the_card_says(trained):
    card, given = trained["ridge"].card, []
    similar = card.view.encoding.model_copy(update={"order": "similarity"})
    view = card.view.model_copy(update={"encoding": similar, "observation": make_observation()})

    def predict(windows):
        given.append(windows)
        return predict_copies(windows)

    contig = make_contig("chr1", 32, seed=6)
    scan([contig], {"m": Model(card.model_copy(update={"view": view}), predict)}, SITES)
    (windows,) = given
    pieces = plan_batches([contig], SITES, similar).lay(0)
    whole = contig.read_sites(0, 32)
    expected = encode_contig(whole, pieces[0][1], similar, make_observation())
    np.testing.assert_array_equal(windows.haplotypes, expected.haplotypes)
    alleles = contig.haplotypes.reshape(-1, SITES, HAPLOTYPES)
    assert not np.array_equal(windows.haplotypes, alleles)


# Windows that nothing is predicted of ------------------------------------------------------------


def test_windows_with_few_sites_are_there_without_prediction(trained):
    contigs = [make_contig("chr1", SITES - 1, 1), make_contig("chr2", 20, 2), make_contig("e", 0)]
    table = scan(contigs, trained, 4)
    assert list(dict.fromkeys(table["contig"])) == ["chr1", "chr2", "e"]
    predicted = table[[column for column in table if ":" in column]]
    is_long = (table["contig"] == "chr2").to_numpy()
    assert predicted[is_long].notna().all(axis=None)
    assert predicted[~is_long].isna().all(axis=None)
    assert table["sites"][~is_long].tolist() == [SITES - 1, 0]


def test_a_batch_without_prediction_has_all_columns(trained, trained_on_classes):
    for models, step in ((trained, SITES), (trained_on_classes, 400)):
        long, short = make_contig("long", 12, 1), make_contig("short", 0, 2)
        columns = list(scan([long], models, step))
        table = scan([short, long], models, step, size=1)
        assert list(table) == columns
        assert table.iloc[0, len(DESCRIPTION) :].isna().all()
        assert table.iloc[1, len(DESCRIPTION) :].notna().all()


def test_classes_along_a_genome(trained_on_classes):
    generator = np.random.default_rng(8)
    left = np.sort(generator.choice(np.arange(2, 400), size=12, replace=False))
    positions = np.concatenate([[1], left, [1500, 1510, 2000]])
    alleles = varied_matrices(1, 8, len(positions))[0]
    table = scan([ContigInMemory(positions, 2000, "1", None, alleles)], trained_on_classes, 200)
    assert not [column for column in table if column.startswith(predictions.COMPUTED)]
    assert table["start"].tolist() == list(range(0, 1601, 200))
    blank = table["sites"] == 0
    assert 0 < blank.sum() < len(table)
    targets = next(iter(trained_on_classes.values())).card.targets
    for name in trained_on_classes:
        chances = predictions.select_prediction(table, name, targets).values
        assert np.isnan(chances[blank]).all()
        assert table.loc[blank, name].isna().all()
        np.testing.assert_allclose(chances[~blank].sum(axis=1), 1)
        most = np.array(targets.classes)[chances[~blank].argmax(axis=1)]
        assert table.loc[~blank, name].tolist() == most.tolist()


# Jobs, contigs and draws -------------------------------------------------------------------------


def test_the_number_of_jobs_changes_no_bit(trained):
    contigs = [make_contig(str(seed), sites, seed) for seed, sites in enumerate([60, 9, 0, 33, 8])]
    alone = scan(contigs, trained, 2, size=7)
    for parts in (3, 7, 30):
        pd.testing.assert_frame_equal(
            scan(contigs, trained, 2, size=7, parts=parts), alone, check_exact=True
        )


def test_thousands_of_scaffolds_are_one_batch():
    calls = []

    def predict(windows):
        calls.append(len(windows))
        return predict_copies(windows)

    card = make_card("net", "net", make_predictands("size"))
    contigs = [make_contig(f"scaffold_{seed}", 10, seed % 50) for seed in range(5000)]
    table = scan(contigs, {"net": Model(card, predict)}, SITES)
    assert calls == [len(table)] == [10_000]
    assert table["contig"].nunique() == 5000


def test_a_part_without_a_batch_has_a_table_without_rows(trained):
    encoding = trained["mean"].card.view.encoding
    batches = plan_batches([make_contig("1", 20)], 4, encoding)
    (table,) = scan_batches(batches, Scanner(trained), part=0, parts=2)
    (whole,) = scan_batches(batches, Scanner(trained), part=1, parts=2)
    assert len(table) == 0 < len(whole)
    assert list(table) == list(whole)


def test_several_draws_are_averaged():
    """Sites that do not vary in a draw are not among those of its windows."""
    positions, length = np.arange(1, 401, 10), 400
    draws = [varied_matrices(1, seed, len(positions))[0] for seed in (1, 2)]
    draws[1][3] = 0
    draws[1][20:] = 1  # in the last windows nothing varies
    card = make_card("net", "net", make_predictands("size"))
    encoding = card.view.encoding.model_copy(update={"pad": True, "length": 80})
    card = card.model_copy(update={"view": card.view.model_copy(update={"encoding": encoding})})
    models = {"net": Model(card, predict_copies)}
    table = scan([ContigInMemory(positions, length, "1", None, draws)], models, 80, draws=2)
    alone = [
        scan([ContigInMemory(positions, length, "1", None, draw)], models, 80) for draw in draws
    ]
    both = np.stack([each["net:size"] for each in alone])
    is_known = table["start"] < 200
    np.testing.assert_allclose(table["net:size"][is_known], both.mean(axis=0)[is_known])
    spread = both.std(axis=0, ddof=1)[is_known]
    np.testing.assert_allclose(table["net:size:spread"][is_known], spread)
    assert table["net:size"][~is_known].isna().all()
    assert table["sites"].tolist() == [8, 8, 6, 4, 4]
