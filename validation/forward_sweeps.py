"""Sweeps by forward Wright-Fisher simulation: a reference for the structured coalescent.

Nothing is approximated while selection lasts: fwdpy11 follows every individual of the
population. For each replicate of a setting (``sweep_settings.py``)

1. msprime draws the ancestry of the whole population at generation 0;
2. fwdpy11 puts the allele there and evolves, over and over, until it is not lost;
3. samples are drawn from the last generation and get new neutral mutations.

The allele's own site is not among these. To lower the noise, several samples are drawn
from a replicate's last generation and their statistics averaged.

A setting's file NAME.npz holds, with one entry for each replicate,

* ``rows`` (replicates, windows, statistics): means over the samples from population A
  of the statistics of ``sweep_statistics.py``; ``rows_b``: the same of population B;
* ``tajimas_d_defined`` (replicates, windows), ``tajimas_d_defined_b``: how many samples
  had sites, so how many a mean of Tajima's D is of. Weight by it;
* ``sweep_generations``: from generation 0 to the end of selection;
* ``age``: from the mutation's origin to the same end, in generations;
* ``frequency``, ``frequency_b``: the derived allele's, among those who are sampled from;
* ``lost``, ``unfinished``: how many attempts before ended so;
* ``seconds``: the whole replicate's.

An interrupted run resumes where it stopped; the seed of a replicate depends only on
its setting's name and its index.

    python -m pip install -r validation/requirements.txt
    python validation/forward_sweeps.py --output FOLDER --replicates 600
"""

import argparse
import copy
import dataclasses
import pathlib
import sys
import time
import zlib

import demes
import fwdpy11
import msprime
import numpy as np
import sweep_statistics
import tskit
from sweep_settings import REFERENCE_SIZE, SAMPLED_HAPLOTYPES, SETTINGS, Epoch

SAMPLES_PER_REPLICATE = 4
REPLICATES_PER_SAVE = 50
# Beyond this, the coalescent and Wright-Fisher generations no longer differ visibly:
# a handful of lineages is left at any site.
WRIGHT_FISHER_GENERATIONS = 300
MARGIN = 0.05  # genome on the far side of a site outside the window, in windows
SPARE = 2.0  # more genome, in which to look for a branch that fits, in windows
PIECES_PER_WINDOW = 50
# The fitting branches of a genome are this many times the average, at most.
MOST_BRANCHES = 4.0
SIMPLIFY_EVERY = 50  # generations
POPULATIONS = {"A": 0, "B": 1}


def main():
    """Simulate the chosen settings, one after the other."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--output", type=pathlib.Path, required=True, help="a folder")
    parser.add_argument("--replicates", type=int, default=600, help="of each setting")
    parser.add_argument("--settings", nargs="+", choices=SETTINGS, default=list(SETTINGS))
    arguments = parser.parse_args()
    arguments.output.mkdir(parents=True, exist_ok=True)
    for name in arguments.settings:
        run(SETTINGS[name], arguments.replicates, arguments.output / f"{name}.npz")


def run(setting, replicates, path):
    """Bring a setting's file up to a number of replicates."""
    results = load(path)
    while len(results) < replicates:
        stop = min(replicates, len(results) + REPLICATES_PER_SAVE)
        results += [simulate_replicate(setting, index) for index in range(len(results), stop)]
        save(results, path)
        seconds = np.mean([result["seconds"] for result in results])
        print(
            f"{setting.name}: {len(results)}/{replicates} replicates, {seconds:.2f} s each",
            file=sys.stderr,
            flush=True,
        )


def load(path):
    """Return the replicates in a file, each as from :func:`simulate_replicate`, or none."""
    if not path.exists():
        return []
    with np.load(path) as file:
        columns = {name: file[name] for name in file.files}
    number = len(columns["rows"])
    return [{name: column[i] for name, column in columns.items()} for i in range(number)]


def save(results, path):
    """Write replicates to a file, whole or not at all."""
    columns = {name: np.array([result[name] for result in results]) for name in results[0]}
    unfinished = path.with_suffix(".part.npz")
    np.savez_compressed(unfinished, **columns)
    unfinished.replace(path)


