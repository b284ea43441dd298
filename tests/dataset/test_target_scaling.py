"""Targets there and back, in their own units and in standard deviations of training."""

import json

import numpy as np
import pytest
from helpers.data import PROPERTY, make_targets
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from coalflow.core.errors import CoalflowError
from coalflow.dataset.target_scaling import TargetScale, TargetScaling

TWO = make_targets(diversity={}, fst={"scale": "log"})
ONE = make_targets("diversity")


def draw_values(seed, number=50):
    generator = np.random.default_rng(seed)
    return np.column_stack([generator.normal(3, 2, number), 10 ** generator.normal(-8, 1, number)])


def test_scale_is_that_of_the_targets_or_of_their_logarithms():
    scaling = TargetScaling.fit(np.array([[1.0, 1e-9], [3.0, 1e-7]]), TWO)
    assert scaling.names == ("diversity", "fst")
    np.testing.assert_allclose(scaling.means, [2.0, -8.0])
    np.testing.assert_allclose(scaling.sds, [1.0, 1.0])


@PROPERTY
@given(st.integers(0, 100))
def test_training_targets_have_mean_0_and_sd_1_and_are_restored(seed):
    values = draw_values(seed)
    scaling = TargetScaling.fit(values, TWO)
    learned = scaling.standardise(values)
    np.testing.assert_allclose(learned.mean(axis=0), 0, atol=1e-9)
    np.testing.assert_allclose(learned.std(axis=0), 1, rtol=1e-9)
    np.testing.assert_allclose(scaling.restore(learned), values, rtol=1e-9)


@PROPERTY
@given(arrays.arrays(float, (7, 2), elements=st.floats(-20, 20)))
def test_a_card_holds_all_of_a_scaling(outputs):
    scaling = TargetScaling.fit(draw_values(1), TWO)
    text = json.dumps({name: scale.as_json() for name, scale in scaling.scales.items()})
    scales = {name: TargetScale.model_validate(scale) for name, scale in json.loads(text).items()}
    read = TargetScaling.from_scales(scales)
    assert read.names == scaling.names
    np.testing.assert_array_equal(read.restore(outputs), scaling.restore(outputs))


@pytest.mark.filterwarnings("error")
def test_values_without_a_logarithm_disturb_no_other_target():
    scaling = TargetScaling.fit(draw_values(1), TWO)
    learned = scaling.standardise(np.array([[-5.0, 1e-8]]))
    assert np.isfinite(learned).all()


@pytest.mark.parametrize("number", [1, 2, 3, 7, 1000])
@pytest.mark.parametrize("value", [0.0, 1.0, 0.1, -1 / 3, 1e9 + 0.1])
def test_a_constant_target_is_refused_by_its_name(number, value):
    with pytest.raises(CoalflowError, match="diversity is .* nothing to learn"):
        TargetScaling.fit(np.full((number, 1), value), ONE)
