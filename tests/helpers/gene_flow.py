"""Histories with gene flow, and who moved in them by walks that are slow and plain."""

import demes
import msprime
import numpy as np
import yaml

from coalflow.config.histories.routes import list_routes
from coalflow.simulation.gene_flow import GeneFlow, find_on_routes
from coalflow.statistics.introgression.moves import read_moves

LENGTH = 20_000.0
BASE = """
time_units: generations
demes:
  - {name: old, epochs: [{start_size: 2000, end_time: 3000}]}
  - {name: nea, ancestors: [old], epochs: [{start_size: 300, end_time: 20}]}
  - {name: mod, ancestors: [old], epochs: [{start_size: 1500, end_time: 900}]}
  - {name: afr, ancestors: [mod], epochs: [{start_size: 1500}]}
  - {name: eur, ancestors: [mod], epochs: [{start_size: 400}]}
"""
GHOST = """
time_units: generations
demes:
  - {name: old, epochs: [{start_size: 2000, end_time: 3000}]}
  - {name: nea, ancestors: [old], epochs: [{start_size: 300, end_time: 20}]}
  - {name: nei, ancestors: [nea], start_time: 1200, epochs: [{start_size: 100, end_time: 50}]}
  - {name: afr, ancestors: [old], epochs: [{start_size: 1500}]}
  - {name: eur, ancestors: [afr], start_time: 900, epochs: [{start_size: 400}]}
pulses:
  - {sources: [nei], dest: eur, time: 200, proportions: [0.3]}
"""
MIXED = """
time_units: generations
demes:
  - {name: old, epochs: [{start_size: 2000, end_time: 1000}]}
  - {name: nea, ancestors: [old], epochs: [{start_size: 300}]}
  - {name: afr, ancestors: [old], epochs: [{start_size: 300}]}
  - {name: eur, ancestors: [nea, afr], proportions: [0.3, 0.7], start_time: 50,
     epochs: [{start_size: 400}]}
"""
EARLY = "{sources: [nea], dest: mod, time: 1500, proportions: [0.1]}"
LATE = "{sources: [nea], dest: eur, time: 150, proportions: [0.3]}"
# By what they have: the demes file, from whom lineages of eur are, and when all who came are there.
GRAPHS = {
    "one pulse": (f"{BASE}pulses: [{LATE}]", "nea", 2990),
    "two pulses": (f"{BASE}pulses: [{EARLY}, {LATE}]", "nea", 2990),
    "a pulse into an ancestor": (f"{BASE}pulses: [{EARLY}]", "nea", 2990),
    "migration": (
        f"{BASE}migrations: [{{source: nea, dest: eur, rate: 5.0e-4, end_time: 100}}]",
        "nea",
        2990,
    ),
    "a ghost": (GHOST, "nei", 1190),
    "an admixture": (MIXED, "nea", 990),
}

# Gene flow either way, and from a ghost: a config of its kinds.
HISTORY = {
    "time_units": "generations",
    "demes": [
        {"name": "old", "epochs": [{"start_size": 2000, "end_time": 3000}]},
        {"name": "north", "ancestors": ["old"], "epochs": [{"start_size": 1500}]},
        {"name": "south", "ancestors": ["old"], "epochs": [{"start_size": 400}]},
        {
            "name": "ghost",
            "ancestors": ["south"],
            "start_time": 1500,
            "epochs": [{"start_size": 100, "end_time": 60}],
        },
    ],
    "pulses": [
        {"sources": ["south"], "dest": "north", "time": 300, "proportions": [0.1]},
        {"sources": ["north"], "dest": "south", "time": 200, "proportions": [0.15]},
        {"sources": ["ghost"], "dest": "north", "time": 100, "proportions": [0.2]},
    ],
    "migrations": [{"source": "north", "dest": "south", "rate": 1e-5, "end_time": 250}],
}
KINDS = {"none": [], "southward": ["pulses.1", "migrations.0"], "northward": ["pulses.0"]}
CONFIG = {
    "run": "flow",
    "seed": 4,
    "simulation": {
        "demography": {"demes": "flow.yaml", "gene_flow": KINDS},
        "samples": {"south": 3, "north": 4},
        "sequence_length": 20_000,
        "mutation_rate": 2e-7,
        "recombination_rate": 1e-7,
        "grid": {"gene_flow": list(KINDS)},
        "replicates": 20,
    },
    "target": "gene_flow",
}


