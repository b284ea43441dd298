"""Genomes under background selection, by forward simulation, for validation/significance.py.

A population of constant size evolves with deleterious mutations in a fifth of its genome, of which
three in four mutations change something, with effects from a gamma distribution. It is a twentieth
as large as that of the run, and all rates, and selection, are 20 times as high, so that products of
size and rates are the same. As many genomes are made without deleterious mutations: they tell
background selection from what comes of the small size.

    python validation/background_selection.py --output FOLDER --genomes 40

It needs ``validation/requirements.txt`` alone. A genome, NAME/INDEX.trees, has the haplotypes of 25
individuals with neutral mutations. What is there is kept.
"""

import argparse
import pathlib

import fwdpy11
import msprime
import numpy as np

SCALE = 20
SIZE = 10_000 // SCALE  # diploid individuals
LENGTH = 2_250_000  # bases
MUTATION_RATE, RECOMBINATION_RATE = 1.5e-8 * SCALE, 1.2e-8 * SCALE
INDIVIDUALS = 25
GENERATIONS = 6 * SIZE  # after which the neutral beginning hardly matters
SPACING, FUNCTIONAL = 50_000, 10_000  # bases from one functional stretch to the next, and of each
DELETERIOUS = 0.75  # of the mutations there
MEAN_EFFECT, SHAPE = 0.005 * SCALE, 0.5  # s of homozygotes, gamma-distributed, additive
STRENGTHS = {"background_selection": 1.0, "forward_neutral": 0.0}


def main():
    """Simulate the genomes that are not there yet."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--output", type=pathlib.Path, required=True, help="a folder")
    parser.add_argument("--genomes", type=int, default=40, help="of each kind")
    arguments = parser.parse_args()
    for index in range(arguments.genomes):
        for name, strength in STRENGTHS.items():
            path = arguments.output / name / f"{index}.trees"
            if not path.exists():
                path.parent.mkdir(parents=True, exist_ok=True)
                genome = simulate(strength, np.random.default_rng([index, len(name)]))
                genome.dump(path.with_suffix(".part"))
                path.with_suffix(".part").rename(path)


def simulate(strength, rng):
    """Return a sample's trees with neutral mutations."""
    seeds = rng.integers(1, 2**31, size=4).tolist()
    past = msprime.sim_ancestry(
        SIZE,
        population_size=SIZE,
        sequence_length=LENGTH,
        recombination_rate=RECOMBINATION_RATE,
        discrete_genome=True,
        random_seed=seeds[0],
    )
    population = fwdpy11.DiploidPopulation.create_from_tskit(past)
    fwdpy11.evolvets(
        fwdpy11.GSLrng(seeds[1]),
        population,
        make_model(strength),
        100,
        suppress_table_indexing=True,
    )
    trees = population.dump_tables_to_tskit()
    alive = np.flatnonzero(trees.nodes_time[trees.samples()] == 0)
    chosen = np.sort(rng.choice(len(alive) // 2, INDIVIDUALS, replace=False))
    nodes = trees.samples()[alive].reshape(-1, 2)[chosen].ravel()
    sample = trees.delete_sites(np.arange(trees.num_sites)).simplify(nodes)
    return msprime.sim_mutations(
        sample,
        rate=MUTATION_RATE,
        model=msprime.BinaryMutationModel(),
        discrete_genome=False,
        random_seed=seeds[2],
    )


def make_model(strength):
    """Return fwdpy11's parameters."""
    starts = np.arange((SPACING - FUNCTIONAL) / 2, LENGTH, SPACING)
    # With a scaling of 2 and a dominance of 1, fitnesses are 1, 1 + effect and 1 + 2 effect.
    regions = [
        fwdpy11.GammaS(start, start + FUNCTIONAL, 1, -MEAN_EFFECT / 2, SHAPE, h=1.0)
        for start in starts.tolist()
    ]
    rate = strength * DELETERIOUS * MUTATION_RATE * FUNCTIONAL * len(starts)
    history = fwdpy11.ForwardDemesGraph.tubes([SIZE], burnin=GENERATIONS, burnin_is_exact=True)
    return fwdpy11.ModelParams(
        nregions=[],
        sregions=regions,
        recregions=[fwdpy11.PoissonInterval(0, LENGTH, RECOMBINATION_RATE * LENGTH)],
        gvalue=fwdpy11.Multiplicative(2.0),
        rates=(0.0, rate, None),
        prune_selected=True,
        simlen=GENERATIONS,
        demography=history,
    )


if __name__ == "__main__":
    main()