def simulate_replicate(setting, index):
    """Simulate one sweep and return what the module's docstring lists, as a dict."""
    started = time.perf_counter()
    rng = np.random.default_rng([zlib.crc32(setting.name.encode()), index])
    genome = Genome.enclose(setting)
    pop, key, age = population_with_mutation(setting, genome, rng)
    pop, lost, unfinished = sweep(setting, pop, key, rng)
    result = {
        "sweep_generations": pop.generation,
        "age": age + pop.generation,
        "lost": lost,
        "unfinished": unfinished,
    }
    drift(setting, pop, rng)

    trees = tree_sequence(pop)
    frequencies = derived_frequencies(pop)
    for name in frequencies:
        suffix = "" if name == "A" else "_b"
        statistics = sampled_statistics(setting, genome, trees, POPULATIONS[name], rng)
        tajimas_d = statistics[:, :, sweep_statistics.STATISTICS.index("tajimas_d")]
        result[f"rows{suffix}"] = mean_where_defined(statistics)
        result[f"tajimas_d_defined{suffix}"] = np.isfinite(tajimas_d).sum(axis=0)
        result[f"frequency{suffix}"] = frequencies[name]
    return {**result, "seconds": time.perf_counter() - started}


@dataclasses.dataclass(frozen=True)
class Genome:
    """What is simulated of the genome: the window, and more if the site lies outside.

    In windows; ``window`` is where the analysed one begins, ``site`` the selected site.
    """

    length: float
    window: float
    site: float

    @classmethod
    def enclose(cls, setting):
        """Return the shortest genome that holds a setting's window and its site."""
        left = min(0.0, setting.site - MARGIN)
        right = max(1.0, setting.site + MARGIN)
        return cls(length=right - left, window=-left, site=setting.site - left)


def recombination_rate(setting):
    """Return the rate per window, gamete and generation."""
    return setting.rho / (4 * REFERENCE_SIZE)


def mutation_rate(setting):
    """Return the rate per window, gamete and generation."""
    return setting.theta / (4 * REFERENCE_SIZE)


def seed_from(rng):
    """Draw a seed that msprime and fwdpy11 both accept."""
    return int(rng.integers(1, 2**31))


# Before selection


def population_with_mutation(setting, genome, rng):
    """Return the population at generation 0, and the mutation's index in it and age then."""
    if setting.start_copies == 1:
        # Every haplotype is as good as any other, in every ancestry.
        trees = ancestry(setting, genome.length, rng)
    else:
        trees = ancestry_with_branch(setting, genome, rng)
    pop = fwdpy11.DiploidPopulation.create_from_tskit(trees)
    key = pop.add_mutation(
        fwdpy11.GSLrng(seed_from(rng)),
        # Of the fitting branches at the site, fwdpy11 takes one in proportion to its length.
        window=(genome.site, np.nextafter(genome.site, genome.length)),
        ndescendants=setting.start_copies,
        deme=POPULATIONS["A"],
        data=mutation_effect(setting),
    )
    age = 0.0
    if setting.start_copies > 1:
        tree, node = trees.at(genome.site), pop.tables.mutations[0].node
        # Anywhere on the branch; fwdpy11 itself notes its lower end.
        age = rng.uniform(tree.time(node), tree.time(tree.parent(node)))
    return pop, key, age


def mutation_effect(setting):
    """Return the mutation's effect, for fitness 1, 1 + effect * dominance, 1 + 2 * effect."""
    dominance = 2 * setting.dominance
    effects = [setting.selection / 2]
    if setting.second:
        effects.append(setting.second.selection / 2)
    return fwdpy11.NewMutationData(
        effect_size=effects[0],
        dominance=dominance,
        esizes=effects,
        heffects=[dominance] * len(effects),
    )


def ancestry(setting, length, rng):
    """Return the whole population's ancestry at generation 0, over that many windows."""
    demography = past_demography(setting)
    samples = {population.name: population.initial_size for population in demography.populations}
    return msprime.sim_ancestry(
        samples={name: int(size) for name, size in samples.items()},
        demography=demography,
        sequence_length=length,
        recombination_rate=recombination_rate(setting),
        discrete_genome=False,
        random_seed=seed_from(rng),
        # All of a population is sampled: often three lineages and more meet in a generation.
        model=[
            msprime.DiscreteTimeWrightFisher(duration=WRIGHT_FISHER_GENERATIONS),
            msprime.StandardCoalescent(),
        ],
    )


def past_demography(setting):
    """Return the history up to generation 0, for msprime."""
    past = [epoch for epoch in setting.sizes if is_past(epoch)]
    demography = msprime.Demography()
    demography.add_population(name="A", initial_size=past[-1].size)
    for older, newer in zip(past, past[1:], strict=False):
        demography.add_population_parameters_change(
            time=-newer.start, initial_size=older.size, population="A"
        )
    if setting.second and setting.second.split is None:
        demography.add_population(name="B", initial_size=setting.second.size)
        demography.set_symmetric_migration_rate(["A", "B"], setting.second.migration)
    demography.sort_events()
    return demography


