import matplotlib.pyplot as plt
import numpy as np
import pytest
from helpers.figures import draw_activations, predict_numbers, restarts_table

from coalflow.report.figures.interpretation import activations

pytestmark = pytest.mark.filterwarnings("error")


def test_restarts_are_drawn_also_when_a_net_died():
    comparison = restarts_table(2).assign(same_unit_r=np.nan, best_match_r=np.nan)
    predicted = (np.random.default_rng(1).normal(size=(50, 1)), np.linspace(0, 1, 50)[:, None])
    figure = activations.draw_restarts(comparison, ("a", "b"), predicted, predict_numbers())
    figure.draw_without_rendering()


def test_activations_have_the_shapes_of_the_layers():
    figure = draw_activations()
    figure.draw_without_rendering()
    texts = [text.get_text() for text in figure.findobj(plt.Text)]
    shapes = ["convolution 1: 39 × 128", "convolution 2: 38 × 128", "dense: 128"]
    assert [text for text in texts if text in shapes] == shapes
