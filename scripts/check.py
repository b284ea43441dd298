"""Look ahead, before a run begins: what it will take, and whether it fits the genomes."""

import dataclasses
import pathlib
from collections.abc import Iterator, Mapping

import numpy as np
import pandas as pd

from coalflow.config.schema.whole import Config
from coalflow.config.settings.making import SettingsMaker
from coalflow.config.settings.reporting import CheckSettings
from coalflow.core.command_line import parse_arguments
from coalflow.core.errors import CoalflowError, run_program
from coalflow.core.files import write_table
from coalflow.core.progress import say
from coalflow.genomes.novelty.statistic_space import project_on_plane
from coalflow.imports.remarks import list_unused_knowledge
from coalflow.preflight import costs, segregating_sites
from coalflow.preflight.findings import Figure, Finding, Line, format_entries, tabulate_entries
from coalflow.preflight.genome_check import check_genomes
from coalflow.preflight.pilot import SECONDS, Pilot, run_pilot
from coalflow.preflight.problems.population_nets import find_mixing_nets
from coalflow.preflight.problems.refused_draws import find_refused_draws
from coalflow.preflight.problems.simultaneous_pulses import find_simultaneous_pulses
from coalflow.preflight.problems.unvarying_targets import find_unvarying_targets
from coalflow.preflight.segregating_sites import CellSites
from coalflow.preflight.species import compare_with_species
from coalflow.preflight.window_statistics import PilotWindows, describe_pilot_windows
from coalflow.report.figures.coverage import draw_coverage
from coalflow.report.figures.drawing import save_figure
from coalflow.statistics.window_statistics import SPAN
from coalflow.windows.observation import read_observation

MOST_COLOURS = 7  # cells that a picture can distinguish
ALL = "all cells"


def main() -> None:
    """Try some replicates, look at the genomes; write tables and picture, print what was found."""
    arguments = parse_arguments(
        __doc__,
        CheckSettings,
        observation="how simulations are observed, .json",
        genomes="folder of all genomes that were read",
        output="folder of the tables and the picture",
    )
    settings, output = arguments.settings, arguments.output
    config, observation = settings.config, read_observation(arguments.observation)
    maker = SettingsMaker(config, settings.recombination_map)

    say(f"trying replicates of each cell, for {SECONDS:.0f} s at the most ...")
    pilot = run_pilot(maker)
    counted = segregating_sites.count_sites_by_cell(pilot.shards, config.encoding, observation)
    lines, entries = check_pilot(pilot, counted, config, settings.cores)

    say("looking at the genomes ...")
    windows = describe_pilot_windows(pilot.shards, config.encoding, observation)
    genomes = check_genomes(maker, arguments.genomes, observation, counted, windows)
    entries += genomes.entries

    write_table(output / "check.tsv", tabulate_entries(entries))
    write_table(output / "pilot.tsv", tabulate_pilot(pilot, counted))
    if len(windows.table) > 1:
        draw_picture(output / "check.png", windows, genomes.tables)
    print(format_entries([*lines, *genomes.lines], entries), flush=True)
    print(f"Tables and picture are in {output}/", flush=True)
    if genomes.unusable:
        raise CoalflowError("\n".join(genomes.unusable))


def check_pilot(
    pilot: Pilot, counted: Mapping[str, CellSites], config: Config, cores: int
) -> tuple[list[Line], list[Figure | Finding]]:
    """Return what the terminal shows of the pilot, and its figures and findings."""
    simulation, encoding = config.simulation, config.encoding
    estimated = costs.estimate_costs(pilot, simulation, encoding)
    lines = [
        *costs.describe_costs(estimated, pilot, simulation, cores),
        segregating_sites.describe_sites(counted, encoding),
    ]
    entries: list[Figure | Finding] = [
        *costs.list_cost_figures(estimated, cores),
        *costs.find_cost_problems(estimated, pilot, simulation, cores),
        *find_import_remarks(pilot, config),
        *find_refused_draws(pilot.shards),
        *find_simultaneous_pulses(config),
        *find_unvarying_targets(pilot.shards, config),
        *segregating_sites.list_site_figures(counted, encoding),
        *segregating_sites.find_site_problems(pilot.shards, counted, encoding),
        *find_mixing_nets(config.models.nets, config.samples, config.targets),
    ]
    if simulation.species is not None:
        shards = pilot.shards.values()
        entries += compare_with_species(simulation.species, simulation.chromosome, shards)
    return lines, entries


def find_import_remarks(pilot: Pilot, config: Config) -> Iterator[Finding]:
    """Yield what was left out of imported files, or not used, as far as it can be changed."""
    for unused in list_unused_knowledge(config):
        yield Finding("import", ALL, unused.remark, unused.fix)
    for cell, remarks in pilot.remarks.items():
        for found in remarks:
            if found.remark.fix:
                where = f"{found.remark.remark} (first in {found.first})"
                yield Finding("import", cell, where, found.remark.fix)


def tabulate_pilot(pilot: Pilot, counted: Mapping[str, CellSites]) -> pd.DataFrame:
    """Return the table of ``pilot.tsv``, a row for each cell that was tried."""
    tried = [
        {
            "cell": cell,
            "replicates": len(pilot.seconds[cell]),
            "seconds": pilot.seconds[cell].mean(),
            "bytes": pilot.measure_bytes(cell),
            **dataclasses.asdict(sites),
            "failure": "",
        }
        for cell, sites in counted.items()
    ]
    failed = [
        {"cell": cell, "replicates": 0, "failure": why} for cell, why in pilot.failures.items()
    ]
    return pd.DataFrame(tried + failed)


def draw_picture(
    path: pathlib.Path, pilot: PilotWindows, genomes: Mapping[str, pd.DataFrame]
) -> None:
    """Draw windows of genomes among those of the pilot; of many cells, all in one colour."""
    table, cells = pilot.table, pilot.cells
    if len(np.unique(cells)) > MOST_COLOURS:
        cells = np.full(len(cells), ALL)
    components = project_on_plane(table, genomes.values())
    save_figure(draw_coverage(table, cells, genomes, components, log=[SPAN]), path)


if __name__ == "__main__":
    run_program(main)
