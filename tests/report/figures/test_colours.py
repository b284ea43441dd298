"""Colours stand out from the paper, and colour-blind people can distinguish those of a picture."""

import itertools

import numpy as np
import pytest

from coalflow.report.figures import drawing

CLASSES = {**drawing.CLASS_COLOURS, **dict(enumerate(drawing.OTHER_COLOURS))}
MODELS = {
    "truth": drawing.TRUTH,
    "net": drawing.NET,
    "ensemble": drawing.ENSEMBLE,
    "baseline": drawing.BASELINE,
}
NETS = {
    "truth": drawing.TRUTH,
    "baseline": drawing.BASELINE,
    **dict(enumerate(drawing.NET_COLOURS)),
}
CLASSES_AND_MODELS = {**drawing.CLASS_COLOURS, **MODELS}
TRACK = {
    "null": drawing.NULL,
    "region": drawing.REGION,
    "novel": drawing.NOVEL,
    "threshold": drawing.THRESHOLD,
}
TOGETHER = {
    "classes": CLASSES,
    "classes and models": CLASSES_AND_MODELS,
    "models": MODELS,
    "nets": NETS,
    "splits": drawing.SPLIT_COLOURS,
    "windows": TRACK,
}
EVERY = {
    f"{of} {name}": colour for of, colours in TOGETHER.items() for name, colour in colours.items()
}
# Of linear RGB, as people see it who lack one kind of cones (Machado, Oliveira and Fernandes 2009).
SIGHTS = {
    "all cones": np.eye(3),
    "deuteranopia": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
    "protanopia": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
}
XYZ = [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]
WHITE = np.sum(XYZ, axis=1)
LEAST_CONTRAST = 3  # of marks, by WCAG
LEAST_DISTANCE = 14  # in CIELAB; 2 can be seen side by side


def to_linear(colour):
    values = np.array([int(colour[start : start + 2], 16) for start in (1, 3, 5)]) / 255
    return np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)


def to_lab(linear):
    scaled = np.array(XYZ) @ np.clip(linear, 0, 1) / WHITE
    x, y, z = np.where(scaled > 0.008856, np.cbrt(scaled), 7.787 * scaled + 16 / 116)
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


def find_distance(first, second, sight):
    return np.linalg.norm(
        np.subtract(
            *(to_lab(np.array(SIGHTS[sight]) @ to_linear(each)) for each in (first, second))
        )
    )


def test_distances_are_those_of_cielab():
    assert find_distance("#000000", "#ffffff", "all cones") == pytest.approx(100, abs=0.1)
    # Red and green of the same lightness are nearly the same without the cones for green.
    red_and_green = "#c04040", "#5f7f00"
    assert (
        find_distance(*red_and_green, "deuteranopia")
        < find_distance(*red_and_green, "all cones") / 2
    )


@pytest.mark.parametrize("name", [*EVERY, "flagged"])
def test_marks_stand_out_from_white(name):
    colour = {**EVERY, "flagged": drawing.FLAGGED}[name]
    luminance = to_linear(colour) @ XYZ[1]
    assert 1.05 / (luminance + 0.05) >= LEAST_CONTRAST


@pytest.mark.parametrize("sight", SIGHTS)
@pytest.mark.parametrize("group", TOGETHER)
def test_colours_of_a_picture_can_be_distinguished(group, sight):
    distances = {
        (a, b): find_distance(TOGETHER[group][a], TOGETHER[group][b], sight)
        for a, b in itertools.combinations(TOGETHER[group], 2)
    }
    closest = min(distances, key=distances.get)
    assert distances[closest] >= LEAST_DISTANCE, closest
