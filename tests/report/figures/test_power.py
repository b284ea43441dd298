"""The picture of which sweeps a scan finds."""

import numpy as np
import pandas as pd
import pytest

from coalflow.report.figures.power import draw_power


def rows_of(model, fdr=0.04):
    share = {"blocks": 40, "power_low": 0.2, "power_high": 0.6}
    every = {"by": "all", "group": "all", "power": 0.4, "fdr": fdr, "fdr_low": 0.0, "fdr_high": 0.1}
    kinds = [{"by": "kind", "group": kind, "power": 0.3} for kind in ("hard", "soft")]
    fifths = [
        {
            "by": "selection_coefficient",
            "group": f"{low}",
            "low": low,
            "high": 2 * low,
            "power": 0.4,
        }
        for low in (0.01, 0.1, 0.5)
    ]
    return [{"model": model, **share, **row} for row in (every, *kinds, *fifths)]


def table_of(*models, fdr=0.04):
    return pd.DataFrame([row for model in models for row in rows_of(model, fdr)])


@pytest.fixture
def axes():
    figure = draw_power(table_of("coalflow", "coalflow/0", "coalflow/1", "ridge"), 0.05)
    return figure.axes


def test_each_kind_and_all_of_them_have_a_place(axes):
    assert [text.get_text() for text in axes[0].get_xticklabels()] == ["all", "hard", "soft"]
    assert axes[0].get_ylim()[1] > 1


def test_restarts_of_an_ensemble_are_left_out(axes):
    assert [text.get_text() for text in axes[1].get_yticklabels()] == ["coalflow", "ridge"]
    assert len(axes[2].containers) == 2


def test_the_reported_rate_is_a_line(axes):
    assert any(np.all(np.asarray(line.get_xdata()) == 0.05) for line in axes[1].lines)


def test_a_parameter_over_decades_has_a_log_scale(axes):
    assert axes[2].get_xscale() == "log"
    assert axes[2].get_xlabel() == "selection coefficient"


def test_a_model_that_finds_nothing_has_no_false_regions():
    axes = draw_power(table_of("ridge", fdr=np.nan), 0.05).axes
    assert not axes[1].containers
