"""Configs: each key of the schema set to what it cannot be, and good files changed in all ways."""

import contextlib
import copy
import functools
import pathlib
import random
import sys
from collections.abc import Iterator
from typing import Any

import yaml
from helpers.cases import CASES
from helpers.fuzzing import any_bytes, any_yaml
from helpers.fuzzing.any_yaml import ODD_VALUES, Path, change_tree
from helpers.fuzzing.formats import Format, Seed
from helpers.fuzzing.genomes import make_vcf
from helpers.fuzzing.programs import read_as_snakemake_does
from helpers.fuzzing.running import enter_stage
from helpers.gene_flow import HISTORY

from coalflow.config.json_schema import Schema, list_alternatives, make_config_schema
from coalflow.config.settings.simulating import SimulateSettings
from coalflow.core.errors import CoalflowError
from coalflow.simulation.cell_simulator import CellSimulator

ROOT = CASES.parents[1]
SHIPPED = ("config", "recombination_rate", "sweeps", "sweeps_small", "theta")
TINY = ("tiny", "tiny_classes", "tiny_sweeps", "tiny_targets")
# What no config above has.
OTHERS = {
    "draws": """\
run: draws
seed: 1
simulation:
  draws: draws.tsv
  samples: {A: 2, B: 3}
  demography: {demes: two.yaml}
  sequence_length: 20000
  prior:
    mutation_rate: {draws: mu}
    recombination_rate: {normal: {mean: 1.0e-8, sd: 1.0e-9, low: 0}}
  replicates: 100
target: {fst: {statistic: fst, of: [A, B]}}
""",
    "genome": """\
run: genome
seed: 1
simulation:
  demography: {population_size: 1000}
  samples: 2
  sequence_length: 20000
  mutation_rate: 1.0e-8
  recombination_rate: 1.0e-8
  replicates: 100
observation: {like: in.vcf, mask: mask.bed, polarised: false, genotype_error: 0.001}
encoding: {sites: 10, pad: true, length: 5000}
genomes: {mine: {path: in.vcf, samples: [a1, a2], step: 100}}
target: diversity
""",
    "import": """\
run: imported
seed: 1
simulation:
  import:
    format: ms
    files: {low: [in.ms], high: [other.ms]}
    truth: {columns: {s: s}, tables: {low: [low.tsv], high: [high.tsv]}}
  samples: 3
  sequence_length: 1000
  replicates: 20
encoding: {sites: 8, pad: true}
target: class
""",
    "gene_flow": """\
run: flow
seed: 1
simulation:
  demography:
    demes: flow.yaml
    gene_flow: {none: [], southward: [pulses.1, migrations.0], northward: [pulses.0]}
  samples: {south: 3, north: 4}
  sequence_length: 20000
  mutation_rate: 2.0e-7
  recombination_rate: 1.0e-7
  grid: {gene_flow: [none, southward, northward]}
  prior: {pulses.0.time: {uniform: [150, 900]}, pulses.0.proportions.0: {uniform: [0.01, 0.2]}}
  replicates: 20
target: {gene_flow: {label: happened}}
statistics: {kinds: [sites, populations]}
""",
    "ancestry": """\
run: ancestry
seed: 1
simulation:
  demography: {demes: flow.yaml}
  samples: {south: 3, north: 4}
  sequence_length: 20000
  mutation_rate: 2.0e-7
  recombination_rate: 1.0e-7
  replicates: 20
observation: {phased: false}
encoding: {sites: 40, pad: true}
target: {ancestry: {of: north, from: ghost, since: 500}}
genomes: {known: {simulate: {sequence_length: 50000, contigs: 2}}}
""",
    "imported gene flow": """\
run: imported_flow
seed: 1
simulation:
  import:
    format: trees
    files: {none: [0.trees], northward: [1.trees]}
    populations: {EUR: north, NEA: 3}
  samples: {EUR: 3, south: 4}
  sequence_length: 20000
  replicates: 20
encoding: {pad: true}
target: {ancestry: {of: EUR, from: NEA}}
""",
    "catalogue": """\
run: catalogue
seed: 1
simulation:
  species: HomSap
  chromosome: "22"
  recombination_map: HapMapII_GRCh38
  demography: {stdpopsim: OutOfAfrica_2T12, population: EUR}
  samples: 5
  sequence_length: 20000
  replicates: 100
target: tajimas_d
""",
}
FILES = {
    "two.yaml": (CASES / "models" / "two.yaml").read_text(),
    "flow.yaml": yaml.safe_dump(HISTORY),
    "in.vcf": make_vcf("phased"),
    "mask.bed": "chr1\t0\t90000\nchr2\t0\t90000\n",
    "draws.tsv": "mu\n1e-8\n2e-8\n",
    "in.ms": "ms 6 1 -t 1\n",
    "other.ms": "ms 6 1 -t 1\n",
    "0.trees": "",
    "1.trees": "",
    "low.tsv": "s\n1\n",
    "high.tsv": "s\n1\n",
}


@functools.cache
def _make_seeds() -> tuple[Seed, ...]:
    shipped = [ROOT / "config" / f"{name}.yaml" for name in SHIPPED]
    tiny = [CASES / f"{name}.yaml" for name in TINY]
    texts = [path.read_text() for path in [*shipped, *tiny]] + list(OTHERS.values())
    return tuple(Seed(text.encode()) for text in texts)


