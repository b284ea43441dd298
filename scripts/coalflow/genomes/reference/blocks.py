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
from coalflow.genomes.store.blocks import Block
from coalflow.windows.masks import Mask, draw_mask_stretches, read_mask
from coalflow.windows.observation import ObservedSites, observe_replicates
from coalflow.windows.shards import Shard, read_shard


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
