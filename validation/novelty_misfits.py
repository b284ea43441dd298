"""Genomes that simulations do not fit, in twenty-two ways, for ``novelty.py``.

Each way is simulated by msprime, or spoils what was simulated as sequencing does, at two strengths:
one that may pass unnoticed, and one that ought not to.
"""

import dataclasses
from collections.abc import Callable

import demes
import msprime
import numpy as np

SIZE = 10_000
MUTATION, RECOMBINATION = 1.25e-8, 1e-8
INDIVIDUALS = 20
LENGTH = 100_000  # bases of a window
MODEL = msprime.BinaryMutationModel()


@dataclasses.dataclass(frozen=True)
class Truth:
    """How genomes come about.

    Attributes
    ----------
    graph : demes.Graph
    samples : dict of int
        Individuals of each population.
    mutation, recombination : float
        The rates; the second is a factor of the one that is simulated.
    hotspots : float
        The share of recombination that happens in hot spots.
    gene_conversion : float
        Its rate, in that of recombination.
    generations_ago : float
        At which the individuals named ``old``, of A, lived.
    spoil : callable, optional
        A function of alleles, positions and a random generator that returns both as they are seen.
    """

    graph: demes.Graph
    samples: dict[str, int] = dataclasses.field(default_factory=lambda: {"A": INDIVIDUALS})
    mutation: float = MUTATION
    recombination: float = 1.0
    hotspots: float = 0.0
    gene_conversion: float = 0.0
    generations_ago: float = 0.0
    spoil: Callable | None = None


def simulate(truth, length, rate, seed):
    """Return alleles, uint8 (sites, haplotypes), and positions of a stretch, and its tree."""
    recombination = rate * truth.recombination
    if truth.hotspots:
        recombination = make_map(length, recombination, truth.hotspots, seed)
    samples = list_samples(truth)
    more = {}
    if truth.gene_conversion:
        more = {
            "gene_conversion_rate": truth.gene_conversion * rate,
            "gene_conversion_tract_length": 300,
        }
    trees = msprime.sim_ancestry(
        samples,
        demography=msprime.Demography.from_demes(truth.graph),
        sequence_length=length,
        recombination_rate=recombination,
        random_seed=seed,
        discrete_genome=bool(truth.gene_conversion),
        **more,
    )
    return read_sites(truth, mutate(trees, truth, seed), np.random.default_rng([seed, 1]))


def list_samples(truth):
    """Return who is sampled, and when."""
    return [
        msprime.SampleSet(number, population="A", time=truth.generations_ago)
        if name == "old"
        else msprime.SampleSet(number, population=name)
        for name, number in truth.samples.items()
    ]


def mutate(trees, truth, seed):
    """Return trees with mutations."""
    return msprime.sim_mutations(
        trees, rate=truth.mutation, random_seed=seed, model=MODEL, discrete_genome=False
    )


def read_sites(truth, trees, random):
    """Return alleles and positions as they are seen; sites that do not vary are not."""
    alleles, positions = trees.genotype_matrix().astype(np.uint8), trees.sites_position
    if truth.spoil is not None:
        alleles, positions = truth.spoil(alleles, positions, random)
    copies = alleles.sum(axis=1)
    varies = (copies > 0) & (copies < alleles.shape[1])
    return alleles[varies], positions[varies]


