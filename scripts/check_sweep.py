"""Find out whether the sweep of one cell can be simulated, by its most extreme cases."""

import csv

from coalflow.arguments import parse
from coalflow.errors import CoalflowError, run_program
from coalflow.files import replacing
from coalflow.simulation import corners
from coalflow.simulation.scenario import Scenario


def main():
    """Read the arguments, draw a trajectory at each corner, write the table."""
    arguments = parse(
        __doc__,
        settings="cell, parameters, limits, draws, demography, samples, ploidy, seed",
        output="the table, .tsv",
    )
    settings = arguments.settings

    try:
        scenario = Scenario(settings)
    except CoalflowError as error:
        raise CoalflowError(f"cell {settings['cell']}: {error}") from None
    rows = corners.of_cell(scenario, settings["seed"])
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
