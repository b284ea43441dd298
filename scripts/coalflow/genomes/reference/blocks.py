"""Blocks of the null: long replicates, observed as simulations are, that are read like contigs.

A block is as long as many windows, so that it is cut into windows and scanned as a genome is. Its
positions are rounded down to whole bases, as those of a file are.
"""

from __future__ import annotations

import dataclasses
import pathlib
from collections.abc import Iterable, Iterator

import numpy as np
import numpy.typing as npt

from coalflow.config.schema.observation import Observation
from coalflow.config.schema.samples import Samples
from coalflow.genomes.store.contigs import Contig
from coalflow.windows.masks import Mask, read_mask
from coalflow.windows.observation import ObservedSites, draw_mask_stretches, observe_replicates
from coalflow.windows.shards import Shard, read_shard


@dataclasses.dataclass(frozen=True)
class Block:
    """A long replicate: a :class:`coalflow.genomes.store.contigs.ReadableContig`.

    Attributes
    ----------
    name : str
        Its cell and its index there, such as ``neutral/12``.
    length : int
        Bases.
    positions : ndarray of int64, shape (sites,)
        Of its observed sites, counted from 1.
    packed, called_packed : ndarray of uint8, shape (sites, ceil(haplotypes / 8))
        Alleles as bits, and where they are called; the latter is None where all are.
    samples : Samples
        Whose haplotypes these are.
    truth : mapping of str to number or text
        Its parameters and true values, by their names in shards.
    """

    name: str
    length: int
    positions: npt.NDArray[np.int64]
    packed: npt.NDArray[np.uint8]
    called_packed: npt.NDArray[np.uint8] | None
    samples: Samples
    truth: dict[str, float | str] = dataclasses.field(default_factory=dict)

    @property
    def regions(self) -> None:
        """None: all of it is read."""
        return

    @property
    def sites(self) -> int:
        """How many sites are observed."""
        return len(self.positions)

    def count_sites_before(self, bases: npt.ArrayLike) -> npt.NDArray[np.int64]:
        """Return how many sites lie before each base, counted from 0; int64 (bases,)."""
        # A position counts from 1, so it is before the base of the same number from 0.
        return np.searchsorted(self.positions, np.asarray(bases, np.int64), side="right")

    def read_positions(self, first: int, last: int) -> npt.NDArray[np.int64]:
        """Return the positions of sites, counted from 1; ``last`` is not one of them."""
        return self.positions[first:last]

    def read_sites(self, first: int, last: int, draw: int = 0) -> Contig:
        """Return sites as a contig in memory; ``last`` is not one of them."""
        called = (
            None if self.called_packed is None else self._unpack(self.called_packed[first:last])
        )
        return Contig(
            self.name,
            self.positions[first:last],
            self._unpack(self.packed[first:last]),
            called,
            self.samples,
        )

    def _unpack(self, bits: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
        return np.unpackbits(bits, axis=1, count=self.samples.number_of_haplotypes)


@dataclasses.dataclass(frozen=True)
class Blocks:
    """Blocks, and where sites of them can be seen.

    Attributes
    ----------
    blocks : tuple of Block
        One or more.
    mask : Mask, optional
        The stretches of the observation's mask through which they are seen, by their names; None
        without a mask.
    """

    blocks: tuple[Block, ...]
    mask: Mask | None = None

    @property
    def bases(self) -> int:
        """The bases of all of them together."""
        return sum(block.length for block in self.blocks)


def read_blocks(paths: Iterable[pathlib.Path], observation: Observation) -> Blocks:
    """Read the blocks in shards, observed as windows of simulations are.

    Parameters
    ----------
    paths : iterable of Path
        Shards of blocks, one or more.
    observation : Observation

    Raises
    ------
    CoalflowError
        If a shard is missing or damaged; if the mask cannot be read, or has no contig as long as a
        block.
    """
    blocks: list[Block] = []
    edges: dict[str, npt.NDArray[np.int64]] = {}
    mask = None if observation.mask is None else read_mask(observation.mask)
    for path in paths:
        shard = read_shard(path)
        read = list(_read_shard_blocks(shard, observation))
        if mask is not None:
            edges |= _cut_mask(mask, shard, read)
        blocks += read
    return Blocks(tuple(blocks), None if mask is None else Mask(mask.path, edges))


def _read_shard_blocks(shard: Shard, observation: Observation) -> Iterator[Block]:
    rows = np.arange(len(shard.seed))
    observed, indices = observe_replicates(shard, rows, observation)
    lengths = shard.truth["parameter/sequence_length"].astype(np.int64)
    cell = shard.meta.cell.rpartition("/")[2]
    for row, index in zip(rows.tolist(), indices.tolist(), strict=True):
        name = f"{cell}/{shard.replicate[row]}"
        truth = {key: values[row].item() for key, values in shard.truth.items()}
        yield _make_block(observed, index, name, int(lengths[row]), truth)


def _make_block(
    observed: ObservedSites, index: int, name: str, length: int, truth: dict[str, float | str]
) -> Block:
    part = slice(*observed.offsets[index : index + 2].tolist())
    return Block(
        name,
        length,
        np.floor(observed.positions[part]).astype(np.int64) + 1,
        observed.haplotypes[part],
        None if observed.called is None else observed.called[part],
        observed.samples,
        truth,
    )


def _cut_mask(mask: Mask, shard: Shard, blocks: list[Block]) -> dict[str, npt.NDArray[np.int64]]:
    """Return the edges of the stretch of the mask that each block is seen through."""
    names = list(mask.edges)
    contigs, bases = draw_mask_stretches(mask, shard, np.arange(len(blocks)))
    edges = {}
    for block, contig, base in zip(blocks, contigs.tolist(), bases.tolist(), strict=True):
        whole = mask.edges[names[contig]] - base
        first, last = np.searchsorted(whole, [0, block.length], side="right")
        inside = whole[first:last]
        begun = [0] if first % 2 else []
        ended = [block.length] if last % 2 else []
        edges[block.name] = np.array([*begun, *inside.tolist(), *ended], dtype=np.int64)
    return edges
