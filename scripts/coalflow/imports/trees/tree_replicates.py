"""Replicates from tree sequences, a file each, with their true values."""

import dataclasses
import pathlib
from collections.abc import Iterator, Mapping, Sequence
from typing import NoReturn

import numpy as np
import numpy.typing as npt
import tskit

from coalflow.config.registry.statistics import STATISTICS
from coalflow.config.settings.simulating import ImportSettings
from coalflow.core import seeds
from coalflow.core.errors import CoalflowError
from coalflow.core.input_files import open_input, read_number
from coalflow.imports import given_sets
from coalflow.imports.remarks import Remark, Remarks
from coalflow.imports.replicate import ImportedReplicate
from coalflow.imports.trees import tree_origin
from coalflow.imports.trees.tree_files import drop_migrations, explain_damage, refuse_uncoalesced
from coalflow.imports.trees.tree_moves import trace_gene_flow
from coalflow.imports.trees.tree_samples import order_samples
from coalflow.imports.truth_tables import TruthRow, read_truth_table
from coalflow.statistics import tskit_statistics

FILE_COLUMN = "file"  # of a table of true values
ALLELES = Remark("sites with more than two alleles were left out", unit="sites")
NO_ANCESTRAL = Remark(
    "sites with two alleles, neither of them the ancestral one, were left out", unit="sites"
)


def read_tree_replicates(
    files: Sequence[str], settings: ImportSettings, remarks: Remarks
) -> Iterator[ImportedReplicate]:
    """Yield the replicates of tree sequences, a file each.

    Parameters
    ----------
    files : sequence of str
    settings : ImportSettings
    remarks : Remarks
        Gets those on the files.

    Raises
    ------
    CoalflowError
        If files are too few or damaged, samples, length or rates are not those of the config, a
        tree has several roots, or true values are missing or are not numbers.
    """
    if len(files) < settings.replicates:
        raise CoalflowError(
            f"cell {settings.cell} has {len(files):,} files, a replicate each, but "
            f"simulation.replicates is {settings.replicates:,}: lower it, or simulate more"
        )
    rows = _read_tables(settings)
    sets = given_sets.find_sets(files, settings.given)
    given_sets.refuse_no_training(len(sets), settings)
    files = [*sets, *(file for file in files if file not in sets)]
    for index, file in enumerate(files[: settings.replicates]):
        packed = file.endswith(".tsz")
        fix = "unpack it with tsunzip" if packed else "copy or simulate it again"
        with explain_damage(file, fix):
            replicate = _read_file(file, index, settings, remarks)
        name, tables = pathlib.Path(file).name, ", ".join(settings.tables)
        row = rows.get(name)
        if row is not None:
            replicate.truth.update(row.values)
        elif rows:
            raise CoalflowError(f"{tables}: has no row of {name}: add it")
        given = given_sets.find_set(file, row, tables, sets, settings.given)
        yield dataclasses.replace(replicate, given_set=given)


def _read_file(
    file: str, index: int, settings: ImportSettings, remarks: Remarks
) -> ImportedReplicate:
    """Return the replicate with this index in its cell."""
    open_input(file).close()  # tskit would wait for a pipe
    trees = tskit.load(file)
    truth = _read_metadata(trees, settings.truth.get("metadata", {}), file)
    nodes = _choose_samples(trees, file, index, settings, remarks)
    gene_flow = trace_gene_flow(trees, nodes, file, settings, remarks)
    trees = _reduce_to_samples(trees, nodes, file)
    alleles, positions = _extract_sites(trees, file, remarks)
    statistics = {**gene_flow.targets, **_compute_statistics(trees, settings)}
    return ImportedReplicate(alleles, positions, truth, statistics, ancestry=gene_flow.ancestry)


def _read_tables(settings: ImportSettings) -> dict[str, TruthRow]:
    """Return the rows of tables of true values, by the names of files without their folders."""
    columns = settings.truth.get("columns", {})
    texts = (settings.given,) if isinstance(settings.given, str) else ()
    rows: dict[str, TruthRow] = {}
    for table in settings.tables:
        for row in read_truth_table(table, columns, (FILE_COLUMN, *texts)):
            name = pathlib.Path(row.texts[FILE_COLUMN]).name
            first = rows.setdefault(name, row)
            if (first.values, *map(first.texts.get, texts)) != (
                row.values,
                *map(row.texts.get, texts),
            ):
                raise CoalflowError(
                    f"{table}: has a second row of {name} with other values: delete one"
                )
    return rows


