import allel
import numpy as np
import pandas as pd
import pytest
from helpers.cards import make_card
from helpers.data import make_observation, make_predictands, make_samples
from helpers.genomes import make_options
from helpers.models import (
    HAPLOTYPES,
    SITES,
    replicates_of,
    save_fitted_baseline,
    save_untrained_net,
    varied_matrices,
    windows_of,
)
from helpers.windows import make_windows

from coalflow.core.errors import CoalflowError
from coalflow.core.files import read_json, write_json
from coalflow.evaluation import predictions
from coalflow.evaluation.predictions import Prediction
from coalflow.genomes import scan
from coalflow.genomes.contigs import Contig
from coalflow.models.storage.loading import load_model
from coalflow.models.storage.model import Model
from coalflow.windows import encoding

WINDOWS = ["contig", "start", "end", "sites"]
BASELINES = ("mean", "ridge", "gradient_boosting")


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """One model of each kind, as a scan finds them on disk."""
    folder = tmp_path_factory.mktemp("models")
    train, validation = (
        replicates_of(varied_matrices(number, seed=number), "tajimas_d") for number in (200, 60)
    )
    save_untrained_net(folder / "net", train, target="tajimas_d")
    for name in BASELINES:
        save_fitted_baseline(folder / name, name, train, validation, "tajimas_d")
    loaded = [load_model(folder / name) for name in ("net", *BASELINES)]
    return {model.name: model for model in loaded}


def contig(name, sites, seed=0, haplotypes=HAPLOTYPES):
    """Return a contig with sites at irregular places, 1-based, all of them varying."""
    generator = np.random.default_rng(seed)
    positions = np.cumsum(generator.integers(1, 500, size=sites))
    alleles = varied_matrices(1, seed, sites, haplotypes)[0]
    return Contig(name, positions, alleles, None, make_samples(haplotypes, ploidy=1))


def scan_every(step, contigs, models, length=None):
    """Scan with a step from the start of one window to the start of the next."""
    return scan.scan_contigs(contigs, models, make_options(step=step, length=length))


def first_sites(sites, step):
    """Return where windows start, counted one by one."""
    starts = []
    while (starts[-1] + step if starts else 0) + SITES <= sites:
        starts.append(starts[-1] + step if starts else 0)
    return starts


# Windows -------------------------------------------------------------------------------------


def test_window_goes_from_its_first_site_to_its_last_as_in_bed(trained):
    """A site at position p of a VCF is the base [p - 1, p) of a BED file."""
    one = contig("chr1", SITES)
    (row,) = scan_every(1, [one], trained).to_dict("records")
    assert (row["contig"], row["sites"]) == ("chr1", SITES)
    assert (row["start"], row["end"]) == (one.positions[0] - 1, one.positions[-1])


