import numpy as np
import pandas as pd
import pytest
from helpers.data import make_encoding
from helpers.models import (
    classes_of,
    make_view,
    replicates_of,
    save_fitted_baseline,
    save_untrained_net,
    varied_matrices,
)

from coalflow.models.interpretation import saliency
from coalflow.models.interpretation.gradients import PARTS
from coalflow.models.interpretation.saliency import Profile
from coalflow.models.storage.loading import load_model


def make_profile(added, target="hard", rows=None, by=saliency.PART):
    card = type("Card", (), {"kind": "net"})()
    model = type("Model", (), {"name": "net/0", "card": card})()
    rows = np.arange(len(added)) if rows is None else rows
    names = [str(column) for column in range(added.shape[1])]
    return Profile(model, saliency.OCCLUSION, target, by, names, added, rows)


def draw(windows, seed=1):
    return np.random.default_rng(seed).normal(size=(windows, PARTS))


def test_a_peak_at_the_selected_site_is_found():
    sites = np.random.default_rng(3).random(40)
    added = draw(40)
    added[np.arange(40), (sites * PARTS).astype(int)] += 2
    (row,) = saliency.find_peaks([make_profile(added)], sites, seed=1).to_dict("records")
    assert row["p"] < 0.01
    assert row["share_at_site"] > 1.4 / PARTS
    assert np.isnan(row["share_neutral"])


def test_without_a_peak_p_is_uniform():
    sites = np.full(30, 0.5)
    values = [
        saliency.find_peaks([make_profile(draw(30, seed))], sites, seed=1)["p"][0]
        for seed in range(60)
    ]
    assert 0.35 < np.mean(values) < 0.65
    assert np.mean(np.array(values) < 0.05) < 0.15


def test_neutral_windows_are_compared_at_the_same_parts():
    hard, neutral = draw(10), np.zeros((5, PARTS))
    neutral[:, 5] = 1
    sites = np.concatenate([np.full(10, 0.5), np.full(5, np.nan)])
    profiles = [
        make_profile(hard),
        make_profile(neutral, "neutral", np.arange(10, 15)),
        make_profile(draw(5), "neutral", np.arange(10, 15), saliency.FREQUENCY),
    ]
    found = saliency.find_peaks(profiles, sites, seed=1)
    assert found["target"].tolist() == ["hard"]
    assert found["share_neutral"].tolist() == [1]


def test_without_selected_sites_the_table_is_empty():
    found = saliency.find_peaks([make_profile(draw(4))], np.full(4, np.nan), seed=1)
    assert list(found) == list(saliency.PEAK_COLUMNS) and found.empty


def test_distances_are_from_the_selected_site():
    added = np.zeros((2, PARTS))
    added[0, 3], added[1, 6] = 4, -2
    sites = np.array([3.5, 3.5]) / PARTS
    table = saliency.tabulate_profiles([make_profile(added)], sites)
    by_distance = table[table["by"] == saliency.DISTANCE].set_index("where")
    assert by_distance["share"]["0"] == 0.5
    assert by_distance["added"]["3"] == pytest.approx(-0.5)  # two parts of each window
    assert by_distance["size"]["1"] == 0


def table_of(**columns):
    return pd.DataFrame({"sweep": ["neutral", "hard", "linked_hard", "soft"], **columns})


def test_selected_sites_are_where_they_are_simulated():
    view = make_view()
    np.testing.assert_array_equal(
        saliency.find_selected_sites(table_of(), view), [np.nan, 0.5, np.nan, 0.5]
    )
    padding = make_encoding(sites=8, pad=True, length=4000)
    view = view.model_copy(update={"encoding": padding})
    table = table_of(position=[np.nan, 3500, np.nan, 9000], sequence_length=10_000)
    found = saliency.find_selected_sites(table, view)
    np.testing.assert_array_equal(found, [np.nan, 0.125, np.nan, np.nan])
    random = padding.model_copy(update={"stretch": "random"})
    elsewhere = view.model_copy(update={"encoding": random})
    assert np.isnan(saliency.find_selected_sites(table, elsewhere)).all()
    assert np.isnan(saliency.find_selected_sites(pd.DataFrame({"a": [1]}), view)).all()


@pytest.mark.parametrize("most", [1, 3, 100])
def test_windows_of_all_classes_are_chosen(most):
    classes = np.array([0] * 50 + [2] * 2)
    chosen = saliency.choose_explained(classes, 52, most)
    assert np.bincount(classes[chosen], minlength=3).tolist() == [min(most, 50), 0, min(most, 2)]
    assert saliency.choose_explained(None, 52, most).tolist()[-1] <= 51


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    folder, train = tmp_path_factory.mktemp("models"), classes_of(varied_matrices(40, seed=1))
    save_untrained_net(folder / "net", train, target="history", name="coalflow")
    save_fitted_baseline(folder / "baseline", "classical", train, train, target="history")
    return [load_model(folder / name) for name in ("baseline", "net")]


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("windows", [1, 9])
def test_all_models_are_explained_although_a_class_is_missing(windows, models):
    one_class = classes_of(varied_matrices(40, seed=2))
    kept = np.flatnonzero(one_class.target == 1)[:windows]
    some = type(one_class)(
        one_class.windows[kept],
        one_class.target[kept],
        one_class.table.iloc[kept],
        one_class.classes,
    )
    profiles = list(saliency.list_profiles(models, some))
    table = saliency.tabulate_profiles(profiles, np.full(windows, np.nan))
    assert set(table["target"]) == {"constant"}
    assert np.isfinite(table[["added", "size", "share"]]).all(axis=None)
    methods = table.groupby("model")["method"].unique().map(sorted).to_dict()
    assert methods == {
        "coalflow/0": ["integrated gradients", "occlusion"],
        "classical": ["occlusion"],
    }
    parts = table[(table["by"] == saliency.PART) & (table["method"] == saliency.OCCLUSION)]
    assert (parts.groupby("model")["windows"].size() == PARTS).all()


def test_numbers_have_a_profile_each(tmp_path):
    train = replicates_of(varied_matrices(12, seed=1))
    save_untrained_net(tmp_path, train)
    profiles = list(saliency.list_profiles([load_model(tmp_path)], train))
    kinds = [(each.method, each.by, each.target) for each in profiles]
    assert kinds == [
        (saliency.GRADIENTS, saliency.PART, "diversity"),
        (saliency.OCCLUSION, saliency.PART, "diversity"),
        (saliency.OCCLUSION, saliency.FREQUENCY, "diversity"),
    ]
