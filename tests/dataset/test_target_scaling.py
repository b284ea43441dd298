"""Targets there and back, in their own units and in standard deviations of training."""

import json

import numpy as np
import pytest
from helpers.data import PROPERTY, asked_of
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from coalflow.core.errors import CoalflowError
from coalflow.dataset.target_scaling import TargetScaling

TWO = asked_of("diversity", "fst", logs=["fst"])["target"]
ONE = asked_of("diversity")["target"]


def targets_of(seed, number=50):
    generator = np.random.default_rng(seed)
    return np.column_stack([generator.normal(3, 2, number), 10 ** generator.normal(-8, 1, number)])


def test_scale_is_that_of_the_targets_or_of_their_logarithms():
    scale = TargetScaling.of(np.array([[1.0, 1e-9], [3.0, 1e-7]]), TWO)
    assert scale.names == ("diversity", "fst")
    np.testing.assert_allclose(scale.means, [2.0, -8.0])
    np.testing.assert_allclose(scale.sds, [1.0, 1.0])


@PROPERTY
@given(st.integers(0, 100))
def test_training_targets_have_mean_0_and_sd_1_and_come_back(seed):
    target = targets_of(seed)
    scale = TargetScaling.of(target, TWO)
    learned = scale.standardise(target)
    np.testing.assert_allclose(learned.mean(axis=0), 0, atol=1e-9)
    np.testing.assert_allclose(learned.std(axis=0), 1, rtol=1e-9)
    np.testing.assert_allclose(scale.restore(learned), target, rtol=1e-9)


@PROPERTY
@given(arrays.arrays(float, (7, 2), elements=st.floats(-20, 20)))
def test_a_card_tells_all_of_a_scale(outputs):
    scale = TargetScaling.of(targets_of(1), TWO)
    again = TargetScaling.from_card(json.loads(json.dumps(scale.for_card())))
    assert again.names == scale.names
    np.testing.assert_array_equal(again.restore(outputs), scale.restore(outputs))


@pytest.mark.filterwarnings("error")
def test_values_without_a_logarithm_disturb_no_other_target():
    scale = TargetScaling.of(targets_of(1), TWO)
    learned = scale.standardise(np.array([[-5.0, 1e-8]]))
    assert np.isfinite(learned).all()


@pytest.mark.parametrize("number", [1, 2, 3, 7, 1000])
@pytest.mark.parametrize("value", [0.0, 1.0, 0.1, -1 / 3, 1e9 + 0.1])
def test_a_constant_target_is_refused_by_its_name(number, value):
    with pytest.raises(CoalflowError, match="diversity is .* nothing to learn"):
        TargetScaling.of(np.full((number, 1), value), ONE)
