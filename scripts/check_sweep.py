"""Check that the sweep of one cell can be simulated, by its most extreme parameter values."""

import csv

from coalflow.config.settings.simulating import CheckSweepSettings
from coalflow.core.command_line import parse_arguments
from coalflow.core.errors import CoalflowError, run_program
from coalflow.core.files import replace_atomically
from coalflow.simulation.cell_simulator import CellSimulator
from coalflow.simulation.sweeps import feasibility


def main() -> None:
    """Read the arguments, draw a trajectory at each corner of the ranges, write the table."""
    arguments = parse_arguments(__doc__, CheckSweepSettings, output="the table, .tsv")
    settings: CheckSweepSettings = arguments.settings

    try:
        simulator = CellSimulator(settings)
    except CoalflowError as error:
        raise CoalflowError(f"cell {settings.cell}: {error}") from None
    rows = feasibility.check_corners(simulator, settings.seed)
    with (
        replace_atomically(arguments.output) as temporary,
        temporary.open("w", newline="", encoding="utf-8") as file,
    ):
        table = csv.DictWriter(
            file, feasibility.COLUMNS, restval="nan", delimiter="\t", lineterminator="\n"
        )
        table.writeheader()
        table.writerows({**row, **_round_values(row)} for row in rows)


def _round_values(row: feasibility.Corner) -> dict[str, str]:
    return {name: f"{row[name]:.4g}" for name in ("2Ns", "likely_duration")}


if __name__ == "__main__":
    run_program(main)
