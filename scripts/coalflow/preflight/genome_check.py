"""All genomes of a run, compared with its pilot."""

import dataclasses
import pathlib
from collections.abc import Collection, Mapping

import numpy as np
import pandas as pd

from coalflow.config.schema.observation import Observation
from coalflow.config.settings.genome_options import GenomeOptions
from coalflow.config.settings.making import SettingsMaker
from coalflow.core.errors import CoalflowError
from coalflow.genomes.opening import open_genome
from coalflow.genomes.plan import list_parts, read_plan
from coalflow.genomes.suitability.describing import describe_genome
from coalflow.genomes.suitability.remarks import list_remarks
from coalflow.preflight.compared_windows import read_compared_windows
from coalflow.preflight.coverage.cells import (
    describe_cell_coverage,
    find_shift,
    list_cell_figures,
    measure_cell_coverage,
)
from coalflow.preflight.coverage.far_windows import find_far_windows
from coalflow.preflight.coverage.outside import find_coverage
from coalflow.preflight.findings import Figure, Finding, Line
from coalflow.preflight.genome_windows import (
    Genome,
    describe_compared,
    describe_diversity,
    find_genome_problems,
    find_incomparable,
    list_genome_figures,
    list_window_figures,
)
from coalflow.preflight.segregating_sites import CellSites
from coalflow.preflight.window_statistics import (
    PilotWindows,
    describe_genome_windows,
    limit_windows,
)
from coalflow.windows import masks

NO_GENOMES = (
    "none, so whether the simulations fit your data is not checked: name your file under `genomes`"
)


@dataclasses.dataclass(frozen=True)
class GenomeCheck:
    """What was found out about the genomes of a run.

    Attributes
    ----------
    lines : list of (label, words)
        What the terminal shows.
    entries : list of Figure or Finding
    tables : dict of DataFrame
        The statistics of the windows of each genome that has some.
    unusable : list of str
        Why genomes cannot be used.
    """

    lines: list[Line] = dataclasses.field(default_factory=list)
    entries: list[Figure | Finding] = dataclasses.field(default_factory=list)
    tables: dict[str, pd.DataFrame] = dataclasses.field(default_factory=dict)
    unusable: list[str] = dataclasses.field(default_factory=list)


def check_genomes(
    maker: SettingsMaker,
    folder: pathlib.Path,
    observation: Observation,
    counted: Mapping[str, CellSites],
    pilot: PilotWindows,
) -> GenomeCheck:
    """Compare all genomes of a run with its pilot; one that cannot be used stops no other.

    Parameters
    ----------
    maker : SettingsMaker
        Of the run.
    folder : Path
        In which each genome has a folder with its plan and its contig stores.
    observation : Observation
    counted : dict of CellSites
        The sites of the pilot's windows, by their cells.
    pilot : PilotWindows
    """
    check = GenomeCheck()
    for name in maker.config.genomes:
        try:
            _check_genome(check, name, folder / name, maker, observation, counted, pilot)
        except CoalflowError as error:
            check.unusable.append(f"genome {name}: {error}")
            check.lines.append((f"genome {name}", "cannot be used, see below"))
    if not maker.config.genomes:
        check.lines.append(("genomes", NO_GENOMES))
    return check


def _check_genome(
    check: GenomeCheck,
    name: str,
    folder: pathlib.Path,
    maker: SettingsMaker,
    observation: Observation,
    counted: Mapping[str, CellSites],
    pilot: PilotWindows,
) -> None:
    """Add what is found out about a genome, from the stores in its folder."""
    config, view, settings = (
        maker.config,
        maker.view.observed(observation),
        maker.observe_genome(name),
    )
    options, encoding = settings.options, settings.encoding
    plan = read_plan(folder / "plan.json")
    parts = list_parts(folder / "contigs", plan)
    opened = open_genome(parts, plan, view.samples, observation, options)
    genome = Genome(name, opened.contigs, opened.description)
    swept = [cell for cell in maker.cells if maker.cells[cell].is_swept]
    check.lines.extend(describe_diversity(genome))
    check.entries.extend(list_genome_figures(genome))
    check.entries.extend(find_genome_problems(genome, counted, config.simulation, swept))
    check.entries.extend(_find_remarks(genome, observation, options))
    # What a run would refuse before any model is trained.
    masks.refuse_short(observation.mask, settings.block_length, settings.block_windows)
    shown = settings.show, settings.show_regions
    describe_genome(opened, plan, encoding, observation, options, *shown)
    most = limit_windows(opened.contigs[0].samples.number_of_haplotypes, encoding)
    windows = read_compared_windows(opened.contigs, options, view, pilot.longest_gap, most)
    check.lines.extend(describe_compared(windows, encoding))
    check.entries.extend(list_window_figures(name, windows))
    check.entries.extend(find_incomparable(genome, windows, encoding))
    if len(windows):
        is_fixed = not maker.drawn and config.simulation.imported is None
        check.tables[name] = describe_genome_windows(windows, encoding)
        _compare_windows(check, name, pilot, swept if is_fixed else None)


def _find_remarks(
    genome: Genome, observation: Observation, options: GenomeOptions
) -> list[Finding]:
    """Return findings about what of a file is not used; one that was simulated is used as it is."""
    if options.simulated:
        return []
    remarks = list_remarks(genome.description, observation, options)
    about = f"genome {genome.name}"
    return [Finding("genomes", about, remark.remark, remark.fix) for remark in remarks]


def _compare_windows(
    check: GenomeCheck, name: str, pilot: PilotWindows, swept: Collection[str] | None
) -> None:
    """Add how the windows of a genome compare with the pilot's.

    ``swept`` are the cells with a sweep; None where parameters differ between windows of a cell.
    """
    windows, cells = check.tables[name], pilot.cells
    covered = find_coverage(name, windows, pilot.table, cells)
    far = find_far_windows(name, windows, pilot.table)
    check.entries.extend(covered)
    if not far:  # there are too few windows
        return
    is_found = any(isinstance(entry, Finding) for entry in covered)
    # Where most windows are outside, it says nothing new that some of them are far.
    check.entries.extend(entry for entry in far if isinstance(entry, Figure) or not is_found)
    if len(np.unique(cells)) > 1:
        by_cell = measure_cell_coverage(windows, pilot.table, cells)
        check.lines.append(describe_cell_coverage(name, by_cell))
        check.entries.extend(list_cell_figures(name, by_cell))
    if swept is not None and not is_found:
        check.entries.extend(find_shift(name, windows, pilot.table, cells, swept))