def write_demes(folder):
    """Write the demes file that the config names."""
    (folder / "flow.yaml").write_text(yaml.safe_dump(HISTORY))


COLUMNS = ("#CHROM", "POS", "ID", "REF", "ALT", "QUAL", "FILTER", "INFO", "FORMAT")


def write_strangers(folder, name="strangers", ploidy=2, phased="|"):
    """Write a genome of the history as VCF, of populations with other names, and their panel."""
    graph = demes.Graph.fromdict(HISTORY)
    numbers = {"north": 16, "south": 10}
    trees = msprime.sim_ancestry(
        [msprime.SampleSet(number, one, ploidy=ploidy) for one, number in numbers.items()],
        demography=msprime.Demography.from_demes(graph),
        sequence_length=60_000,
        recombination_rate=1e-7,
        random_seed=6,
    )
    trees = msprime.sim_mutations(trees, 2e-7, random_seed=6, model=msprime.BinaryMutationModel())
    people = [f"{one}{index:02}" for one, number in numbers.items() for index in range(number)]
    lines = [
        "##fileformat=VCFv4.2",
        "##contig=<ID=chr7,length=60000>",
        '##FORMAT=<ID=GT,Number=1,Type=String,Description="Genotype">',
        "\t".join(
            ["#CHROM", "POS", "ID", "REF", "ALT", "QUAL", "FILTER", "INFO", "FORMAT"] + people
        ),
    ]
    for variant in trees.variants():
        genotypes = [phased.join(map(str, each)) for each in variant.genotypes.reshape(-1, ploidy)]
        site = ["chr7", str(int(variant.site.position) + 1), ".", "A", "T", ".", "PASS", ".", "GT"]
        lines.append("\t".join([*site, *genotypes]))
    (folder / f"{name}.vcf").write_text("\n".join(lines) + "\n")
    members = {"north": "Arctic", "south": "Desert"}
    rows = [f"{person}\t{members[person[:-2]]}" for person in people]
    (folder / "strangers.panel").write_text("\n".join(["sample\tpop", *rows]) + "\n")


def simulate(text, samples, seed, census=None):
    """Return trees with their census, and the moves by gene flow."""
    graph = demes.loads(text).in_generations()
    demography = msprime.Demography.from_demes(graph)
    if census is not None:
        demography.add_census(time=census)
        demography.sort_events()
    trees = msprime.sim_ancestry(
        samples,
        demography=demography,
        sequence_length=LENGTH,
        recombination_rate=1e-7,
        record_migrations=True,
        random_seed=seed,
    )
    tables = trees.dump_tables()
    moves = read_moves(tables, [one.name for one in demography.populations])
    moves = moves.keep(find_on_routes(moves, GeneFlow(tuple(list_routes(graph)))))
    tables.migrations.clear()
    return tables.tree_sequence(), moves


def walk(trees, moves, samples, population, positions, since=np.inf):
    """Return where lineages of samples moved into a population, bool (positions, samples)."""
    number = moves.populations.index(population)
    moved = np.zeros((len(positions), len(samples)), bool)
    for row, position in enumerate(positions):
        tree = trees.at(position)
        here = (moves.left <= position) & (position < moves.right) & (moves.dest == number)
        nodes = {*moves.node[here & (moves.time <= since)].tolist()}
        for column, node in enumerate(samples):
            while node != -1 and not moved[row, column]:
                moved[row, column] = node in nodes
                node = tree.parent(node)
    return moved


def trace_by_census(trees, samples, population, time):
    """Return where ancestors of samples were in a population then: (sample, left, right)."""
    number = next(one.id for one in trees.populations() if one.metadata["name"] == population)
    there = (trees.nodes_time == time) & (trees.nodes_population == number)
    if not there.any():
        return np.empty(0, np.int32), np.empty(0), np.empty(0)
    links = trees.dump_tables().link_ancestors(samples, np.flatnonzero(there).astype(np.int32))
    return links.child, links.left, links.right
