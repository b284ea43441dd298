import numpy as np
import pytest
from helpers.models import (
    classes_of,
    padded,
    replicates_of,
    save_fitted_baseline,
    varied_matrices,
)

from coalflow.evaluation.predictions import Prediction
from coalflow.models.interpretation import occlusion
from coalflow.models.interpretation.shuffles import find_frequency_classes
from coalflow.models.storage.loading import load_model
from coalflow.statistics.allele_counts import Sites


class StandIn:
    """A model that predicts pi, in units of which one is a standard deviation."""

    net = predict_from_features = None

    def __init__(self):
        scaling = type("Scaling", (), {"standardise": staticmethod(lambda values: values)})()
        self.card = type("Card", (), {"scaling": scaling, "input": None})()

    def predict(self, windows):
        return Prediction(Sites(windows).compute_diversity(1))


@pytest.fixture(scope="module")
def windows():
    return padded(replicates_of(varied_matrices(20, seed=1, sites=15)).windows, 1, 2)


def test_parts_of_a_sum_over_sites_are_the_sums_of_their_sites(windows):
    (added,) = occlusion.occlude_parts([StandIn()], windows)
    expected = Sites(windows).compute_diversity(occlusion.PARTS)
    np.testing.assert_allclose(added[:, 0], expected, atol=1e-12)


def test_frequencies_of_a_sum_over_sites_are_the_sums_of_their_sites(windows):
    (added,) = occlusion.occlude_frequencies([StandIn()], windows)
    sites = Sites(windows)
    np.testing.assert_allclose(added[:, 0].sum(axis=1), sites.compute_diversity(1)[:, 0])
    singletons = (find_frequency_classes(windows) == 0).sum(axis=1)
    np.testing.assert_allclose(added[:, 0, 0], singletons * 2 * 5 / 30)


def test_occluded_sites_do_not_segregate(windows):
    chosen = np.zeros(windows.mask.shape, bool)
    chosen[:, 4:7] = True
    occluded = occlusion.occlude(windows, chosen)
    assert not occluded.haplotypes[:, 4:7].any()
    np.testing.assert_array_equal(occluded.haplotypes[:, 7:], windows.haplotypes[:, 7:])
    np.testing.assert_array_equal(occluded.positions, windows.positions)
    assert (Sites(occluded).compute_segregating_sites(1) == 12).all()


def test_baselines_are_occluded_by_statistics_that_are_computed_once(tmp_path):
    train = classes_of(varied_matrices(60, seed=1))
    for name in ("logistic_regression", "gradient_boosting"):
        save_fitted_baseline(tmp_path / name, name, train, train, target="history")
    models = [load_model(tmp_path / name) for name in ("logistic_regression", "gradient_boosting")]
    alone = [occlusion.occlude_parts([model], train.windows, train.target)[0] for model in models]
    together = occlusion.occlude_parts(models, train.windows, train.target)
    for one, other in zip(alone, together, strict=True):
        assert one.shape == (60, 1, occlusion.PARTS)
        np.testing.assert_array_equal(one, other)
    assert np.abs(together[0]).max() > 0


def test_sure_predictions_have_finite_odds():
    card = type("Card", (), {"scaling": None})()
    odds = occlusion.read_explained(np.array([[1.0, 0.0], [0.5, 0.5]]), card, np.array([0, 1]))
    assert np.isfinite(odds).all()
    assert odds[1, 0] == 0
