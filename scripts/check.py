"""Look ahead, before a run begins: what it will take, and whether it fits the genomes."""

import numpy as np
import pandas as pd

from coalflow.config import cell_settings, grid
from coalflow.core import memory
from coalflow.core.command_line import parse_arguments
from coalflow.core.errors import CoalflowError, run_program
from coalflow.core.files import write_table
from coalflow.core.progress import say
from coalflow.preflight import (
    costs,
    coverage,
    findings,
    genome_windows,
    pilot,
    refused_draws,
    segregating_sites,
    species,
)
from coalflow.report.figures import drawing, simulations
from coalflow.simulation.replicates import Replicates
from coalflow.windows import observation as observing

MOST_COLOURS = 7  # cells that a picture can tell apart
ALL = "all cells"
NO_GENOMES = (
    "none, so whether the simulations fit your data is not checked: name your VCF under `genomes`"
)


def main():
    """Try some replicates, look at the genomes; write tables and picture, say what was found."""
    arguments = parse_arguments(
        __doc__,
        settings="config, graph, limits, map, samples, ploidy, trees, imports, genomes, cores",
        observation="what is laid on simulations, .json",
        output="folder of the tables and the picture",
    )
    settings, output = arguments.settings, arguments.output
    config, cores = settings["config"], settings["cores"]
    simulation, encoding = config["simulation"], config["encoding"]
    observation = observing.read(arguments.observation)
    say(f"trying replicates of each cell, for {pilot.SECONDS:.0f} s at the most ...")
    tried = simulate(settings)
    estimated = costs.estimate(tried, simulation, encoding)
    rows = segregating_sites.of_cells(tried.shards, encoding, observation)
    lines = [
        *costs.lines(estimated, tried, simulation, cores),
        segregating_sites.line(rows, encoding),
    ]
    entries = [
        *costs.figures(estimated, cores),
        *costs.findings(estimated, tried, simulation, cores),
        *refused_draws.findings(tried.shards),
        *segregating_sites.figures(rows, encoding),
        *segregating_sites.findings(tried.shards, rows, encoding),
    ]
    if "species" in simulation:
        place = (simulation["species"], simulation.get("chromosome"))
        entries += species.compare(*place, tried.shards.values())

    say("looking at the genomes ...")
    swept = [
        cell.name
        for cell in grid.cells(simulation)
        if cell.parameters.get("sweep", "neutral") != "neutral"
    ]
    summed, cell_of = coverage.of_pilot(tried.shards, encoding, observation)
    sampled = observing.whose(observation, settings["samples"], settings["ploidy"])
    genomes, unusable = {}, []
    for name, options in settings["genomes"].items():
        try:
            genome = genome_windows.read(name, options, sampled, observation)
            lines.append(genome_windows.line(genome))
            entries += [
                *genome_windows.figures(genome),
                *genome_windows.findings(genome, rows, simulation, swept),
            ]
            genomes[name] = coverage.of_genome(genome, options, encoding, observation)
            entries += coverage.find(name, genomes[name], summed, cell_of)
        except CoalflowError as error:
            unusable.append(f"genome {name}: {error}")
            lines.append((f"genome {name}", "cannot be used, see below"))
    if not settings["genomes"]:
        lines.append(("genomes", NO_GENOMES))

    write_table(output / "check.tsv", findings.table(entries))
    write_table(output / "pilot.tsv", table_of(tried, rows))
    if len(summed) > 1:
        of = cell_of if len(tried.shards) <= MOST_COLOURS else np.full(len(cell_of), ALL)
        places = coverage.in_two_components(summed, genomes.values())
        figure = simulations.coverage(summed, of, genomes, places, log=[coverage.SPAN])
        drawing.save(figure, output / "check.png")
    print(findings.text(lines, entries), flush=True)
    print(f"Tables and picture are in {output}/", flush=True)
    if unusable:
        raise CoalflowError("\n".join(unusable))


def simulate(settings):
    """Return the :class:`coalflow.preflight.pilot.Pilot` of a run; imports are but read."""
    simulation, seed = settings["config"]["simulation"], settings["config"]["seed"]
    run = {cell.name: cell for cell in grid.cells(simulation)}
    # The order of populations, which settings do not keep in a dict.
    sampled = {key: settings[key] for key in ("samples", "ploidy")}

    def start(name):
        if settings["imports"]:
            return pilot.Imported(settings["imports"][name])
        told = cell_settings.told(
            run[name], simulation, *(settings[k] for k in ("graph", "limits", "map"))
        )
        return Replicates({**told, **sampled, "trees": settings["trees"], "seed": seed})

    memory.keep_freed_memory()
    kinds = {name: cell.parameters.get("sweep", pilot.NEUTRAL) for name, cell in run.items()}
    most = min(simulation["replicates"], pilot.MOST_REPLICATES)
    return pilot.simulate(kinds, start, seed, most)


def table_of(tried, rows):
    """Return the table of ``pilot.tsv``, a row for each cell that was tried."""
    made = [
        {
            "cell": cell,
            "replicates": len(tried.seconds[cell]),
            "seconds": tried.seconds[cell].mean(),
            "bytes": tried.bytes_of(cell),
            **row,
            "failure": "",
        }
        for cell, row in rows.items()
    ]
    failed = [
        {"cell": cell, "replicates": 0, "failure": why} for cell, why in tried.failures.items()
    ]
    return pd.DataFrame(made + failed)


if __name__ == "__main__":
    run_program(main)
