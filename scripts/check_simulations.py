"""Find out whether all cells can be simulated, by the most extreme sweeps of each."""

import csv

from coalflow import histories, scenarios
from coalflow.arguments import parse
from coalflow.errors import run_program
from coalflow.files import replacing
from coalflow.progress import track
from coalflow.simulation import corners


def main():
    """Read the arguments, draw a trajectory at each corner of each cell, write the table."""
    arguments = parse(
        __doc__,
        settings="seed, simulation, demes",
        output="sweeps.tsv",
    )
    settings = arguments.settings
    simulation = settings["simulation"]
    cells = scenarios.cells(simulation)

    rows = []
    for cell in track(cells, len(cells), "cells checked"):
        history = histories.of_cell(simulation["demography"], settings["demes"], cell.parameters)
        rows += corners.of_cell(cell, history, settings["seed"])
    with replacing(arguments.output) as temporary, temporary.open("w", newline="") as file:
        table = csv.DictWriter(
            file, corners.COLUMNS, restval="nan", delimiter="\t", lineterminator="\n"
        )
        table.writeheader()
        table.writerows({**row, **_rounded(row)} for row in rows)


def _rounded(row):
    return {name: f"{row[name]:.4g}" for name in ("2Ns", "likely_duration")}


if __name__ == "__main__":
    run_program(main)