def _choose_samples(
    trees: tskit.TreeSequence,
    file: str,
    index: int,
    settings: ImportSettings,
    remarks: Remarks,
) -> npt.NDArray[np.int32]:
    """Return the samples that are used, in the order of the config."""
    if trees.sequence_length != settings.sequence_length:
        raise CoalflowError(
            f"{file}: is {trees.sequence_length:,.10g} bases long, but simulation.sequence_length "
            f"is {settings.sequence_length:,}: make them the same"
        )
    if not trees.num_samples:
        raise CoalflowError(f"{file}: has no samples: simulate it again")
    tree_origin.check_times(trees, file, settings, remarks)
    tree_origin.check_rates(trees, file, settings)
    seed = settings.subsampling_seed
    generator = (
        None if seed is None else seeds.derive_generator(seed, "import", settings.cell, index)
    )
    return order_samples(trees, file, settings, generator, remarks)


def _reduce_to_samples(
    trees: tskit.TreeSequence, nodes: npt.NDArray[np.int32], file: str
) -> tskit.TreeSequence:
    """Return the trees of the samples that are used."""
    trees = drop_migrations(trees)
    reduced = trees.simplify(nodes)
    if any(tree.has_multiple_roots for tree in reduced.trees()):
        # Simplified, a lineage that meets no other would not differ from missing data.
        _refuse_several_roots(trees.simplify(nodes, keep_input_roots=True), file)
    return reduced


def _refuse_several_roots(trees: tskit.TreeSequence, file: str) -> NoReturn:
    """Say where samples have no ancestry, or no common ancestor."""
    tree = next(tree for tree in trees.trees() if tree.has_multiple_roots)
    if any(tree.is_isolated(sample) for sample in tree.samples()):
        where = " to ".join(f"{edge:,.10g}" for edge in tree.interval)
        raise CoalflowError(
            f"{file}: some haplotypes have no ancestry from {where} (missing data, or null genomes "
            "of SLiM): import whole windows of haplotypes that exist"
        )
    refuse_uncoalesced(tree, file)


def _extract_sites(
    trees: tskit.TreeSequence, file: str, remarks: Remarks
) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.float64]]:
    """Return the alleles and positions of the sites of a tree sequence that have two alleles.

    A site with two derived alleles, or with a derived one and without the ancestral, is
    left out, as when real data are read.
    """
    genotypes = trees.genotype_matrix()
    derived = genotypes > 0
    positions = trees.sites_position
    if genotypes.size:
        highest = genotypes.max(axis=1)
        lowest = np.where(derived, genotypes, highest[:, None]).min(axis=1)
        everywhere, several = derived.all(axis=1), highest != lowest
        # Where two derived alleles are all there is, the ancestral one is not in the sample.
        lost = everywhere & several & (_count_alleles(genotypes) == 2)
        remarks.note(NO_ANCESTRAL, file, int(lost.sum()))
        remarks.note(ALLELES, file, int((several & ~lost).sum()))
        two = ~several & ~everywhere
        derived, positions = derived[two], positions[two]
    return derived.astype(np.uint8), positions


def _count_alleles(genotypes: npt.NDArray[np.int32]) -> npt.NDArray[np.int64]:
    """Return how many alleles there are at each site."""
    ordered = np.sort(genotypes, axis=1)
    return 1 + (np.diff(ordered, axis=1) > 0).sum(axis=1)


def _compute_statistics(trees: tskit.TreeSequence, settings: ImportSettings) -> dict[str, float]:
    """Return the statistics of trees that are targets, by their names in shards."""
    slices = settings.samples.slices
    return {
        statistic.truth_name: tskit_statistics.compute_on_trees(trees, statistic, slices)
        for statistic in settings.tree_statistics
        if not STATISTICS[statistic.statistic].needs_moves
    }


def _read_metadata(
    trees: tskit.TreeSequence, paths: Mapping[str, str | int], file: str
) -> dict[str, float]:
    """Return the true values in a tree sequence's metadata, at paths like ``SLiM.user_metadata.s``.

    SLiM keeps lists there; those of one number count as that number.
    """
    truth = {}
    for name, path in paths.items():
        value = tree_origin.read_metadata(trees)
        for key in str(path).split("."):
            value = value.get(key) if isinstance(value, dict) else None
        if isinstance(value, list) and len(value) == 1:
            value = value[0]
        if value is not None:
            truth[name] = read_number(value, f"{file}: {path} of the metadata")
    return truth