@pytest.mark.parametrize("step", [1, 3, SITES // 2, SITES, SITES + 5])
@pytest.mark.parametrize("sites", [SITES, SITES + 1, 3 * SITES - 1, 3 * SITES, 50])
def test_windows_start_every_step_and_the_last_sites_are_dropped(sites, step, trained):
    one = contig("chr1", sites)
    table = scan_every(step, [one], trained)
    starts = first_sites(sites, step)
    assert list(table["start"]) == [one.positions[first] - 1 for first in starts]
    assert list(table["end"]) == [one.positions[first + SITES - 1] for first in starts]


def test_windows_overlap_when_the_step_is_shorter_than_a_window(trained):
    def overlaps(step):
        table = scan_every(step, [contig("chr1", 60)], trained)
        return table["start"].to_numpy()[1:] < table["end"].to_numpy()[:-1]

    assert overlaps(SITES // 2).all()
    assert not overlaps(SITES).any()


def test_contigs_keep_their_order_and_short_ones_are_left_out(trained):
    contigs = [
        contig("chr2", 20, seed=1),
        contig("scaffold_9", SITES - 1, seed=2),
        contig("chr10", SITES, seed=3),
        contig("empty", 0),
        contig("chr1", 12, seed=4),
    ]
    table = scan_every(4, contigs, trained)
    assert list(table["contig"]) == ["chr2"] * 4 + ["chr10"] + ["chr1"] * 2
    assert list(table.index) == list(range(7))


def test_windows_do_not_reach_over_the_end_of_a_contig(trained):
    left, right = contig("left", 12, seed=1), contig("right", 12, seed=2)
    together = scan_every(1, [left, right], trained)
    apart = [scan_every(1, [one], trained) for one in (left, right)]
    pd.testing.assert_frame_equal(together, pd.concat(apart, ignore_index=True))


@pytest.mark.parametrize(
    ("contigs", "most"),
    [
        pytest.param([], 0, id="no contig"),
        pytest.param([contig("chr1", 0)], 0, id="no site"),
        pytest.param([contig("chr1", 3), contig("chr2", SITES - 1)], SITES - 1, id="few sites"),
    ],
)
def test_genome_without_a_window_is_refused(contigs, most, trained):
    with pytest.raises(CoalflowError, match=f"reads {SITES} sites.* has {most}\\b"):
        scan_every(1, contigs, trained)


# What is in the columns -------------------------------------------------------------------------


def test_table_has_windows_the_computed_target_and_a_column_per_model(trained):
    table = scan_every(4, [contig("chr1", 30)], trained)
    predicted = [f"{name}:tajimas_d" for name in trained]
    assert list(table.columns) == [*WINDOWS, "computed:tajimas_d", *predicted]
    assert list(trained) == ["flagel_tajimas_d/0", *BASELINES]


def test_computed_is_the_tajimas_d_of_scikit_allel(trained):
    one = contig("chr1", 60, seed=5)
    computed = scan_every(3, [one], trained)["computed:tajimas_d"]
    expected = []
    for first in first_sites(60, 3):
        alleles = one.haplotypes[first : first + SITES]
        counts = allel.HaplotypeArray(alleles).count_alleles(max_allele=1)
        expected.append(allel.tajima_d(counts))
    np.testing.assert_allclose(computed, expected, rtol=1e-10, atol=1e-12)


def test_predictions_are_those_of_each_window_alone(trained):
    one = contig("chr1", 60, seed=5)
    table = scan_every(3, [one], trained)
    for row, first in enumerate(first_sites(60, 3)):
        bounds = make_windows(first, SITES, 0, 1)
        view = trained["ridge"].card.view
        window = encoding.encode_contig(one, bounds, view.encoding, view.observation)
        for name, model in trained.items():
            predicted = table[f"{name}:tajimas_d"][row]
            assert predicted == pytest.approx(model.predict(window).values[0, 0], abs=1e-5)


def test_windows_are_encoded_as_the_card_says(trained):
    card = trained["ridge"].card
    similar = card.view.encoding.model_copy(update={"order": "similarity"})
    changes = {"encoding": similar, "observation": make_observation()}
    view = card.view.model_copy(update=changes)
    given = []
    folded = Model(
        card.model_copy(update={"view": view}),
        lambda windows: given.append(windows) or Prediction(np.zeros((len(windows), 1))),
    )
    one = contig("chr1", 30, seed=6)
    scan_every(SITES, [one], {"folded": folded})
    (encoded,) = given
    windows = np.stack([one.haplotypes[first : first + SITES] for first in first_sites(30, SITES)])
    plain = windows_of(windows)
    expected = encoding.encode_windows(
        windows, None, plain.positions, plain.mask, one.samples, similar, make_observation()
    )
    assert not np.array_equal(encoded.haplotypes, windows)
    assert np.array_equal(encoded.haplotypes, expected.haplotypes)


# BED ------------------------------------------------------------------------------------------


TAJIMAS_D = make_card("ridge", "baseline", make_predictands("tajimas_d"))
DIVERSITY = make_card("model", "baseline", make_predictands("diversity"))


def lines_of_bed(path):
    return [line.split("\t") for line in path.read_text().splitlines()]


def test_bed_has_a_line_per_window(trained, tmp_path):
    table = scan_every(4, [contig("chr1", 40, 1), contig("chr2", 20, 2)], trained)
    scan.write_bed(tmp_path / "windows.bed", table, "ridge", TAJIMAS_D)
    lines = lines_of_bed(tmp_path / "windows.bed")
    assert len(lines) == len(table)
    for line, row in zip(lines, table.itertuples(), strict=True):
        name, start, end, label, score = line
        assert (name, int(start), int(end)) == (row.contig, row.start, row.end)
        assert 0 <= int(start) < int(end)
        assert label == f"tajimas_d={table.loc[row.Index, 'ridge:tajimas_d']:.4g}"
        assert 0 <= int(score) <= 1000


def scores_of(values, path):
    table = pd.DataFrame({"contig": "1", "start": 0, "end": 9, "model:diversity": values})
    scan.write_bed(path, table, "model", DIVERSITY)
    return [int(line[4]) for line in lines_of_bed(path)]


def test_scores_run_from_the_lowest_prediction_to_the_highest(tmp_path):
    assert scores_of([-1.0, 0.0, 3.0, 1.0], tmp_path / "windows.bed") == [0, 250, 1000, 500]


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("value", [0.0, -1.5, 0.1])
@pytest.mark.parametrize("number", [1, 7])
def test_equal_predictions_have_equal_scores(number, value, tmp_path):
    scores = scores_of([value] * number, tmp_path / "windows.bed")
    assert len(set(scores)) == 1
    assert 0 <= scores[0] <= 1000


# Classes and padding ----------------------------------------------------------------------------

CLASSES = ["growth", "constant"]
HISTORY = make_card("model", "baseline", make_predictands("history", classes=CLASSES))


@pytest.fixture(scope="module")
def trained_on_classes(train_classes, validation_classes, tmp_path_factory):
    """Models of classes, whose cards say that windows are padded."""
    folder = tmp_path_factory.mktemp("models_of_classes")
    save_untrained_net(folder / "net", train_classes, target="history")
    names = ("mean", "gradient_boosting")
    for name in names:
        data = (train_classes, validation_classes)
        save_fitted_baseline(folder / name, name, *data, target="history")
    for path in folder.glob("*/card.json"):
        card = read_json(path)
        card["view"]["encoding"].update(pad=True, length=400)
        write_json(path, card)
    loaded = [load_model(folder / name) for name in ("net", *names)]
    return {model.name: model for model in loaded}


def sparse_contig():
    """Return a contig of 2,000 bases with 12 sites in its first fifth, none in the middle."""
    generator = np.random.default_rng(8)
    left = np.sort(generator.choice(np.arange(2, 400), size=12, replace=False))
    positions = np.concatenate([[1], left, [1500, 1510, 2000]])
    alleles = varied_matrices(1, 8, len(positions))[0]
    return Contig("chr1", positions, alleles, None, make_samples(HAPLOTYPES, ploidy=1))


def test_classes_along_a_genome(trained_on_classes):
    one = sparse_contig()
    table = scan_every(200, [one], trained_on_classes, length=400)
    assert not [column for column in table if column.startswith(predictions.COMPUTED)]
    assert list(table.columns)[:4] == ["contig", "start", "end", "sites"]
    assert table["start"].tolist() == list(range(0, 1601, 200))
    assert (table["end"] - table["start"] == 400).all()
    blank = table["sites"] == 0
    assert 0 < blank.sum() < len(table)
    for name in trained_on_classes:
        chances = predictions.select_prediction(table, name, HISTORY.targets).values
        assert np.isnan(chances[blank]).all()
        assert table.loc[blank, name].isna().all()
        np.testing.assert_allclose(chances[~blank].sum(axis=1), 1)
        most = np.array(CLASSES)[chances[~blank].argmax(axis=1)]
        assert table.loc[~blank, name].tolist() == most.tolist()


def test_padded_windows_are_encoded_by_their_place(trained_on_classes):
    one, given = sparse_contig(), []
    card = trained_on_classes["mean"].card
    watching = Model(
        card, lambda windows: given.append(windows) or Prediction(np.full((9, 2), 0.5))
    )
    table = scan_every(200, [one], {"watching": watching}, length=400)
    (windows,) = given
    for row, positions, mask in zip(
        table.itertuples(), windows.positions, windows.mask, strict=True
    ):
        bases = one.positions - 1
        inside = bases[(bases >= row.start) & (bases < row.end)]
        assert row.sites == len(inside)
        left = max((len(inside) - SITES) // 2, 0)
        shown = inside[left : left + SITES]
        np.testing.assert_allclose(positions[mask], (shown - row.start) / 400, rtol=1e-6)


def test_bed_of_classes_names_the_class_and_marks_windows_without_sites(
    trained_on_classes, tmp_path
):
    table = scan_every(200, [sparse_contig()], trained_on_classes, length=400)
    scan.write_bed(tmp_path / "windows.bed", table, "gradient_boosting", HISTORY)
    for line, row in zip(lines_of_bed(tmp_path / "windows.bed"), table.itertuples(), strict=True):
        assert (line[0], int(line[1]), int(line[2])) == (row.contig, row.start, row.end)
        if row.sites == 0:
            assert line[3:] == ["no_sites", "0"]
        else:
            name, probability = line[3].split("=")
            assert name == row.gradient_boosting
            column = table.loc[row.Index, predictions.name_column("gradient_boosting", name)]
            assert float(probability) == pytest.approx(column, abs=1e-3)
            assert int(line[4]) == pytest.approx(1000 * column, abs=1)


@pytest.mark.filterwarnings("error")
def test_bed_of_numbers_marks_windows_without_sites(tmp_path):
    assert scores_of([np.nan, 1.0, 3.0], tmp_path / "windows.bed") == [0, 0, 1000]
    assert scores_of([np.nan, np.nan], tmp_path / "windows.bed") == [0, 0]
    assert lines_of_bed(tmp_path / "windows.bed")[0][3] == "no_sites"
