"""Tree sequences (.trees), and those that tszip packed (.tsz)."""

import pathlib
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import tskit

from coalflow.core.errors import CoalflowError
from coalflow.core.input_files import open_input
from coalflow.genomes.genotypes.carried import ABSENT
from coalflow.genomes.genotypes.sites import RecordBlock
from coalflow.genomes.readers.block_edges import limit_records
from coalflow.genomes.readers.genome_file import MOST_RECORDS, FileContig, GenomeFile, Region
from coalflow.genomes.readers.simulated_sites import (
    form_phased_block,
    place_on_bases,
    refuse_field,
)
from coalflow.imports.trees.tree_files import drop_migrations, explain_damage, refuse_uncoalesced
from coalflow.imports.trees.tree_origin import read_metadata
from coalflow.imports.trees.tree_samples import GENERATIONS, find_ages, title_populations

ZIP = b"PK\x03\x04"
CONTIG = "1"  # as tskit names it in a VCF
# Keys of metadata with the name of an individual, by msprime's users, tskit's and tsinfer's.
NAMES = ("name", "id", "variant_data_sample_id", "sample_id")
CONTIG_KEYS = (("SLiM", "this_chromosome", "symbol"), ("contig_id",), ("contig",), ("chromosome",))
# States that are numbers of mutations (SLiM), or of alleles; what they begin from is one of these.
NUMBERS, FIRST_NUMBERS = re.compile(r"[0-9]+(,[0-9]+)*"), ("", "0")
SEE = "docs/genomes.md shows how to add them with tskit"


class TreeSequenceFile(GenomeFile):
    """A tree sequence, which is one contig.

    All of it is in memory; a file of tszip is unpacked there.

    Parameters
    ----------
    path : path

    Raises
    ------
    CoalflowError
        If the file is damaged, or its samples are not those of individuals.
    """

    format = "tree sequence"

    def __init__(self, path: str | pathlib.Path) -> None:
        self.path = str(path)
        self._trees = _load(self.path)
        samples = self._trees.samples()
        numbers = self._trees.nodes_individual[samples]
        _refuse_without_individuals(self.path, numbers)
        # The sample nodes of each individual, in the order of the file.
        order = np.argsort(numbers, kind="stable")
        found, first = np.unique(numbers[order], return_index=True)
        nodes = np.split(samples[order], first[1:])
        self.individuals = _name_individuals(self._trees, found)
        self._nodes = dict(zip(self.individuals, nodes, strict=True))
        self.populations = _list_populations(self._trees, self._nodes)
        length = self._trees.sequence_length
        self._bases = place_on_bases(self._trees.sites_position, length, self.path)
        self.contigs = [FileContig(_name_contig(self._trees), int(np.ceil(length)))]
        self.can_seek = True

    def read_blocks(
        self,
        individuals: Sequence[str],
        ancestral: str | None = None,
        region: Region | None = None,
        most_records: int = MOST_RECORDS,
    ) -> Iterator[RecordBlock]:
        """Yield sites as records in blocks; see :class:`GenomeFile`.

        Raises
        ------
        CoalflowError
            If the individuals have no common ancestor somewhere.
        """
        refuse_field(self.path, ancestral)
        name = self.contigs[0].name
        start, stop = 0, len(self._bases)
        if region is not None:
            edges = (region.start, region.end) if region.contig == name else (0, 0)
            start, stop = (int(each) for each in np.searchsorted(self._bases, edges))
        if start == stop:
            return
        nodes = [self._nodes[individual] for individual in individuals]
        trees = self._reduce(np.concatenate(nodes), start, stop)
        ploidies = np.array([len(each) for each in nodes])
        there = np.arange(ploidies.max()) < ploidies[:, None]
        most = limit_records(most_records, len(individuals))
        variants = trees.variants(copy=False)
        most_alleles = 1 + np.bincount(trees.mutations_site, minlength=1).max()
        kind = np.int8 if most_alleles <= np.iinfo(np.int8).max else np.int16
        for first in range(start, stop, most):
            bases = self._bases[first : min(first + most, stop)]
            alleles = np.full((len(bases), *there.shape), ABSENT, dtype=kind)
            texts = []
            with explain_damage(self.path):
                for row, variant in zip(range(len(bases)), variants, strict=False):
                    alleles[row][there] = variant.genotypes
                    texts.append(_write_alleles(variant.alleles, variant.genotypes))
            yield form_phased_block(name, bases, alleles, texts, ancestral)

    def _reduce(self, nodes: npt.NDArray[np.int32], start: int, stop: int) -> tskit.TreeSequence:
        """Return the trees of some samples, with some of the sites."""
        trees = self._trees
        positions = trees.sites_position
        left = 0.0 if start == 0 else positions[start]
        right = trees.sequence_length if stop == len(positions) else positions[stop]
        with explain_damage(self.path):
            trees = drop_migrations(trees)
            if (left, right) != (0.0, trees.sequence_length):
                trees = trees.keep_intervals([[left, right]], simplify=False)
            # Without its root, a lineage that meets no other would not differ from missing data.
            trees = trees.simplify(nodes, filter_sites=False, keep_input_roots=True)
        for tree in trees.trees():
            if tree.num_roots > 1 and sum(map(bool, map(tree.num_children, tree.roots))) > 1:
                refuse_uncoalesced(tree, self.path)
        return trees


