"""Compare parameters as they were drawn with their priors as they are stated."""

from coalflow import dataset, scenarios, stated
from coalflow.arguments import parse
from coalflow.errors import run_program
from coalflow.figures import drawing, simulations
from coalflow.files import write_table


def main():
    """Read the split table, draw from the priors alone, write table and picture."""
    arguments = parse(
        __doc__,
        settings="seed, simulation, limits",
        split="split.parquet",
        output="the table, .tsv",
        figure="the picture, .png",
    )
    settings = arguments.settings
    simulation = settings["simulation"]

    realised = dataset.read_split_table(arguments.split)
    prior = stated.draw(
        scenarios.cells(simulation), settings["limits"], simulation.get("draws"), settings["seed"]
    )
    write_table(arguments.output, stated.compare(realised, prior))
    drawing.save(simulations.priors(realised, prior), arguments.figure)


if __name__ == "__main__":
    run_program(main)
