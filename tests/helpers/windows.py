"""Small shards in memory, and windows of them, that several tests share."""

import dataclasses

import msprime
import numpy as np
from helpers.data import make_encoding, make_observation, make_samples
from helpers.models import windows_of

from coalflow.genomes.windows.laid_windows import GenomeWindows
from coalflow.windows import encoding, shards
from coalflow.windows.observation import find_common_sites, observe_replicates

ORDERS = ("sampled", "similarity", "frequency")
POLARISED, FOLDED = make_observation(polarised=True), make_observation()
LENGTH = 1_000_000


def make_shard(matrices):
    """Return a shard in memory with these replicates, uint8 (sites, haplotypes) each."""
    sites = [len(matrix) for matrix in matrices]
    return shards.Shard(
        haplotypes=np.packbits(np.concatenate(matrices), axis=1),
        positions=np.concatenate([np.arange(s, dtype=float) for s in sites]),
        offsets=np.cumsum([0, *sites]),
        replicate=np.arange(len(matrices)),
        seed=np.arange(len(matrices), dtype=np.uint64) + np.uint64(2**63),
        truth={"parameter/sequence_length": np.full(len(matrices), float(max(*sites, 1)))},
        meta=shards.ShardMeta(cell="a", samples=make_samples(matrices[0].shape[1], ploidy=1)),
    )


def random_matrices(sites, haplotypes, seed=0):
    random = np.random.default_rng(seed)
    return [random.integers(0, 2, (s, haplotypes), dtype=np.uint8) for s in sites]


def read_windows(shard, chosen, sites, stretch="central", pad=False, length=None, seed=1):
    """Return replicates of a shard as windows, alleles as they are."""
    length = length or int(shard.truth["parameter/sequence_length"][0])
    encoded = make_encoding(
        sites=sites, stretch=stretch, pad=pad, seed=seed, length=length, order="sampled"
    )
    return encoding.encode_shard(shard, chosen, encoded, POLARISED)


def observe_all(shard):
    """Return a shard's sites as they are observed without any loss."""
    return observe_replicates(shard, np.arange(len(shard.seed)), POLARISED)[0]


def find_common_alleles(alleles, called, fewest):
    """Return at which sites both alleles are called often enough, of alleles one a byte."""
    bits = np.packbits(alleles, axis=1)
    called_bits = None if called is None else np.packbits(called, axis=1)
    return find_common_sites(bits, called_bits, alleles.shape[1], fewest)


def encode_matrices(matrices, order, observation):
    """Return matrices as models see them."""
    return encode_again(windows_of(matrices), order, observation).haplotypes


def encode_again(windows, order, observation):
    """Return windows as models see them."""
    samples = make_samples(windows.number_of_haplotypes, ploidy=1)
    parts = windows.haplotypes, None, windows.positions, windows.mask, samples
    return encoding.encode_windows(*parts, make_encoding(order=order), observation)


def simulate_trees(individuals, ploidy, seed, length=LENGTH, rate=1e-8):
    """Return a tree sequence of one window; at all of its sites both alleles are there."""
    trees = msprime.sim_ancestry(
        individuals,
        ploidy=ploidy,
        population_size=1000,
        sequence_length=length,
        recombination_rate=1e-8,
        random_seed=seed,
    )
    model = msprime.BinaryMutationModel()
    trees = msprime.sim_mutations(trees, rate=rate, random_seed=seed, model=model)
    copies = trees.genotype_matrix().sum(axis=1)
    return trees.delete_sites(np.flatnonzero((copies == 0) | (copies == trees.num_samples)))


def make_shard_of_trees(trees, samples):
    """Return some windows of the same length as a shard."""
    matrices = [one.genotype_matrix().astype(np.uint8) for one in trees]
    return shards.Shard(
        haplotypes=np.packbits(np.concatenate(matrices), axis=1),
        positions=np.concatenate([one.sites_position for one in trees]),
        offsets=np.cumsum([0, *map(len, matrices)]),
        replicate=np.arange(len(trees)),
        seed=np.arange(len(trees), dtype=np.uint64) + np.uint64(2**63),
        truth={"parameter/sequence_length": np.full(len(trees), trees[0].sequence_length)},
        meta=shards.ShardMeta(cell="a", samples=samples),
    )


def observe(shard, replicates=None, **changes):
    """Return the sites of all or some replicates that are observed, and where these are."""
    rows = np.arange(len(shard.seed)) if replicates is None else np.array(replicates)
    return observe_replicates(shard, rows, make_observation(**changes))


def unpack(bits, seen):
    return np.unpackbits(bits, axis=1, count=seen.samples.number_of_haplotypes)


# Of genomes ------------------------------------------------------------------------------------


@dataclasses.dataclass
class SitesInMemory:
    """The sites of a contig as windows need them; ``positions`` count from 1."""

    positions: np.ndarray
    length: int
    name: str = "1"
    regions: np.ndarray | None = None

    @property
    def sites(self):
        return len(self.positions)

    def count_sites_before(self, bases):
        return np.array([sum(p - 1 < base for p in self.positions) for base in bases], int)

    def read_positions(self, first, last):
        return np.array(self.positions[first:last], int)


def make_windows(first, count, start, end, contig="1"):
    """Return windows of a contig, of a number or a list each."""
    arrays = [np.atleast_1d(np.array(each, int)) for each in (start, end, first, count)]
    return GenomeWindows(contig, *arrays, np.zeros(len(arrays[0]), bool))
