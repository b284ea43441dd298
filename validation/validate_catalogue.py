"""Every species and model of stdpopsim's catalogue: coalflow against msprime, run by stdpopsim.

Of each, the config is made that names it and little else, and is read as coalflow reads any. Its
windows are simulated by coalflow, and again by stdpopsim's own engine, with populations, ploidy,
sizes and sampling times from the catalogue. The diversity of each population, and the divergence of
each pair, must agree. They are computed on the branches of the trees, which leaves out the noise
of mutations.

Writes ``catalogue.md``. Seeds are fixed: a second run writes the same page.

    python validation/validate_catalogue.py --output docs
"""

import argparse
import dataclasses
import itertools
import pathlib
import sys
import warnings
import zlib
from collections.abc import Iterator

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.append(str(ROOT / "scripts"))

import numpy as np
import stdpopsim
import tskit
from scipy import stats

from coalflow.config.loading import read_config
from coalflow.config.schema.samples import Samples
from coalflow.config.schema.whole import Config
from coalflow.config.settings.making import SettingsMaker
from coalflow.core import seeds
from coalflow.core.errors import CoalflowError
from coalflow.core.files import replace_atomically
from coalflow.simulation.cell_simulator import CellSimulator

REPLICATES = 100
INDIVIDUALS = 2  # of each population
RECOMBINATIONS = 40  # 4 N r of a window, which makes its trees vary less than one tree does
LENGTH_OF_ONE_TREE = 1000  # bases, where nothing recombines
LEVEL = 0.01  # of all comparisons together


@dataclasses.dataclass(frozen=True)
class Entry:
    """What a config names: a species, with one of its models or chromosomes, or neither."""

    species: str
    model: str | None = None
    chromosome: str | None = None

    @property
    def name(self) -> str:
        """How the page calls it."""
        return " ".join(part for part in (self.species, self.model, self.chromosome) if part)


@dataclasses.dataclass(frozen=True)
class Comparison:
    """Diversity of a population, or divergence of two, per base: ours and stdpopsim's."""

    entry: Entry
    populations: tuple[str, ...]
    ours: np.ndarray
    theirs: np.ndarray

    @property
    def z(self) -> float:
        """The difference of the means, divided by its standard error."""
        error = np.hypot(stats.sem(self.ours), stats.sem(self.theirs))
        return float((self.ours.mean() - self.theirs.mean()) / error)


# What the catalogue has ------------------------------------------------------------------------


def list_entries() -> Iterator[Entry]:
    """Yield each species, each of its models, and each chromosome of another ploidy."""
    for species in stdpopsim.all_species():
        yield Entry(species.id)
        for model in species.demographic_models:
            yield Entry(species.id, model.id)
        other = [c.id for c in species.genome.chromosomes if c.ploidy not in (None, species.ploidy)]
        for chromosome in other:
            yield Entry(species.id, chromosome=chromosome)
        if other and species.demographic_models:
            # Sizes of models count for chromosomes as those of the species do: one shows it.
            yield Entry(species.id, species.demographic_models[0].id, other[-1])


def list_sampled(entry: Entry) -> list[str]:
    """Return the populations that the catalogue samples; none where there is no model."""
    if entry.model is None:
        return []
    model = stdpopsim.get_species(entry.species).get_demographic_model(entry.model)
    return [population.name for population in model.populations if population.allow_samples]


def make_config(entry: Entry) -> dict:
    """Return the config that names an entry, and all of its populations, and leaves the rest open.

    Parameters
    ----------
    entry : Entry
    """
    sampled = list_sampled(entry)
    individuals = INDIVIDUALS if len(sampled) > 1 else 2 * INDIVIDUALS
    simulation = {
        "species": entry.species,
        "samples": dict.fromkeys(sampled, individuals) if sampled else individuals,
        "sequence_length": choose_length(entry),
        "replicates": 20,
    }
    if entry.model is not None:
        simulation["demography"] = {"stdpopsim": entry.model}
    if entry.chromosome is not None:
        simulation["chromosome"] = entry.chromosome
    target: dict = {"statistic": "diversity"}
    if len(sampled) > 1:
        target["of"] = sampled[0]
    seed = zlib.crc32(entry.name.encode())
    return {"run": "catalogue", "seed": seed, "simulation": simulation, "target": {"pi": target}}


