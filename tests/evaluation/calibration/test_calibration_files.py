"""Calibrations on disk, and whole predictions."""

import numpy as np
import pytest
from helpers.cards import draw_classes
from helpers.data import make_predictands

from coalflow.core.errors import CoalflowError
from coalflow.core.files import encode_json
from coalflow.evaluation.calibration.calibration import calibrate, fit_calibration
from coalflow.evaluation.calibration.calibration_files import (
    parse_calibrations,
    read_calibrations,
    write_calibrations,
)
from coalflow.evaluation.predictions import Prediction

SWEEP = make_predictands("sweep", classes=("hard", "neutral", "soft"))
NUMBERS = make_predictands("a", "b")


def fit_numbers(seed=0):
    truth = np.random.default_rng(seed).normal(size=(100, 2))
    return fit_calibration(truth, Prediction(truth + 1), NUMBERS, 1)


@pytest.fixture
def found():
    truth, predicted = draw_classes(200)
    classes = fit_calibration(truth, Prediction(predicted), SWEEP, 1)
    return {"net": classes, "net/0": classes, "ridge": fit_numbers()}


def test_calibrations_are_read_as_they_were_written(found, tmp_path):
    write_calibrations(tmp_path / "net", {name: found[name] for name in ("net", "net/0")})
    write_calibrations(tmp_path / "ridge", {"ridge": found["ridge"]})
    assert read_calibrations(tmp_path, ["net", "ridge"]) == found


def test_damaged_files_are_refused(found, tmp_path):
    write_calibrations(tmp_path / "net", found)
    file = tmp_path / "net" / "calibration.json"
    content = file.read_bytes()
    for damaged in (b"", content[:-9], content.replace(b"scores", b"stores", 1), b"[1]"):
        with pytest.raises(CoalflowError, match=r"calibration\.json: is not a calibration"):
            parse_calibrations(damaged, file)
    with pytest.raises(CoalflowError, match="format is 9, not 1"):
        parse_calibrations(encode_json({"format": 9, "calibrations": {}}), file)
    with pytest.raises(CoalflowError, match="no such file"):
        read_calibrations(tmp_path, ["ridge"])


def test_calibrations_of_other_targets_are_refused(found):
    chances, numbers = Prediction(np.full((2, 3), 1 / 3)), Prediction(np.ones((2, 2)))
    with pytest.raises(ValueError, match="classes"):
        calibrate(chances, found["ridge"], SWEEP)
    with pytest.raises(ValueError, match="targets"):
        calibrate(numbers, found["net"], NUMBERS)


def test_calibrated_predictions_have_sets_or_intervals(found):
    chances = calibrate(Prediction(np.full((2, 3), 1 / 3)), found["net"], SWEEP)
    assert chances.in_set.shape == (2, 3)
    assert chances.low is None
    numbers = calibrate(Prediction(np.ones((2, 2))), found["ridge"], NUMBERS)
    assert (numbers.in_set, numbers.quantiles) == (None, None)
    np.testing.assert_allclose(numbers.low, 0, atol=1e-9)  # predictions are 1 too high