def is_past(epoch):
    """Tell whether an epoch began before generation 0."""
    return epoch.start is None or epoch.start < 0


def ancestry_with_branch(setting, genome, rng):
    """Return an ancestry with a branch at the site that has ``start_copies`` descendants.

    A neutral mutation of that many copies falls on such branches in proportion to their
    length, so that ancestries with much of them must come up more often: an ancestry is
    accepted in proportion to it. For this not to take all day, the genome is longer than
    needed, the site drawn within it, and the rest cut away around.
    """
    copies = setting.start_copies
    length = genome.length + SPARE
    first, last = genome.site, genome.site + SPARE
    pieces = np.linspace(first, last, round(SPARE * PIECES_PER_WINDOW) + 1)
    # Of a constant population of 2N, 4N / k generations of branches have k descendants.
    expected = 4 * REFERENCE_SIZE / copies * SPARE
    while True:
        trees = ancestry(setting, length, rng)
        weights = branch_length(trees, copies, pieces) * np.diff(pieces)
        if weights.sum() < rng.uniform(0, MOST_BRANCHES * expected):
            continue
        piece = rng.choice(len(weights), p=weights / weights.sum())
        inside = trees.breakpoints(as_array=True)
        inside = inside[(inside > pieces[piece]) & (inside < pieces[piece + 1])]
        edges = np.r_[pieces[piece], inside, pieces[piece + 1]]
        weights = branch_length(trees, copies, edges) * np.diff(edges)
        tree = rng.choice(len(weights), p=weights / weights.sum())
        left = rng.uniform(edges[tree], edges[tree + 1]) - genome.site
        return trees.keep_intervals([[left, left + genome.length]]).trim()


def branch_length(trees, copies, edges):
    """Return the mean length of branches with that many descendants between the edges."""
    ends = np.r_[0, edges, trees.sequence_length]
    spectrum = trees.allele_frequency_spectrum(mode="branch", windows=ends, polarised=True)
    return spectrum[1:-1, copies]


# Selection


def sweep(setting, pop, key, rng):
    """Evolve to the end of the sweep, from the start again when the allele is lost.

    Returns the population of the first generation in which A has ``end_frequency``, and
    how many attempts were lost and how many took more than ``longest`` generations.
    """
    history = forward_history(setting, setting.longest)
    parameters = model(setting, pop.tables.genome_length, history, setting.longest)
    generator = fwdpy11.GSLrng(seed_from(rng))
    failures = {True: 0, False: 0}
    while True:
        attempt = copy.deepcopy(pop)
        watch = Watch(key, setting.end_frequency)
        evolve(generator, attempt, parameters, watch)
        if watch.reached:
            return attempt, failures[True], failures[False]
        failures[watch.lost] += 1


class Watch:
    """Ends a simulation when the allele is lost, or frequent enough in A."""

    def __init__(self, key, end_frequency):
        self.key = key
        self.end_frequency = end_frequency
        self.reached = self.lost = False

    def __call__(self, pop, _):
        """Look at a new generation; return whether it is the last."""
        copies = pop.mcounts[self.key]
        self.lost = copies == 0
        # Where they are takes long to find out, so not before there are enough of them.
        if copies >= self.end_frequency * 2 * population_size(pop, "A"):
            self.reached = derived_frequencies(pop)["A"] >= self.end_frequency
        return self.reached or self.lost


def derived_frequencies(pop):
    """Return the mutation's frequency in each population of the present generation."""
    genomes = np.array(pop.diploids, copy=False)
    genomes = np.stack([genomes["first"], genomes["second"]])
    # No other mutation has an effect, so that "smutations" holds this one or nothing.
    mutations = pop.haploid_genomes
    derived = [g for g in np.unique(genomes).tolist() if mutations[g].smutations.size > 0]
    copies = np.isin(genomes, derived).mean(axis=0)
    deme = np.array(pop.diploid_metadata, copy=False)["deme"]
    return {name: copies[deme == i].mean() for name, i in POPULATIONS.items() if i in deme}


def population_size(pop, name):
    """Return how many individuals a population has at present."""
    deme = np.array(pop.diploid_metadata, copy=False)["deme"]
    return np.count_nonzero(deme == POPULATIONS[name])


def drift(setting, pop, rng):
    """Evolve on from the end of the sweep to the sample, if there is time between."""
    if setting.generations_after == 0:
        return
    sizes = setting.sizes
    if setting.size_after is not None:
        sizes = (*sizes, Epoch(pop.generation, setting.size_after))
    setting = dataclasses.replace(setting, sizes=sizes)
    history = forward_history(setting, pop.generation + setting.generations_after)
    length = pop.tables.genome_length
    parameters = model(setting, length, history, setting.generations_after)
    evolve(fwdpy11.GSLrng(seed_from(rng)), pop, parameters)


