"""What programs are told of a cell: all that its replicates have in common.

Needs nothing but Python, since the Snakefile uses it while it is read.
"""

from coalflow.config import grid, histories


def told(cell, simulation, graph, limits, recombination_map=None):
    """Return the settings of a cell, as :class:`coalflow.simulation.cell_simulator.CellSimulator` takes them.

    ``cell`` is one of ``scenarios.cells``, ``simulation`` a checked section, ``graph`` what
    ``catalogue.of_config`` returned for it, ``limits`` the schema's, by parameter;
    ``recombination_map`` the file of the map, if there is one.
    """
    parameters = dict(cell.parameters)
    if recombination_map is not None:
        parameters["recombination_rate"] = {grid.MAP: recombination_map}
    drawn = [name for name, value in parameters.items() if isinstance(value, dict)]
    return {
        "cell": cell.name,
        "parameters": parameters,
        "limits": {name: limits.get(grid.leaf(name), {}) for name in drawn},
        "draws": simulation.get("draws"),
        "demography": histories.of_cell(simulation["demography"], graph, parameters),
        **sampled(simulation),
    }


def sampled(simulation):
    """Return who is sampled; as pairs, for the order of populations is that of haplotypes."""
    return {
        "samples": list(grid.samples(simulation).items()),
        "ploidy": simulation["ploidy"],
    }
