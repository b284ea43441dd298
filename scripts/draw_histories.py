"""Draw the population histories that are simulated."""

import itertools
from collections.abc import Iterator

import demes

from coalflow.config.histories import contents
from coalflow.config.registry.parameters import PATHS
from coalflow.config.settings.simulating import CellSettings, DrawHistoriesSettings
from coalflow.core import seeds
from coalflow.core.command_line import parse_arguments
from coalflow.core.errors import CoalflowError, run_program
from coalflow.report.figures import drawing, histories
from coalflow.simulation import demography
from coalflow.simulation.priors import Prior

MOST = 9  # histories in a picture
DRAWS = 20  # of a history that is drawn
TRIES = 1000  # to obtain that many draws that can be used


def main() -> None:
    """Read the arguments, gather the different histories of all cells, draw them."""
    arguments = parse_arguments(__doc__, DrawHistoriesSettings, figure="the picture, .png")
    settings: DrawHistoriesSettings = arguments.settings

    cells: dict[str, CellSettings] = {}
    for cell in settings.cells:
        title = ", ".join(
            f"{name} {value}"
            for name, value in cell.parameters.items()
            if name in settings.gridded and _is_of_history(name)
        )
        cells.setdefault(title, cell)
    graphs = {
        title: list(itertools.islice(_draw_graphs(cell, settings.seed), DRAWS))
        for title, cell in itertools.islice(cells.items(), MOST)
    }
    for title, drawn in graphs.items():
        if not drawn:
            raise CoalflowError(
                f"none of {TRIES:,} draws of the prior makes a possible history "
                f"({cells[title].cell}): correct simulation.prior"
            )
    drawing.save_figure(histories.draw_histories(graphs, len(cells)), arguments.figure)


def _is_of_history(name: str) -> bool:
    return name in ("population_size", "history", "gene_flow") or name.startswith(PATHS)


def _draw_graphs(cell: CellSettings, seed: int) -> Iterator[demes.Graph]:
    """Yield the demes graph of a cell; if it is drawn, those of its first replicates."""
    prior = Prior(cell.parameters, cell.draws)
    samples = demography.make_sample_sets(cell.samples, cell.history.population)
    if not contents.varies(cell.history, cell.parameters):
        yield demography.build_graph(contents.make_content(cell.history, prior.fixed))
        return
    for replicate in range(TRIES):
        drawn = prior.draw(seeds.derive_replicate_seed(seed, cell.cell, replicate))
        if prior.find_problem(drawn) is None:
            try:
                graph = demography.build_graph(contents.make_content(cell.history, drawn))
                demography.refuse_dead_samples(graph, samples)
            except CoalflowError:
                continue  # refused when simulated, too
            yield graph


if __name__ == "__main__":
    run_program(main)