def evolve(generator, pop, parameters, watch=None):
    """Evolve a population in place."""
    fwdpy11.evolvets(
        generator,
        pop,
        parameters,
        SIMPLIFY_EVERY,
        stopping_criterion=watch,
        suppress_table_indexing=True,
        track_mutation_counts=True,
        # The mutation's index must stay what it is.
        remove_extinct_variants=False,
    )


def model(setting, length, history, generations):
    """Return fwdpy11's parameters: recombination, fitness and history; no mutation.

    ``length`` is the genome's in windows.
    """
    rate = recombination_rate(setting) * length
    return fwdpy11.ModelParams(
        recregions=[fwdpy11.PoissonInterval(0, length, rate)],
        gvalue=fwdpy11.Multiplicative(2.0, ndemes=history.number_of_demes()),
        rates=(0, 0, None),
        prune_selected=False,
        simlen=generations,
        demography=history,
    )


def forward_history(setting, last):
    """Return the history from generation 0 to the generation ``last``, for fwdpy11."""
    builder = demes.Builder(time_units="generations")
    epochs = [{"start_size": size_at_start(setting), "end_time": last}]
    future = [epoch for epoch in setting.sizes if not is_past(epoch)]
    if not future or future[0].start > 0:
        future.insert(0, Epoch(0, size_at_start(setting)))
    ends = [epoch.start for epoch in future[1:]] + [last]
    for epoch, end in zip(future, ends, strict=True):
        end_size = epoch.size * (1 + epoch.growth) ** (end - epoch.start)
        epochs.append(
            {"start_size": epoch.size, "end_size": round(end_size), "end_time": last - end}
        )
    builder.add_deme("A", epochs=epochs)
    second = setting.second
    if second:
        origin = {}
        if second.split is not None:
            origin = {"ancestors": ["A"], "start_time": last - second.split}
        builder.add_deme("B", epochs=[{"start_size": second.size}], **origin)
        if second.migration > 0:
            builder.add_migration(demes=["A", "B"], rate=second.migration)
    return fwdpy11.ForwardDemesGraph.from_demes(
        builder.resolve(), burnin=0, burnin_is_exact=True, round_non_integer_sizes=True
    )


def size_at_start(setting):
    """Return A's size in generation 0."""
    return [epoch.size for epoch in setting.sizes if is_past(epoch)][-1]


# The sample


def tree_sequence(pop):
    """Return the present generation's ancestry, without the selected mutation.

    fwdpy11's own way to tskit takes as long as the rest of a replicate.
    """
    nodes, edges = np.array(pop.tables.nodes), np.array(pop.tables.edges)
    flags = np.zeros(len(nodes), dtype=np.uint32)
    flags[pop.alive_nodes] = tskit.NODE_IS_SAMPLE
    tables = tskit.TableCollection(sequence_length=pop.tables.genome_length)
    for _ in POPULATIONS:
        tables.populations.add_row()
    tables.nodes.set_columns(
        flags=flags, time=pop.generation - nodes["time"], population=nodes["deme"]
    )
    tables.edges.set_columns(**{name: edges[name] for name in ("left", "right", "parent", "child")})
    tables.sort()
    return tables.tree_sequence()


def sampled_statistics(setting, genome, trees, population, rng):
    """Return several samples' statistics, float64 (samples, windows, statistics)."""
    everyone = trees.samples(population=population)
    statistics = []
    for _ in range(SAMPLES_PER_REPLICATE):
        sample = trees.simplify(rng.choice(everyone, SAMPLED_HAPLOTYPES, replace=False))
        if genome.length > 1:
            # Cutting and shifting can have rounded the genome's end down.
            end = min(genome.window + 1, sample.sequence_length)
            sample = sample.keep_intervals([[genome.window, end]]).trim()
        mutated = msprime.sim_mutations(
            sample,
            rate=mutation_rate(setting),
            model=msprime.BinaryMutationModel(),
            discrete_genome=False,
            random_seed=seed_from(rng),
        )
        matrix = mutated.genotype_matrix()
        statistics.append(sweep_statistics.summarise_windows(matrix, mutated.sites_position))
    return np.array(statistics)


def mean_where_defined(statistics):
    """Return the mean over samples of each statistic, nan where none has it."""
    defined = np.isfinite(statistics)
    total = np.where(defined, statistics, 0).sum(axis=0)
    number = defined.sum(axis=0)
    return np.divide(total, number, out=np.full(total.shape, np.nan), where=number > 0)


if __name__ == "__main__":
    main()
