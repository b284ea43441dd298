"""The Vega-Lite specification of an interactive picture: rows that share an axis.

Its data are named and come from the page: ``windows``, ``regions`` and ``contigs``. So do its
parameters: ``span`` is the stretch that is shown, in Mb, ``ticks`` and ``names`` label it.
"""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from coalflow.genomes.significance.region_tables import FOUND, QUESTION
from coalflow.report.figures import drawing
from coalflow.report.figures.regions.tracks import HIGHEST
from coalflow.report.interactive.scan_windows import FLAG, NOVELTY, USUAL, ScanWindows
from coalflow.report.interactive.tracks import ScanTracks

#: A part of a specification, as JSON has it.
Part: TypeAlias = dict[str, Any]
Limits: TypeAlias = tuple[float, float]

HEIGHT, CLASS_HEIGHT = 110, 140  # pixels of a row
MOST_JOINED = 1000  # windows whose probabilities are joined by lines
LEFT = 46  # pixels of numbers at an axis
SURPRISING = "surprising"  # windows with the p-value of regions or less
KINDS: dict[str | int, tuple[str, str]] = {
    USUAL: (drawing.NULL, "circle"),
    SURPRISING: (drawing.REGION, "circle"),
    NOVELTY: (drawing.NOVEL, "diamond"),
    FLAG: (drawing.FLAGGED, "cross"),
}
INK, GRID = drawing.TRUTH, "#dde3e6"


def specify_scan(tracks: ScanTracks, windows: ScanWindows) -> Part:
    """Return the specification of a picture.

    Parameters
    ----------
    tracks : ScanTracks
    windows : ScanWindows
        By which the axes are scaled, once and for all: they stay when windows are zoomed in.
    """
    rows = [*_list_rows(tracks, windows)]
    span = windows.find_span()
    for row in rows:
        row["layer"] = [*_list_backgrounds(), *row["layer"]]
        for layer in row["layer"]:
            layer["mark"]["clip"] = True
            _place(layer, span, is_last=row is rows[-1])
    return {
        "background": "transparent",
        "padding": 4,
        "spacing": 6,
        "vconcat": rows,
        "config": _configure(),
    }


def _list_rows(tracks: ScanTracks, windows: ScanWindows) -> list[Part]:
    model, rows = tracks.model, []
    if windows.has("region_p") and tracks.score is not None:
        title = f"{drawing.find_title(tracks.score)}: \N{MINUS SIGN}log10 p, by {model.name}"
        rows.append(
            _specify_tail("p", title, tracks.threshold, drawing.THRESHOLD, windows, "region_p")
        )
    for index, target in enumerate(tracks.numbers):
        title = f"{drawing.find_title(target)}, predicted by {model.name}"
        rows.append(_specify_number(index, title, tracks, windows))
    if tracks.targets.classes:
        rows.append(_specify_classes(tracks, windows))
    if windows.has("novelty"):
        title = "Novelty: \N{MINUS SIGN}log10 p"
        rows.append(
            _specify_tail("n", title, tracks.false_alarms, drawing.NOVEL, windows, "novelty")
        )
    return rows


def _configure() -> Part:
    text = {"labelColor": INK, "titleColor": INK}
    return {
        "font": "system-ui, sans-serif",
        "view": {"stroke": GRID},
        "axis": {**text, "gridColor": GRID, "domainColor": INK, "tickColor": INK}
        | {"labelFontSize": 12},
        "title": {"color": INK, "fontSize": 13, "fontWeight": "bold", "anchor": "start"},
    }


def _place(layer: Part, span: Limits, is_last: bool) -> None:
    """Complete the x axis of a layer, which all share."""
    x = layer["encoding"]["x"]
    if "value" in x:  # from one side to the other
        return
    x["type"] = "quantitative"
    # What is shown is `span`; the domain is that of the first moment.
    x["scale"] = {"domain": list(span), "domainRaw": {"expr": "span"}, "nice": False, "zero": False}
    x["axis"] = {
        "title": None,
        "grid": False,
        "values": {"expr": "ticks"},
        "labelExpr": "names[indexof(ticks, datum.value)]",
        "labels": is_last,
        "labelOverlap": "greedy",
        "minExtent": 24 if is_last else 0,
    }


def _list_backgrounds() -> list[Part]:
    """Return regions, and where contigs end."""
    x = {"x": {"field": "from"}, "x2": {"field": "to"}}
    shapes: dict[str, Part] = {
        FOUND: {"fill": drawing.REGION_SHADE, "stroke": drawing.REGION},
        QUESTION: {"fill": None, "stroke": drawing.REGION, "strokeDash": [4, 3]},
    }
    regions: list[Part] = [
        {
            "data": {"name": "regions"},
            "transform": [{"filter": f"datum.verdict === '{verdict}'"}],
            "mark": dict(shape, type="rect"),
            "encoding": {name: dict(of) for name, of in x.items()},
        }
        for verdict, shape in shapes.items()
    ]
    ends = {
        "data": {"name": "contigs"},
        "mark": {"type": "rule", "color": INK, "opacity": 0.35},
        "encoding": {"x": {"field": "end"}},
    }
    return [*regions, ends]


