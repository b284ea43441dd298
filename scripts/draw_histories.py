"""Draw the population histories that are simulated."""

import itertools

from coalflow.config import grid, histories
from coalflow.core import seeds
from coalflow.core.command_line import parse_arguments
from coalflow.core.errors import CoalflowError, run_program
from coalflow.report.figures import drawing, simulations
from coalflow.simulation import demography, priors

MOST = 9  # histories in a picture
DRAWS = 20  # of a history that is drawn
TRIES = 200  # for as many draws that can be used


def main():
    """Read the arguments, gather the different histories of all cells, draw them."""
    arguments = parse_arguments(
        __doc__,
        settings="seed, simulation, limits, graph",
        figure="the picture, .png",
    )
    settings = arguments.settings
    simulation = settings["simulation"]

    shown = {}
    for cell in grid.cells(simulation):
        told = histories.of_cell(simulation["demography"], settings["graph"], cell.parameters)
        named = {name: cell.parameters[name] for name in _of_history(cell.parameters)}
        title = ", ".join(f"{name} {value}" for name, value in _gridded(simulation, named).items())
        if title not in shown:
            shown[title] = list(itertools.islice(_graphs(cell, told, simulation, settings), DRAWS))
    drawing.save(
        simulations.histories(dict(list(shown.items())[:MOST]), len(shown)), arguments.figure
    )


def _of_history(parameters):
    return [
        name
        for name in parameters
        if name in ("population_size", "history") or name.startswith(grid.IN_A_GRAPH)
    ]


def _gridded(simulation, named):
    return {name: value for name, value in named.items() if name in simulation.get("grid", {})}


def _graphs(cell, told, simulation, settings):
    """Yield the demes graph of a cell; where it is drawn, those of its first replicates."""
    prior = priors.Prior(cell.parameters, settings["limits"], simulation.get("draws"))
    if not histories.is_drawn(told, cell.parameters):
        yield demography.build_graph(histories.content_of(told, cell.parameters))
        return
    for number in range(TRIES):
        drawn = prior.draw(seeds.derive_replicate_seed(settings["seed"], cell.name, number))
        if prior.problem(drawn) is None:
            try:
                yield demography.build_graph(histories.content_of(told, drawn))
            except CoalflowError:
                continue  # refused when simulated, too


if __name__ == "__main__":
    run_program(main)
