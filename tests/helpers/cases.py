"""Small inputs with known answers, in ``tests/cases``; its README lists what must hold."""

import pathlib

CASES = pathlib.Path(__file__).parents[1] / "cases"