def _load(path: str) -> tskit.TreeSequence:
    """Open a tree sequence, packed or not."""
    with open_input(path) as file:  # tskit would wait for a pipe
        is_packed = file.read(len(ZIP)) == ZIP
    with explain_damage(path):
        return _unpack(path) if is_packed else tskit.load(path)


def _unpack(path: str) -> tskit.TreeSequence:
    """Return the tree sequence that tszip packed."""
    # They take .3 s to import.
    import tszip

    from coalflow.genomes.readers.zarr_stores.store import ZarrStore

    ZarrStore(path).refuse_unknown_codecs()
    try:
        return tszip.decompress(path)
    except (CoalflowError, MemoryError):
        raise
    except Exception as error:  # zarr raises errors of many kinds
        raise ValueError(error) from None


# Individuals ------------------------------------------------------------------------------------


def _refuse_without_individuals(path: str, numbers: npt.NDArray[np.int32]) -> None:
    """Refuse samples that are of no individual: it is not known which belong together."""
    if not len(numbers):
        raise CoalflowError(f"{path}: has no samples: a scan needs the genotypes of individuals")
    alone = int((numbers == tskit.NULL).sum())
    if alone == len(numbers):
        raise CoalflowError(
            f"{path}: has {alone:,} samples, but no individuals that they are of, so it is not "
            f"known which belong together: {SEE}"
        )
    if alone:
        raise CoalflowError(
            f"{path}: {alone:,} of {len(numbers):,} samples are of no individual, and the others "
            f"are: simplify it to samples that have individuals, or add them ({SEE})"
        )


def _name_individuals(trees: tskit.TreeSequence, numbers: Iterable[int]) -> list[str]:
    """Return the names of individuals in their metadata, or as tskit writes them into a VCF."""
    metadata = []
    for number in numbers:
        try:
            metadata.append(trees.individual(number).metadata)
        except Exception:  # whatever a damaged schema raises
            metadata.append(None)
    for key in NAMES:
        names = [_read_name(each, key) for each in metadata]
        if all(names) and len(set(names)) == len(names):
            return names
    return [f"tsk_{number}" for number in numbers]


def _read_name(metadata: Any, key: str) -> str:
    """Return a name in metadata; empty where there is none."""
    name = metadata.get(key) if isinstance(metadata, Mapping) else None
    return str(name) if isinstance(name, (str, int)) and not isinstance(name, bool) else ""


def _list_populations(
    trees: tskit.TreeSequence, nodes: Mapping[str, npt.NDArray[np.int32]]
) -> dict[str, tuple[str, ...]]:
    """Return the individuals of each population, by its name or ``pop_`` and its number.

    Where samples are of several times, those of the past are populations of their own: ``A@500``.
    """
    members: dict[tuple[int, str], list[str]] = {}
    ages = np.zeros(trees.num_nodes)
    ages[trees.samples()] = find_ages(trees, trees.samples())
    several = np.ptp(ages[trees.samples()]) > GENERATIONS
    for individual, samples in nodes.items():
        found = set(trees.nodes_population[samples].tolist())
        if len(found) == 1 and tskit.NULL not in found:
            age = ages[samples[0]]
            past = f"@{age:.10g}" if several and age > GENERATIONS else ""
            members.setdefault((found.pop(), past), []).append(individual)
    titles = title_populations(trees, {number for number, _ in members})
    twice = {title for title, count in Counter(titles.values()).items() if count > 1}
    populations = {}
    for number, past in sorted(members):
        title = titles.get(number)
        name = title if title and title not in twice else f"pop_{number}"
        populations[f"{name}{past}"] = tuple(members[number, past])
    return populations


def _name_contig(trees: tskit.TreeSequence) -> str:
    """Return the name of the contig in metadata, as SLiM 5 has it, or ``1``."""
    for path in CONTIG_KEYS:
        value = read_metadata(trees)
        for key in path[:-1]:
            value = value.get(key) if isinstance(value, Mapping) else None
        if name := _read_name(value, path[-1]):
            return name
    return CONTIG


# Alleles ----------------------------------------------------------------------------------------


def _write_alleles(
    states: Sequence[str | None], genotypes: npt.NDArray[np.int8]
) -> tuple[str, ...]:
    """Return the alleles of a site in capitals, the ancestral one first.

    Where they are numbers of mutations, as SLiM writes them, they become 0 and 1; 1 is the one that
    is carried. If several are, they stay as they are.
    """
    texts = tuple(state.upper() for state in states if state is not None)
    if texts[0] not in FIRST_NUMBERS or not all(map(NUMBERS.fullmatch, texts[1:])):
        return texts
    carried = np.unique(genotypes[genotypes > 0])
    if len(carried) != 1:
        return ("0", *texts[1:])
    return ("0", *("1" if index == carried[0] else text for index, text in enumerate(texts[1:], 1)))
