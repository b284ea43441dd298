"""Priors as stated against what was drawn: what refusals change shows."""

import numpy as np
import pandas as pd

from coalflow.config.schema.distributions import Distribution
from coalflow.simulation import prior_check

UNIFORM = Distribution.model_validate({"uniform": [0, 1]})
HISTORY = Distribution.model_validate({"categorical": {"values": ["constant", "growth"]}})
CELLS = {"a": {"x": UNIFORM, "history": HISTORY, "fixed": 3}, "b": {"x": UNIFORM}}


def compare(x, histories):
    table = pd.DataFrame({"x": x, "history": histories, "fixed": 3})
    stated = prior_check.draw_stated_priors(CELLS, None, 7)
    return prior_check.compare_with_stated(table, stated).set_index("parameter")


def test_the_prior_of_every_cell_is_drawn():
    stated = prior_check.draw_stated_priors(CELLS, None, 7)
    assert list(stated) == ["history", "x"]
    assert len(stated["x"]) == 10_000
    assert len(stated["history"]) == 5000
    # Uniform: mean 1/2, standard deviation .289; |z| < 3.3, p = .001.
    assert abs(np.mean(stated["x"]) - 0.5) < 3.3 * 0.289 / 100


def test_what_is_as_stated_passes_and_what_is_not_shows():
    random = np.random.default_rng(1)
    same = compare(random.random(500), random.choice(["constant", "growth"], 500))
    assert (same["p"] > 0.001).all()
    cut = compare(random.random(500) / 2, random.choice(["constant", "growth"], 500, p=[0.8, 0.2]))
    assert (cut["p"] < 1e-6).all()
    assert abs(cut.loc["x", "realised_50"] - 0.25) < 0.05
    assert abs(cut.loc["x", "stated_95"] - 0.95) < 0.02


def test_cells_without_a_parameter_do_not_count():
    same = compare([0.5, np.nan, 0.2], ["constant", None, "growth"])
    assert same["drawn"].tolist() == [2, 2]
