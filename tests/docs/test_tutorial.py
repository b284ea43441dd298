"""The tutorial is run as a notebook, and shows what it says it shows."""

import os
import re

import nbclient
import pytest
from helpers.fork_server import start_server
from helpers.workflow import copy_of_coalflow

import document_tutorial

NUMBER = re.compile(r"-?\d+\.?\d*(?:[eE][-+]?\d+)?")
# Of a net's numbers: processors round differently, and training makes more of it.
TOLERANCE = {"rel": 0.2, "abs": 0.021}


@pytest.fixture(scope="module")
def executed(tmp_path_factory):
    """Return the notebook after it was run, in a copy of coalflow."""
    folder = copy_of_coalflow(tmp_path_factory.mktemp("tutorial"))
    # As after `make env`, but programs need not start.
    programs = folder / ".venv" / "bin"
    programs.mkdir(parents=True)
    snakemake = programs / "snakemake"
    snakemake.write_text(f'#!/bin/sh\nexec {start_server()} -m snakemake "$@"\n')
    snakemake.chmod(0o755)
    notebook = document_tutorial.make_notebook()
    kernel = nbclient.NotebookClient(
        notebook, timeout=500, resources={"metadata": {"path": str(folder)}}
    )
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    kernel.execute()
    return notebook.cells


def read_output(cell):
    """Return what a cell has printed."""
    return "".join(
        output["text"]
        for output in cell["outputs"]
        if output["output_type"] == "stream" and output["name"] == "stdout"
    )


def list_promises(cells):
    """Return cells of Python with what the text below them says is printed."""
    return [
        (cell, shown[1])
        for cell, below in zip(cells, cells[1:], strict=False)
        if cell["cell_type"] == "code"
        and below["cell_type"] == "markdown"
        and (
            shown := re.match(
                r"(?:\*You should see\*\n\n)?```text\n(.*?)```", below["source"], re.S
            )
        )
    ]


def strip_lines(text):
    return [line.rstrip() for line in text.strip("\n").split("\n")]


def test_the_notebook_is_up_to_date():
    """`make docs` writes it."""
    written = document_tutorial.NOTEBOOK.read_text()
    assert written == document_tutorial.write_notebook()


def test_cells_print_what_the_text_says(executed):
    promises = list_promises(executed)
    assert len(promises) > 12
    for cell, shown in promises:
        printed = read_output(cell)
        words, expected = (strip_lines(NUMBER.sub("0", text)) for text in (printed, shown))
        assert [line.split() for line in words] == [line.split() for line in expected], printed
        numbers = [[float(n) for n in NUMBER.findall(text)] for text in (printed, shown)]
        assert numbers[0] == pytest.approx(numbers[1], **TOLERANCE), printed


def read_losses(executed, words):
    """Return what the cell below a command with these words shows: loss and val_loss by epoch."""
    (place,) = [
        place
        for place, cell in enumerate(executed)
        if cell["cell_type"] == "code" and all(word in cell["source"] for word in words)
    ]
    shown = next(
        cell for cell in executed[place:] if "show_losses(" in cell["source"].split("\n")[-1]
    )
    rows = [line.split() for line in read_output(shown).splitlines()]
    return [(float(row[1]), float(row[2])) for row in rows if len(row) == 3 and row[0].isdigit()]


def test_a_net_overfits_on_purpose_and_more_windows_cure_it(executed):
    loss, val_loss = read_losses(executed, ["results/overfit.yaml <<"])[-1]
    assert val_loss > 10 * loss
    _, with_dropout = read_losses(executed, ["training={dropout: 0.5}"])[-1]
    assert with_dropout > val_loss / 2
    _, with_windows = read_losses(executed, ["epochs: 12, dropout: 0}"])[-1]
    assert with_windows < val_loss / 4


def test_dropout_puts_loss_above_val_loss(executed):
    without, with_dropout = (
        read_losses(executed, [f"epochs: 12, dropout: {rate}}}"])[-1] for rate in ("0", "0.5")
    )
    assert without[0] < without[1]
    assert with_dropout[0] > 1.5 * with_dropout[1]