def choose_length(entry: Entry) -> int:
    """Return how long a window is, in bases, so that it has some recombination and is cheap."""
    species = stdpopsim.get_species(entry.species)
    if entry.chromosome is not None:
        rate = species.genome.get_chromosome(entry.chromosome).recombination_rate
    else:
        rate = species.genome.mean_recombination_rate
    lineages = 4 * max(species.population_size, 1000)
    return round(RECOMBINATIONS / (lineages * rate)) if rate else LENGTH_OF_ONE_TREE


# Both simulators -------------------------------------------------------------------------------


def compare(entry: Entry, replicates: int = REPLICATES) -> list[Comparison]:
    """Return how an entry's diversities and divergences compare.

    Parameters
    ----------
    entry : Entry
    replicates : int
        Windows, of each of the two.

    Raises
    ------
    CoalflowError
        If the entry's config is refused.
    """
    config = read_config(make_config(entry))
    samples, rate = config.samples, float(config.simulation.mutation_rate)
    names = [name for name, _ in samples.individuals]
    compared = [(name,) for name in names] + list(itertools.combinations(names, 2))
    ours = rate * np.array([*_simulate_ours(config, samples, replicates)])
    theirs = rate * np.array([*_simulate_theirs(entry, config, replicates)])
    return [
        Comparison(entry, populations, ours[:, index], theirs[:, index])
        for index, populations in enumerate(compared)
    ]


def _simulate_ours(config: Config, samples: Samples, replicates: int) -> Iterator[np.ndarray]:
    maker = SettingsMaker(config)
    (cell,) = maker.cells.values()
    simulator = CellSimulator(maker.simulate(cell))
    for index in range(replicates):
        seed = seeds.derive_replicate_seed(config.seed, cell.name, index)
        trees = simulator.simulate_replicate(seed).trees
        yield _measure(trees, [trees.samples()[where] for where in samples.slices.values()])


def _simulate_theirs(entry: Entry, config: Config, replicates: int) -> Iterator[np.ndarray]:
    species, engine = stdpopsim.get_species(entry.species), stdpopsim.get_engine("msprime")
    if entry.model is None:
        model = stdpopsim.PiecewiseConstantSize(species.population_size)
        (population,) = model.populations
        names = {population.name: "all"}
    else:
        model = species.get_demographic_model(entry.model)
        names = {population.name: population.name for population in model.populations}
    contig = _make_contig(species, entry, config)
    individuals = dict(config.samples.individuals)
    samples = {theirs: individuals[ours] for theirs, ours in names.items() if ours in individuals}
    for seed in np.random.SeedSequence(config.seed).generate_state(replicates):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            trees = engine.simulate(model, contig, samples, seed=seed)
        nodes, lived = trees.samples(), trees.nodes_population[trees.samples()]
        sets = {
            names[population.metadata["name"]]: nodes[lived == population.id]
            for population in trees.populations()
        }
        yield _measure(trees, [sets[name] for name in individuals])


def _make_contig(species: stdpopsim.Species, entry: Entry, config: Config) -> stdpopsim.Contig:
    """Return stdpopsim's contig, as short as our windows, with rates of the same names."""
    rates = {
        "mutation_rate": config.simulation.mutation_rate,
        "recombination_rate": config.simulation.recombination_rate,
    }
    if entry.chromosome is None:
        # A contig of a bacterium must be longer than its stretches of gene conversion.
        longest = max(c.gene_conversion_length or 0 for c in species.genome.chromosomes)
        length = max(config.simulation.sequence_length, longest + 1)
        return species.get_contig(length=length, **rates)
    ploidy = species.genome.get_chromosome(entry.chromosome).ploidy
    length = config.simulation.sequence_length
    return stdpopsim.Contig.basic_contig(length=length, ploidy=ploidy, **rates)


def _measure(trees: tskit.TreeSequence, sets: list[np.ndarray]) -> np.ndarray:
    """Return the diversities and divergences of a window, in generations of branches per base."""
    pairs = list(itertools.combinations(range(len(sets)), 2))
    within = trees.diversity(sets, mode="branch")
    between = trees.divergence(sets, indexes=pairs, mode="branch") if pairs else []
    return np.concatenate([within, between])


