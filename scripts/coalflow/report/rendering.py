"""Pages from templates: what templates are given, and pictures inside of pages."""

import base64
import dataclasses
import pathlib
import struct
from collections.abc import Callable
from typing import Any

import jinja2

from coalflow.report import wording
from coalflow.report.columns.all_files import explain_column
from coalflow.report.figures.drawing import find_title
from coalflow.report.glossary import explain_term
from coalflow.report.interactive.page_scans import PageScans
from coalflow.report.scores import format_interval

TEMPLATES = pathlib.Path(__file__).resolve().parent / "templates"
FILTERS: dict[str, Callable[..., str]] = {
    "number": wording.format_number,
    "share": wording.format_share,
    "percent": wording.format_percent,
    "count": wording.format_count,
    "duration": wording.format_duration,
    "interval": format_interval,
    "titled": find_title,
    "cell": wording.name_cell,
    "glued": wording.glue_units,
    "sentence": wording.begin_sentence,
}
SIZE = slice(16, 24)  # of a PNG: its width and its height


@dataclasses.dataclass(frozen=True)
class Picture:
    """A picture inside of a page.

    Attributes
    ----------
    address : str
        That of an <img> that holds it.
    width, height : int
        In pixels.
    drawing : str
        The file of the same picture as SVG, within the folder of the page.
    """

    address: str
    width: int
    height: int
    drawing: str


def render_template(name: str, folder: pathlib.Path, **context: Any) -> str:
    """Return a page as HTML text, pictures included.

    Parameters
    ----------
    name : str
        That of its template, such as ``page``.
    folder : Path
        Where the page is going to be: pictures and links are within it.
    **context
        What the template shows.
    """
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(FILTERS, formatted=lambda value, name: FILTERS[name](value))
    environment.globals.update(column=explain_column, term=explain_term)
    template = environment.get_template(f"{name}.html.j2")
    return template.render(
        picture=lambda file: embed_picture(folder, file),
        scans=PageScans(folder, len(context.get("genomes", ()))),
        **context,
    )


def embed_picture(folder: pathlib.Path, file: str) -> Picture:
    """Return a picture that a page holds.

    Parameters
    ----------
    folder : Path
        That of the page.
    file : str
        A PNG within it. The same picture as SVG is next to it.
    """
    content = (folder / file).read_bytes()
    width, height = struct.unpack(">II", content[SIZE])
    address = "data:image/png;base64," + base64.b64encode(content).decode()
    return Picture(address, width, height, str(pathlib.PurePosixPath(file).with_suffix(".svg")))