def make_map(length, mean, share, seed):
    """Return a map in which a share of recombination is in hot spots of 2 kb, 1 in 50 kb."""
    random = np.random.default_rng([seed, 2])
    starts = np.arange(0, length, 50_000) + random.integers(2_000, 46_000, -(-length // 50_000))
    edges = np.unique(
        np.clip(np.r_[0, np.column_stack([starts, starts + 2_000]).ravel(), length], 0, length)
    )
    hot = np.isin(edges[:-1], starts)
    widths = np.diff(edges)
    share = share if hot.any() else 0.0
    rates = np.where(
        hot, share * length / max(widths[hot].sum(), 1), (1 - share) * length / widths[~hot].sum()
    )
    return msprime.RateMap(position=edges, rate=mean * rates)


# Histories ---------------------------------------------------------------------------------------


def make_history(*epochs):
    """Return a history of one population: sizes, and generations ago at which each ends."""
    builder = demes.Builder()
    builder.add_deme("A", epochs=[dict(epoch) for epoch in epochs])
    return builder.resolve()


def make_split(time, pulse=0.0, pulse_time=50, size=SIZE, migration=0.0):
    """Return a history in which B split off from the ancestors of A, and may have mixed with A."""
    builder = demes.Builder()
    builder.add_deme("ancestors", epochs=[{"start_size": SIZE, "end_time": time}])
    builder.add_deme("A", ancestors=["ancestors"], epochs=[{"start_size": SIZE}])
    builder.add_deme("B", ancestors=["ancestors"], epochs=[{"start_size": size}])
    if pulse:
        builder.add_pulse(sources=["B"], dest="A", proportions=[pulse], time=pulse_time)
    if migration:
        builder.add_migration(demes=["A", "B"], rate=migration)
    return builder.resolve()


CONSTANT = make_history({"start_size": SIZE})
ASSUMED = Truth(CONSTANT)


def change_size(factor):
    """Return a population that is larger or smaller."""
    return Truth(make_history({"start_size": SIZE * factor}))


def grow(factor):
    """Return a population that has grown for 1,000 generations."""
    return Truth(
        make_history(
            {"start_size": SIZE, "end_time": 1000}, {"start_size": SIZE, "end_size": SIZE * factor}
        )
    )


def shrink(factor):
    """Return a population with a bottleneck, 200 to 600 generations ago."""
    return Truth(
        make_history(
            {"start_size": SIZE, "end_time": 600},
            {"start_size": SIZE / factor, "end_time": 200},
            {"start_size": SIZE},
        )
    )


def structure(migrants):
    """Return a sample from two populations that exchange that many migrants a generation."""
    half = {"A": INDIVIDUALS // 2, "B": INDIVIDUALS // 2}
    return Truth(make_split(20_000, migration=migrants / SIZE), half)


def mix_times(generations_ago):
    """Return a sample half of which lived that many generations ago."""
    half = {"A": INDIVIDUALS // 2, "old": INDIVIDUALS // 2}
    return dataclasses.replace(ASSUMED, samples=half, generations_ago=generations_ago)


# What sequencing does -----------------------------------------------------------------------


def spoil(function):
    """Return the assumed population, spoilt."""
    return dataclasses.replace(ASSUMED, spoil=function)


def misread(rate):
    """Return a function that reads alleles as the other one."""

    def change(alleles, positions, random):
        return alleles ^ (random.random(alleles.shape) < rate).astype(np.uint8), positions

    return spoil(change)


def lose_genotypes(rate):
    """Return a function that takes genotypes that are missing for ancestral ones."""

    def change(alleles, positions, random):
        lost = random.random((len(alleles), alleles.shape[1] // 2)) < rate
        return alleles * ~lost.repeat(2, axis=1), positions

    return spoil(change)


def filter_rare(copies):
    """Return a function that leaves out sites where either allele is rare."""

    def change(alleles, positions, random):
        number = alleles.sum(axis=1)
        common = np.minimum(number, alleles.shape[1] - number) >= copies
        return alleles[common], positions[common]

    return spoil(change)


def mispolarise(rate):
    """Return a function that confuses the ancestral with the derived allele at some sites."""

    def change(alleles, positions, random):
        return alleles ^ (random.random((len(alleles), 1)) < rate).astype(np.uint8), positions

    return spoil(change)


def switch_phase(rate):
    """Return a function that switches the phase of individuals, so often a base."""

    def change(alleles, positions, random):
        changed = alleles.copy()
        gaps = np.diff(positions, prepend=positions[:1])
        odds = 0.5 * (1 - np.exp(-2 * rate * gaps))
        switched = (
            np.cumsum(random.random((len(alleles), alleles.shape[1] // 2)) < odds[:, None], axis=0)
            % 2
            == 1
        )
        first, second = alleles[:, ::2], alleles[:, 1::2]
        changed[:, ::2] = np.where(switched, second, first)
        changed[:, 1::2] = np.where(switched, first, second)
        return changed, positions

    return spoil(change)


def hide(share):
    """Return a function that hides stretches of 5 kb on average."""

    def change(alleles, positions, random):
        end, at, edges = positions[-1] + 1 if len(positions) else 1, 0.0, [0.0]
        while at < end:
            at += random.exponential(5_000 * (1 - share) / share)
            edges.append(at)
            at += random.exponential(5_000)
            edges.append(at)
        seen = np.searchsorted(edges, positions, side="right") % 2 == 1
        return alleles[seen], positions[seen]

    return spoil(change)


def contaminate(share):
    """Return a function that reads that share of alleles from anybody."""

    def change(alleles, positions, random):
        other = np.take_along_axis(
            alleles, random.integers(0, alleles.shape[1], alleles.shape), axis=1
        )
        return np.where(random.random(alleles.shape) < share, other, alleles), positions

    return spoil(change)


def inbreed(share):
    """Return a function that makes individuals homozygous, each with that probability, in 1 Mb."""

    def change(alleles, positions, random):
        changed = alleles.copy()
        for begin in np.arange(0, positions[-1] if len(positions) else 0, 1e6):
            rows = (positions >= begin) & (positions < begin + 1e6)
            for one in np.flatnonzero(random.random(alleles.shape[1] // 2) < share):
                changed[rows, 2 * one + 1] = alleles[rows, 2 * one]
        return changed, positions

    return spoil(change)


def choose_sites(rarest, share):
    """Return a function that chooses common sites, as a SNP chip does, about equally spaced."""

    def change(alleles, positions, random):
        number = alleles.sum(axis=1) / alleles.shape[1]
        common = np.flatnonzero(np.minimum(number, 1 - number) >= rarest)
        kept = common[random.random(len(common)) < share]
        return alleles[kept], positions[kept]

    return spoil(change)


#: By kind of misfit: what is different, and the weaker and the stronger.
MISFITS = {
    "larger population": (change_size(1.5), change_size(3)),
    "smaller population": (change_size(0.67), change_size(0.33)),
    "growth": (grow(5), grow(50)),
    "bottleneck": (shrink(4), shrink(20)),
    "structure": (structure(2), structure(0.5)),
    "admixture": (
        Truth(make_split(8_000, pulse=0.1)),
        Truth(make_split(20_000, pulse=0.3)),
    ),
    "archaic introgression": (
        Truth(make_split(25_000, pulse=0.02, pulse_time=2000, size=2000)),
        Truth(make_split(25_000, pulse=0.1, pulse_time=2000, size=2000)),
    ),
    "genotype errors": (misread(0.002), misread(0.02)),
    "missing genotypes": (lose_genotypes(0.02), lose_genotypes(0.1)),
    "allele-count filter": (filter_rare(2), filter_rare(4)),
    "polarisation errors": (mispolarise(0.02), mispolarise(0.1)),
    "switch errors of phase": (switch_phase(1e-5), switch_phase(1e-4)),
    "higher mutation rate": (
        dataclasses.replace(ASSUMED, mutation=1.5 * MUTATION),
        dataclasses.replace(ASSUMED, mutation=3 * MUTATION),
    ),
    "lower recombination rate": (
        dataclasses.replace(ASSUMED, recombination=1 / 3),
        dataclasses.replace(ASSUMED, recombination=1 / 10),
    ),
    "higher recombination rate": (
        dataclasses.replace(ASSUMED, recombination=3),
        dataclasses.replace(ASSUMED, recombination=10),
    ),
    "hot spots": (
        dataclasses.replace(ASSUMED, hotspots=0.5),
        dataclasses.replace(ASSUMED, hotspots=0.95),
    ),
    "masks ignored": (hide(0.1), hide(0.4)),
    "contamination": (contaminate(0.02), contaminate(0.2)),
    "inbreeding": (inbreed(0.1), inbreed(0.5)),
    "SNP chip": (choose_sites(0.05, 1.0), choose_sites(0.05, 0.3)),
    "gene conversion": (
        dataclasses.replace(ASSUMED, gene_conversion=1),
        dataclasses.replace(ASSUMED, gene_conversion=6),
    ),
    "ancient samples": (mix_times(1000), mix_times(6000)),
}
