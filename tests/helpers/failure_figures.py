"""Every figure of failures, drawn from small tables."""

import numpy as np
import pandas as pd
from helpers import failures

from coalflow.evaluation.failures import curves
from coalflow.evaluation.failures.errors_by_parameter import tabulate_errors
from coalflow.evaluation.failures.hold_out import tabulate_hold_out
from coalflow.evaluation.failures.window_power import tabulate_window_power
from coalflow.report.figures.failures import confusing, detection, errors, hold_out


def draw_errors_of_numbers(windows=200, models=failures.PAIR):
    table = tabulate_errors(failures.predict_numbers(windows), models, failures.DIVERSITY)
    return errors.draw_errors(table, models)


def draw_errors_of_two_targets():
    predicted = failures.predict_numbers(predictands=failures.TWO)
    table = tabulate_errors(predicted, failures.PAIR, failures.TWO)
    return errors.draw_errors(table, failures.PAIR)


def draw_errors_of_classes(windows=300):
    table = tabulate_errors(failures.predict_classes(windows), failures.PAIR, failures.SWEEP)
    return errors.draw_errors(table, failures.PAIR)


def draw_window_power(windows=300, validation=300):
    test, other = (failures.predict_classes(n, n) for n in (windows, validation))
    table = tabulate_window_power(test, other, failures.PAIR, failures.SWEEP, ["neutral"])
    return detection.draw_window_power(table, failures.PAIR)


def draw_curves(windows=200):
    predicted = failures.predict_classes(windows)
    contrasts = curves.list_contrasts(predicted, failures.PAIR, failures.SWEEP, ["neutral"])
    points, areas = curves.tabulate_curves(contrasts), curves.tabulate_areas(contrasts, 1)
    return detection.draw_curves(points, areas, failures.PAIR)


def make_picture(title, seed, sites=30, rows=12):
    rng = np.random.default_rng(seed)
    dosages = rng.choice([0, 0.5, 1, np.nan], p=[0.5, 0.1, 0.35, 0.05], size=(sites, rows))
    return confusing.PicturedWindow(title, dosages.astype(np.float32), np.arange(sites) < 25)


def draw_confusing_of_classes(windows=5, classes=3):
    rng = np.random.default_rng(1)
    names = ["neutral", "hard", "soft"][:classes]
    shown = [
        confusing.ConfusingWindow(
            make_picture(f"all/{index}\ntrue: hard", index),
            "",
            {name: rng.dirichlet(np.ones(classes)) for name in ("net", "ridge")},
            1,
            [make_picture("trained on", 10 * index + n) for n in range(classes)][: index + 1],
        )
        for index in range(windows)
    ]
    return confusing.draw_confusing(shown, names)


def draw_confusing_of_numbers(windows=2):
    shown = [
        confusing.ConfusingWindow(make_picture("true: 1", n), "net: 2", {}, 0, []) for n in range(2)
    ]
    return confusing.draw_confusing(shown[:windows], (), "individuals")


def draw_hold_out(windows=300, names=True):
    predicted = failures.predict_numbers(windows, predictands=failures.TWO)
    is_held = predicted["parameter:rate"] == 2
    held = {"rate": (2,)}
    if names:
        is_held |= predicted["parameter:history"] == "growth"
        held["history"] = ("growth",)
    inside, outside = (predicted[rows].reset_index(drop=True) for rows in (~is_held, is_held))
    train = pd.DataFrame({"rate": [1.0, 3.0], "history": ["constant"] * 2})
    table = tabulate_hold_out(inside, outside, held, train, failures.PAIR, failures.TWO)
    return hold_out.draw_hold_out(table, failures.PAIR, held)


EVERY_FIGURE = [
    draw_errors_of_numbers,
    draw_errors_of_two_targets,
    draw_errors_of_classes,
    draw_window_power,
    draw_curves,
    draw_confusing_of_classes,
    draw_confusing_of_numbers,
    draw_hold_out,
]