def write_files(folder: pathlib.Path) -> None:
    """Write into a folder the files that the configs name."""
    for name, text in FILES.items():
        (folder / name).write_text(text)
    (folder / "config").symlink_to(ROOT / "config")


def _read(path: pathlib.Path, _seed: Seed) -> dict[str, Any]:
    """Read a config, and make the settings of every program, as a dry run does."""
    write_files(pathlib.Path())
    maker = read_as_snakemake_does(path)
    enter_stage("settings")
    config = maker.config
    for cell in maker.cells.values():
        if config.simulation.imported is not None:
            maker.import_simulations(cell)
        elif maker.recombination_map is None:
            _draw(maker.simulate_shard(cell, 0))
    for settings in (maker.measure_observation, maker.split, maker.summarise, maker.explain):
        settings()
    for genome in config.genomes:
        maker.observe_genome(genome)
    for net in config.models.nets:
        maker.train(net)
    for baseline in config.baselines:
        maker.fit_baseline(baseline)
    return _sort(maker.config.as_json())


def _draw(settings: SimulateSettings) -> None:
    """Draw the parameters of a replicate, and the history that they make."""
    try:
        CellSimulator(settings).draw(seed=1)
    except CoalflowError as error:
        sys.exit(f"error: {error}")


def _sort(value: Any) -> Any:
    """Return a config whose keys are in the order of the alphabet; their order means nothing."""
    if isinstance(value, dict):
        return {key: _sort(value[key]) for key in sorted(value)}
    return value


def _run_snakemake(path: pathlib.Path, _seed: Seed) -> str:
    """Read a config with Snakemake itself, and plan the run."""
    from snakemake.cli import main

    write_files(pathlib.Path())
    enter_stage("config")
    snakefile = pathlib.Path(sys.modules["coalflow"].__file__ or "").parents[2] / "Snakefile"
    arguments = ["--snakefile", str(snakefile), "--configfile", str(path), "--cores", "1"]
    arguments += ["--dry-run", "--quiet", "all"]
    sys.argv = ["snakemake", *arguments]  # as profiles see it
    try:
        main(arguments)
    except SystemExit as end:
        if end.code:
            raise
    return "planned"


# Each key of the schema --------------------------------------------------------------------------


def list_keys(schema: Schema, path: Path = ()) -> Iterator[Path]:
    """Yield the paths of all keys of a schema; names that a user chooses are ``x``."""
    for alternative in list_alternatives(schema):
        for key, inner in alternative.get("properties", {}).items():
            yield (*path, key)
            yield from list_keys(inner, (*path, key))
        for keyword, part in (("additionalProperties", "x"), ("items", 0)):
            inner = alternative.get(keyword)
            if isinstance(inner, dict):
                yield (*path, part)
                yield from list_keys(inner, (*path, part))


@functools.cache
def _list_all_keys() -> tuple[Path, ...]:
    return tuple(dict.fromkeys(list_keys(make_config_schema())))


def _set_key(tree: Any, chance: random.Random) -> None:
    """Set any key of the schema, also one that the config does not have."""
    path = chance.choice(_list_all_keys())
    any_yaml.set_value(tree, path, _copy(chance.choice(ODD_VALUES)))


def _copy(value: Any) -> Any:
    with contextlib.suppress(RecursionError):  # it is nested too deeply
        return copy.deepcopy(value)
    return value


def _set_several_keys(tree: Any, chance: random.Random) -> None:
    for _ in range(4):
        _set_key(tree, chance)


def _merge_with_another(tree: Any, chance: random.Random) -> None:
    """Lay another good config over this one."""
    other = yaml.safe_load(chance.choice(_make_seeds()).content)
    sections = chance.sample(list(other), chance.randint(1, len(other)))
    _merge(tree, {name: other[name] for name in sections})


def _merge(tree: dict[str, Any], other: dict[str, Any]) -> None:
    for key, value in other.items():
        if isinstance(value, dict) and isinstance(tree.get(key), dict):
            _merge(tree[key], value)
        else:
            tree[key] = value


STRUCTURE = {
    "key set": change_tree(_set_key),
    "key set, another": change_tree(_set_key),
    "key set, a third": change_tree(_set_key),
    "key set, a fourth": change_tree(_set_key),
    "several keys set": change_tree(_set_several_keys),
    "merged with another": change_tree(_merge_with_another),
    **any_yaml.TREE,
    **any_yaml.WRITTEN,
}
# Mistakes that are found in a config name the config's key and value; with the file's name where
# the key has a line.
CONFIG = Format(
    "config",
    "mine.yaml",
    _make_seeds,
    _read,
    {**any_bytes.TEXT, **STRUCTURE},
    any_yaml.HARMLESS,
    several_lines=True,
    names=("--config",),
    refused_from=("config",),
)
SNAKEMAKE = Format(
    "snakemake",
    "mine.yaml",
    _make_seeds,
    _run_snakemake,
    {**any_bytes.TEXT, **STRUCTURE},
    any_yaml.HARMLESS,
    several_lines=True,
    names=("--config",),
)
