"""Measure which sweeps a scan finds, in blocks with a sweep and without, by every model."""

import pathlib
from collections.abc import Iterator

import pandas as pd

from coalflow.config import grid
from coalflow.config.settings.power.measuring import PowerSettings
from coalflow.core.command_line import parse_arguments
from coalflow.core.errors import CoalflowError, run_program
from coalflow.core.files import write_table
from coalflow.evaluation.calibration.calibration_files import read_calibrations
from coalflow.genomes.power.found_blocks import find_blocks, judge_regions
from coalflow.genomes.power.power_tables import COLUMNS, describe_power, tabulate_power
from coalflow.genomes.power.scanned_blocks import find_block_regions, tabulate_blocks
from coalflow.genomes.reference.blocks import read_blocks
from coalflow.genomes.reference.building import scan_blocks
from coalflow.genomes.reference.reference import read_references
from coalflow.genomes.scans.scanners import Scanner
from coalflow.models.ensembles import add_ensembles
from coalflow.models.storage.loading import load_models
from coalflow.report.figures.drawing import save_figure
from coalflow.report.figures.power import draw_power
from coalflow.windows.observation import read_observation


def main() -> None:
    """Read models and blocks; write the tables and the figure, and print what was found."""
    arguments = parse_arguments(
        __doc__,
        PowerSettings,
        simulated="folder of all blocks",
        models="folder of all models, with what genomes are compared with",
        observation="how simulations are observed, .json",
        output="the table, .tsv",
        blocks="the table of all blocks with a sweep, .tsv",
        figure="the figure, .png",
    )
    settings = arguments.settings
    scanner = Scanner(
        add_ensembles(load_models(arguments.models, settings.models)),
        read_calibrations(arguments.models, settings.packed),
        read_references(arguments.models, settings.packed),
    )
    reference = scanner.judge
    if reference is None or not reference.scores:
        raise CoalflowError("power: no prediction is compared with a null (significance.neutral)")
    measured = list(_measure(scanner, arguments.simulated, arguments.observation, settings))
    table = pd.concat([power for power, _ in measured], ignore_index=True)
    write_table(arguments.output, table[list(COLUMNS)])
    write_table(arguments.blocks, pd.concat([found for _, found in measured], ignore_index=True))
    fdr = reference.meta.significance.fdr
    save_figure(draw_power(table, fdr), arguments.figure)
    print("\n".join(describe_power(table, fdr)), flush=True)


def _measure(
    scanner: Scanner,
    simulated: pathlib.Path,
    observation: pathlib.Path,
    settings: PowerSettings,
) -> Iterator[tuple[pd.DataFrame, pd.DataFrame]]:
    """Yield the table of power, and that of blocks with a sweep, of each model."""
    paths = [
        simulated / cell / grid.name_shard(shard)
        for cell, shards in settings.shards.items()
        for shard in range(shards)
    ]
    blocks = read_blocks(paths, read_observation(observation))
    truth = tabulate_blocks(blocks, settings.kinds, settings.parameters)
    scanned = scan_blocks(blocks, scanner, settings.options)
    for name, model in scanner.models.items():
        reference = scanner.references[name.partition("/")[0]]
        score, fdr = reference.scores[0], reference.meta.significance.fdr
        regions = find_block_regions(scanned, model, reference, score)
        if regions is None:
            continue
        judged = judge_regions(regions, truth, settings.swept, reference.meta.length)
        found = find_blocks(judged, truth, fdr)
        power = tabulate_power(found, judged, truth, settings.parameters, settings.swept, fdr)
        named = {"model": name, "score": score.name}
        yield power.assign(**named), found.assign(**named)[[*named, *found.columns]]


if __name__ == "__main__":
    run_program(main)
