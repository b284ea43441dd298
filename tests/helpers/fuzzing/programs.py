"""Programs as a workflow runs them, in the process that calls them."""

import functools
import importlib
import json
import pathlib
import sys
from typing import Any

import yaml
from helpers.fuzzing.running import enter_stage
from snakemake.common.configfile import load_configfile

from coalflow.config.fields.section import Section
from coalflow.config.genomes.parts import name_part
from coalflow.config.loading import read_config
from coalflow.config.settings.making import SettingsMaker, write_settings
from coalflow.config.settings.run import find_recombination_map
from coalflow.config.sources import check_command_line
from coalflow.core.errors import CoalflowError, run_program

CONFIG = "config.yaml"
#: One population, ten sites: small genomes can be scanned.
PLAIN: dict[str, Any] = {
    "run": "fuzz",
    "seed": 1,
    "simulation": {
        "demography": {"population_size": 10000},
        "samples": 4,
        "sequence_length": 20000,
        "mutation_rate": 2.0e-8,
        "recombination_rate": 1.0e-8,
        "replicates": 60,
        "shard_size": 60,
    },
    "encoding": {"sites": 10},
    "target": "tajimas_d",
    "models": {"nets": ["coalflow"], "restarts": 1, "baselines": ["mean", "ridge"]},
    "training": {"epochs": 1, "threads": 1},
    "significance": {"windows": 0},
}


def change(config: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """Return a config with changes; a section is merged, and None deletes a key."""
    merged = dict(config)
    for name, value in changes.items():
        if value is None:
            merged.pop(name, None)
        elif isinstance(value, dict) and isinstance(merged.get(name), dict):
            merged[name] = change(merged[name], **value)
        else:
            merged[name] = value
    return merged


def read_as_snakemake_does(path: str | pathlib.Path) -> SettingsMaker:
    """Read a config file; refuse it with one message, as the Snakefile does."""
    enter_stage("config")
    check_command_line(["--configfile", str(path)])
    raw = load_configfile(str(path))
    try:
        config = read_config(raw, [str(path)])
        return SettingsMaker(config, find_recombination_map(config, "results"))
    except CoalflowError as error:
        sys.exit(f"error: {error}")


def make_settings(config: dict[str, Any]) -> SettingsMaker:
    """Write a config and read it, as a user and the Snakefile do."""
    pathlib.Path(CONFIG).write_text(yaml.safe_dump(config, sort_keys=False))
    return read_as_snakemake_does(CONFIG)


def call(program: str, settings: Section, **paths: Any) -> None:
    """Run a program with its settings and paths; it ends this process where it refuses."""
    enter_stage(program)
    sys.argv = [f"{program}.py", "--settings", write_settings(settings, code="")]
    for name, path in paths.items():
        sys.argv += ["--" + name.replace("_", "-"), str(path)]
    run_program(import_program(program).main)


def describe_genome(
    maker: SettingsMaker, path: str | pathlib.Path, observation: str = "observed.json"
) -> dict[str, Any]:
    """Read a genome, the only one of a config, as the workflow does; return its description."""
    (name,) = maker.config.genomes
    call("plan_genome", maker.plan_genome(name), genome=path, output="plan.json")
    for part in range(maker.count_parts(name)):
        settings, store = maker.read_contigs(name, part), f"contigs/{name_part(part)}.npz"
        call("read_contigs", settings, genome=path, plan="plan.json", output=store)
    call(
        "observe_genome",
        maker.observe_genome(name),
        plan="plan.json",
        contigs="contigs",
        observation=observation,
        output="genome.json",
    )
    return read_json_result("genome.json")


@functools.cache
def import_program(name: str) -> Any:
    """Return the module of a program."""
    return importlib.import_module(name)


def read_json_result(path: str) -> dict[str, Any]:
    """Return what a program wrote as JSON, without what depends on the file's bytes."""
    return _drop_digests(json.loads(pathlib.Path(path).read_text()))


def _drop_digests(value: Any) -> Any:
    if isinstance(value, dict):
        left_out = ("sha256", "path")
        return {key: _drop_digests(one) for key, one in value.items() if key not in left_out}
    return value
