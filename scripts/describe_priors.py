"""Compare parameters as they were drawn with their priors as they are stated."""

from coalflow.config import grid
from coalflow.core.command_line import parse_arguments
from coalflow.core.errors import run_program
from coalflow.core.files import write_table
from coalflow.dataset import loading
from coalflow.report.figures import drawing, simulations
from coalflow.simulation import prior_check


def main():
    """Read the split table, draw from the priors alone, write table and picture."""
    arguments = parse_arguments(
        __doc__,
        settings="seed, simulation, limits",
        split="split.parquet",
        output="the table, .tsv",
        figure="the picture, .png",
    )
    settings = arguments.settings
    simulation = settings["simulation"]

    realised = loading.read_split_table(arguments.split)
    prior = prior_check.draw_stated_priors(
        grid.cells(simulation), settings["limits"], simulation.get("draws"), settings["seed"]
    )
    write_table(arguments.output, prior_check.compare_with_stated(realised, prior))
    drawing.save(simulations.priors(realised, prior), arguments.figure)


if __name__ == "__main__":
    run_program(main)
