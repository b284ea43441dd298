"""Replicates from tree sequences, a file each, with their true values."""

import pathlib
from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import numpy.typing as npt
import tskit

from coalflow.config.settings.simulating import ImportSettings
from coalflow.core.errors import CoalflowError
from coalflow.core.table_numbers import read_number
from coalflow.imports.replicate import ImportedReplicate
from coalflow.imports.truth_tables import read_truth_table
from coalflow.statistics import tskit_statistics

FILE_COLUMN = "file"  # of a table of true values


def read_tree_replicates(
    files: Sequence[str], settings: ImportSettings
) -> Iterator[ImportedReplicate]:
    """Yield the replicates of tree sequences, a file each.

    Parameters
    ----------
    files : sequence of str
    settings : ImportSettings

    Raises
    ------
    CoalflowError
        If files are too few or damaged, samples or length are not those of the config, or true
        values are missing or are not numbers.
    """
    if len(files) < settings.replicates:
        raise CoalflowError(
            f"cell {settings.cell} has {len(files):,} files, a replicate each, but "
            f"simulation.replicates is {settings.replicates:,}: lower it, or simulate more"
        )
    rows = _read_tables(settings)
    for file in files[: settings.replicates]:
        trees = _load_trees(file)
        truth = _read_metadata(trees, settings.truth.get("metadata", {}), file)
        if rows:
            name = pathlib.Path(file).name
            if name not in rows:
                raise CoalflowError(f"{', '.join(settings.tables)}: has no row of {name}: add it")
            truth |= rows[name]
        alleles, positions = _extract_sites(trees, file, settings)
        statistics = _compute_statistics(trees, file, settings)
        yield ImportedReplicate(alleles, positions, truth, statistics)


def _read_tables(settings: ImportSettings) -> dict[str, Mapping[str, float]]:
    """Return the true values in tables, by the names of files without their folders."""
    columns = settings.truth.get("columns", {})
    return {
        pathlib.Path(row.texts[FILE_COLUMN]).name: row.values
        for table in settings.tables
        for row in read_truth_table(table, columns, (FILE_COLUMN,))
    }


def _load_trees(file: str) -> tskit.TreeSequence:
    try:
        return tskit.load(file)
    except (tskit.TskitException, tskit.FileFormatError, OSError, EOFError, ValueError) as error:
        reason = " ".join(str(error).split()) or type(error).__name__
        remedy = "unpack it with tsunzip" if file.endswith(".tsz") else "copy or simulate it again"
        raise CoalflowError(f"{file}: is not a whole tree sequence ({reason}): {remedy}") from None


def _extract_sites(
    trees: tskit.TreeSequence, file: str, settings: ImportSettings
) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.float64]]:
    """Return the alleles and positions of the sites of a tree sequence that have two alleles.

    A site with two derived alleles, or with a derived one and without the ancestral, is
    left out, as when real data are read.
    """
    needed = settings.samples.number_of_haplotypes
    if trees.num_samples != needed:
        raise CoalflowError(
            f"{file}: has {trees.num_samples} haplotypes, but simulation.samples makes {needed}: "
            "simplify it to the ones to be used, or change simulation.samples"
        )
    if trees.sequence_length != settings.sequence_length:
        raise CoalflowError(
            f"{file}: is {trees.sequence_length:,.10g} bases long, but simulation.sequence_length "
            f"is {settings.sequence_length:,}: make them the same"
        )
    genotypes = trees.genotype_matrix()
    if (genotypes < 0).any():
        raise CoalflowError(
            f"{file}: some haplotypes have no ancestry at some sites (missing data): import whole "
            "windows"
        )
    derived = genotypes > 0
    positions = trees.sites_position
    if genotypes.size:
        highest = genotypes.max(axis=1)
        lowest = np.where(derived, genotypes, highest[:, None]).min(axis=1)
        two = (highest == lowest) & ~derived.all(axis=1)
        derived, positions = derived[two], positions[two]
    return derived.astype(np.uint8), positions


def _compute_statistics(
    trees: tskit.TreeSequence, file: str, settings: ImportSettings
) -> dict[str, float]:
    """Return the statistics of trees that are targets, by their names in shards."""
    if settings.tree_statistics and trees.time_units == tskit.TIME_UNITS_UNCALIBRATED:
        raise CoalflowError(
            f"{file}: its nodes have no times (time_units is uncalibrated), and a target is a "
            "statistic of the trees: date it, or predict a statistic of sites"
        )
    slices = settings.samples.slices
    return {
        statistic.truth_name: tskit_statistics.compute_on_trees(trees, statistic, slices)
        for statistic in settings.tree_statistics
    }


def _read_metadata(
    trees: tskit.TreeSequence, paths: Mapping[str, str | int], file: str
) -> dict[str, float]:
    """Return the true values in a tree sequence's metadata, at paths like ``SLiM.user_metadata.s``.

    SLiM keeps lists there; those of one number count as that number.
    """
    truth = {}
    for name, path in paths.items():
        value = trees.metadata
        for key in str(path).split("."):
            value = value.get(key) if isinstance(value, dict) else None
        if isinstance(value, list) and len(value) == 1:
            value = value[0]
        if value is not None:
            truth[name] = read_number(value, f"{file}: {path} of the metadata")
    return truth
