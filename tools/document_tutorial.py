"""Write docs/tutorial.ipynb, the notebook of docs/tutorial.md.

Both have the same text. Blocks of Python and bash are cells, all else is text.

    python tools/document_tutorial.py
"""

import pathlib

import jupytext
import nbformat
from nbformat.notebooknode import NotebookNode

ROOT = pathlib.Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "tutorial.md"
NOTEBOOK = PAGE.with_suffix(".ipynb")
# A notebook starts in its own folder, and everything in it is run in that of coalflow.
BEGINNING = """\
import os
import pathlib

while not pathlib.Path("Snakefile").exists() and pathlib.Path.cwd() != pathlib.Path("/"):
    os.chdir("..")"""


def make_notebook() -> NotebookNode:
    """Return the notebook, without any output, the same whenever it is made."""
    text = PAGE.read_text(encoding="utf-8")
    notebook = jupytext.reads(text, fmt="md")
    notebook.cells.insert(0, nbformat.v4.new_code_cell(BEGINNING))
    for number, cell in enumerate(notebook.cells):
        cell["id"] = f"cell-{number:02}"
        cell["metadata"] = {}
    notebook["metadata"] = {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }
    nbformat.validate(notebook)
    return notebook


def write_notebook() -> str:
    """Return the text of docs/tutorial.ipynb."""
    return nbformat.writes(make_notebook()) + "\n"


if __name__ == "__main__":
    NOTEBOOK.write_text(write_notebook(), encoding="utf-8")
