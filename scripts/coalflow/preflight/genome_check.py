"""All genomes of a run, compared with its pilot."""

import dataclasses
from collections.abc import Collection, Mapping

import numpy as np
import numpy.typing as npt
import pandas as pd

from coalflow.config.schema.observation import Observation
from coalflow.config.settings.making import SettingsMaker
from coalflow.config.settings.genome_options import GenomeOptions
from coalflow.core.errors import CoalflowError
from coalflow.genomes.remarks import list_remarks
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
    describe_genome,
    describe_short_contigs,
    find_genome_problems,
    list_genome_figures,
    read_first_records,
)
from coalflow.preflight.segregating_sites import CellSites
from coalflow.preflight.window_statistics import describe_genome_windows

NO_GENOMES = (
    "none, so whether the simulations fit your data is not checked: name your VCF under `genomes`"
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
    files: Mapping[str, str],
    observation: Observation,
    counted: Mapping[str, CellSites],
    pilot: pd.DataFrame,
    cells: npt.NDArray[np.str_],
) -> GenomeCheck:
    """Compare all genomes of a run with its pilot; one that cannot be used stops no other.

    Parameters
    ----------
    maker : SettingsMaker
        Of the run.
    files : dict of str
        The file of each genome.
    observation : Observation
    counted : dict of CellSites
        The sites of the pilot's windows, by their cells.
    pilot : DataFrame
        The statistics of these windows.
    cells : ndarray of str, shape (windows,)
        The cell of each.
    """
    config, check = maker.config, GenomeCheck()
    swept = [name for name, cell in maker.cells.items() if cell.is_swept]
    is_fixed = not maker.drawn and config.simulation.imported is None
    samples = observation.observe(config.samples)
    for name, path in files.items():
        options = maker.genome_options(name)
        try:
            genome = read_first_records(name, path, samples, observation, options)
            check.lines.append(describe_genome(genome))
            check.entries.extend(list_genome_figures(genome))
            check.entries.extend(find_genome_problems(genome, counted, config.simulation, swept))
            check.entries.extend(_find_remarks(path, genome, observation, options))
            check.tables[name] = describe_genome_windows(
                genome, options.length, config.encoding, observation
            )
            check.lines.extend(describe_short_contigs(genome, options.length, config.encoding))
            _compare_windows(check, name, pilot, cells, swept if is_fixed else None)
        except CoalflowError as error:
            check.unusable.append(f"genome {name}: {error}")
            check.lines.append((f"genome {name}", "cannot be used, see below"))
    if not files:
        check.lines.append(("genomes", NO_GENOMES))
    return check


def _find_remarks(
    path: str, genome: Genome, observation: Observation, options: GenomeOptions
) -> list[Finding]:
    """Return findings about what of a file is not used; one that was simulated is used as it is."""
    if options.simulated:
        return []
    remarks = list_remarks(path, genome.description, observation, options)
    about = f"genome {genome.name}"
    return [Finding("genomes", about, remark.remark, remark.fix) for remark in remarks]


def _compare_windows(
    check: GenomeCheck,
    name: str,
    pilot: pd.DataFrame,
    cells: npt.NDArray[np.str_],
    swept: Collection[str] | None,
) -> None:
    """Add how the windows of a genome compare with the pilot's.

    ``swept`` are the cells with a sweep; None where parameters differ between windows of a cell.
    """
    windows = check.tables[name]
    covered = find_coverage(name, windows, pilot, cells)
    far = find_far_windows(name, windows, pilot)
    check.entries.extend(covered)
    if not far:  # there are too few windows
        return
    is_found = any(isinstance(entry, Finding) for entry in covered)
    # Where most windows are outside, it says nothing new that some of them are far.
    check.entries.extend(entry for entry in far if isinstance(entry, Figure) or not is_found)
    if len(np.unique(cells)) > 1:
        by_cell = measure_cell_coverage(windows, pilot, cells)
        check.lines.append(describe_cell_coverage(name, by_cell))
        check.entries.extend(list_cell_figures(name, by_cell))
    if swept is not None and not is_found:
        check.entries.extend(find_shift(name, windows, pilot, cells, swept))