def _specify_tail(
    field: str, title: str, threshold: float, colour: str, windows: ScanWindows, column: str
) -> Part:
    """Return a row of minus log10 p-values, with the threshold as a line."""
    limit = -np.log10(threshold) if threshold > 0 else 0.0
    with np.errstate(divide="ignore"):
        heights = -np.log10(windows.read_known(column))
    top = 1.1 * max(min(float(heights.max(initial=0)), HIGHEST), limit, 1.0)
    line = {
        "data": {"values": [{"limit": limit}]},
        "mark": {"type": "rule", "color": colour, "strokeDash": [6, 4]},
        "encoding": {"x": {"value": 0}, "x2": {"value": "width"}, "y": {"field": "limit"}},
    }
    dots = [_make_dots(field, kind, *KINDS[kind]) for kind in KINDS]
    layers = [*([line] if limit else []), *dots]
    return _make_row(title, HEIGHT, layers, {"domain": [0, top], "nice": False})


def _specify_number(index: int, title: str, tracks: ScanTracks, windows: ScanWindows) -> Part:
    """Return a row of a predicted number, with its interval if it has one."""
    colour = drawing.pick_kind_colour(tracks.model.kind)
    names = [f"{part}{index}" for part in ("value", "low", "high")]
    is_log = tracks.targets[tracks.numbers[index]].is_log
    layers = [_make_dots(names[0], kind, *KINDS[kind]) for kind in (FLAG, NOVELTY)]
    usual = f"datum.kind === {USUAL} || datum.kind === '{SURPRISING}'"
    layers.insert(0, _make_dots(names[0], USUAL, colour, "circle", usual))
    if windows.has(names[1]):
        interval = {
            "data": {"name": "windows"},
            "mark": {"type": "area", "color": colour, "opacity": 0.3}
            | {"invalid": "break-paths-show-domains"},
            "encoding": {"x": {"field": "x"}, "y": {"field": names[1]}, "y2": {"field": names[2]}},
        }
        layers.insert(0, interval)
    values = np.concatenate([windows.read_known(name) for name in names if windows.has(name)])
    kind: Part = {"type": "log"} if is_log else {"zero": False}
    scale = {"domain": list(_find_limits(values, is_log)), "nice": False, **kind}
    return _make_row(title, HEIGHT, layers, scale)


def _find_limits(values: npt.NDArray[np.float64], is_log: bool) -> Limits:
    """Return the limits of an axis: all values are within it, and most have room."""
    known = np.log10(values[values > 0]) if is_log else values
    if not len(known):
        return (1.0, 10.0) if is_log else (0.0, 1.0)
    low, high = float(known.min()), float(known.max())
    margin = 0.06 * (high - low) or 0.5
    low, high = low - margin, high + margin
    return (10.0**low, 10.0**high) if is_log else (low, high)


def _specify_classes(tracks: ScanTracks, windows: ScanWindows) -> Part:
    """Return the row of the probabilities of classes, joined by lines where windows are few."""
    colours = drawing.pick_class_colours(tracks.targets.classes or ())
    layers = []
    for index, colour in enumerate(colours.values()):
        dots: Part = {"color": colour, "filled": True, "size": 12, "opacity": 0.8}
        mark: Part = {"type": "point", **dots}
        if windows.total <= MOST_JOINED:
            mark = {"type": "line", "color": colour, "strokeWidth": 1.5, "point": dots}
            mark["invalid"] = "break-paths-show-domains"
        layers.append(
            {
                "data": {"name": "windows"},
                "mark": mark,
                "encoding": {"x": {"field": "x"}, "y": {"field": f"class{index}"}},
            }
        )
    title = f"Probability of each class, by {tracks.model.name}"
    return _make_row(title, CLASS_HEIGHT, layers, {"domain": [0, 1]})


def _make_dots(
    field: str, kind: str | int, colour: str, shape: str, test: str | None = None
) -> Part:
    """Return the marks of windows of a kind."""
    is_cross = shape == "cross"
    return {
        "data": {"name": "windows"},
        "transform": [{"filter": test or f"datum.kind === {kind!r}"}],
        "mark": {"type": "point", "shape": shape, "color": colour, "filled": True, "opacity": 0.85}
        | {"size": 22 if shape == "circle" else 36, "angle": 45 if is_cross else 0},
        "encoding": {"x": {"field": "x"}, "y": {"field": field}},
    }


def _make_row(title: str, height: int, layers: list[Part], scale: Part) -> Part:
    """Return a row, whose layers share the y axis."""
    for layer in layers:
        axis = {"title": None, "tickCount": 4, "minExtent": LEFT, "maxExtent": LEFT}
        layer["encoding"]["y"] |= {"type": "quantitative", "scale": dict(scale), "axis": axis}
    return {"title": {"text": title}, "height": height, "layer": layers}
