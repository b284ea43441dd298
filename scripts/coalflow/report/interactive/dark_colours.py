"""Colours of interactive pictures on dark paper."""

from __future__ import annotations

from matplotlib.colors import to_rgb

from coalflow.report.figures import drawing
from coalflow.report.interactive.specification import GRID, INK

PAPER = "#14191c"  # that of the page, when it is dark
CONTRAST = 4.5  # of marks, at least
# What stands out most from white does so from dark paper: shades of a colour stay apart.
DARK, CONTRAST_OF_DARK = 7.0, 9.5
SHADES = {drawing.REGION_SHADE: "#3a3218", GRID: "#38434a", INK: "#e6eaec"}


def list_dark_colours() -> dict[str, str]:
    """Return what each colour of a picture becomes on dark paper: as light as it has to be."""
    marks = [
        *(drawing.NET, drawing.ENSEMBLE, drawing.BASELINE, drawing.NULL, drawing.FLAGGED),
        *(drawing.NOVEL, drawing.REGION, drawing.THRESHOLD),
        *drawing.CLASS_COLOURS.values(),
        *drawing.OTHER_COLOURS,
    ]
    return {**{colour: lighten_for_dark(colour) for colour in marks}, **SHADES}


def lighten_for_dark(colour: str) -> str:
    """Return a colour with as much white as it takes to stand out from dark paper.

    Examples
    --------
    >>> lighten_for_dark("#ffffff")
    '#ffffff'
    """
    is_dark = compute_contrast(colour, "#ffffff") > DARK
    wanted = CONTRAST_OF_DARK if is_dark else CONTRAST
    shares = (share / 20 for share in range(21))
    lighter = (_write_hex(drawing.lighten(colour, share)) for share in shares)
    return next(each for each in lighter if compute_contrast(each, PAPER) >= wanted)


def _write_hex(colour: tuple[float, ...]) -> str:
    return "#" + "".join(f"{round(255 * value):02x}" for value in colour)


def compute_contrast(first: str, second: str) -> float:
    """Return the contrast of two colours, as WCAG defines it: from 1 to 21."""
    darker, lighter = sorted(map(_compute_luminance, (first, second)))
    return (lighter + 0.05) / (darker + 0.05)


def _compute_luminance(colour: str) -> float:
    linear = [
        value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4
        for value in to_rgb(colour)
    ]
    return sum(
        weight * value for weight, value in zip((0.2126, 0.7152, 0.0722), linear, strict=True)
    )