# The page --------------------------------------------------------------------------------------


def main() -> None:
    """Compare everything that the catalogue has, write the page."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--output", type=pathlib.Path, required=True, help="a folder")
    parser.add_argument("--replicates", type=int, default=REPLICATES, help="of each entry")
    arguments = parser.parse_args()
    found: list[list[Comparison]] = []
    refused: dict[str, str] = {}
    for entry in list_entries():
        print(entry.name, flush=True)
        try:
            found.append(compare(entry, arguments.replicates))
        except CoalflowError as error:
            refused[entry.name] = " ".join(str(error).split())
    with replace_atomically(arguments.output / "catalogue.md") as temporary:
        page = write_page(found, refused, arguments.replicates)
        pathlib.Path(temporary).write_text(page, encoding="utf-8")


def find_critical_z(comparisons: int) -> float:
    """Return the z that one of these comparisons exceeds by chance once in 1 / LEVEL pages."""
    return float(stats.norm.isf(LEVEL / 2 / comparisons))


def write_page(found: list[list[Comparison]], refused: dict[str, str], replicates: int) -> str:
    """Return the page.

    Parameters
    ----------
    found : list of list of Comparison
        By entry.
    refused : dict
        Why the config of an entry is refused, by its name.
    replicates : int
        Of each entry.
    """
    everything = [one for comparisons in found for one in comparisons]
    critical = find_critical_z(len(everything))
    beyond = [one for one in everything if abs(one.z) > critical]
    lines = [
        INTRODUCTION.format(
            version=stdpopsim.__version__,
            entries=len(found) + len(refused),
            refused=len(refused),
            replicates=replicates,
            individuals=INDIVIDUALS,
            several=2 * INDIVIDUALS,
            comparisons=len(everything),
            critical=critical,
            level=LEVEL,
            beyond=len(beyond),
            largest=max(abs(one.z) for one in everything),
            square=np.mean([one.z**2 for one in everything]),
        ),
        "| species, model, chromosome | population | diversity | stdpopsim's | z | "
        "largest z of divergences |",
        "|---|---|---|---|---|---|",
    ]
    for comparisons in found:
        lines += _write_rows(comparisons)
    lines += ["", "## Refused", ""]
    lines += [f"- {name}: {reason}" for name, reason in refused.items()] or ["None."]
    return "\n".join(lines) + "\n"


def _write_rows(comparisons: list[Comparison]) -> Iterator[str]:
    times = dict(read_config(make_config(comparisons[0].entry)).samples.times)
    between = [one.z for one in comparisons if len(one.populations) == 2]
    largest = f"{max(between, key=abs):.2f} of {len(between)}" if between else ""
    for one in (one for one in comparisons if len(one.populations) == 1):
        (population,) = one.populations
        time = f", {times[population]:,.10g} generations ago" if population in times else ""
        shown = "" if population == "all" else f"{population}{time}"
        yield (
            f"| {one.entry.name} | {shown} | {one.ours.mean():.4g} | {one.theirs.mean():.4g} | "
            f"{one.z:.2f} | {largest} |"
        )
        largest = ""


INTRODUCTION = """# stdpopsim's catalogue

This page is written by `validation/validate_catalogue.py`. Each species and each model of
stdpopsim {version} is named in a config, with little else: rates, sizes, ploidy and sampling times
are the catalogue's. So are chromosomes of another ploidy than the species, such as MT. Of {entries}
configs {refused} are refused, with the reason below. The others are simulated by coalflow and,
with the same rates, by stdpopsim's own engine: {replicates} windows each, with {individuals}
individuals of every population that the catalogue samples, or {several} where there is one.

Diversity is per base, by the branches of the trees times the mutation rate. z is the difference
between coalflow and stdpopsim, divided by its standard error. The last column has the largest z of
the divergences between two populations, and how many there are. In total there are {comparisons}
comparisons: if both simulate the same, one or more of them is beyond {critical:.2f} with
probability {level}. {beyond} are; the largest is {largest:.2f}, and z squared is {square:.2f} on
average (1 is expected; the comparisons of a model are not independent).
"""


if __name__ == "__main__":
    main()
