"""Histories: demes files."""

import functools
import pathlib
import random
from typing import Any

import numpy as np
import yaml
from helpers.cases import CASES
from helpers.fuzzing import any_bytes, any_yaml
from helpers.fuzzing.any_yaml import change_tree
from helpers.fuzzing.formats import Format, Seed
from helpers.fuzzing.programs import PLAIN, call, change, make_settings

from coalflow.windows.shards import read_shard

TWO_POPULATIONS = """\
time_units: generations
demes:
  - {name: anc, epochs: [{start_size: 7000, end_time: 900}]}
  - {name: A, ancestors: [anc], epochs: [{start_size: 3000, end_time: 200}, {start_size: 800}]}
  - name: B
    ancestors: [anc]
    epochs:
      - {start_size: 500, end_time: 100}
      - {start_size: 500, end_size: 9000, size_function: exponential}
migrations:
  - {demes: [A, B], rate: 1.0e-4, end_time: 10}
  - {source: A, dest: B, rate: 0.001, start_time: 10}
pulses:
  - {sources: [A], dest: B, time: 50, proportions: [0.1]}
"""
IN_YEARS = """\
description: of two populations
time_units: years
generation_time: 25
defaults: {epoch: {start_size: 1000}}
demes:
  - {name: A, epochs: [{end_time: 5000}, {start_size: 300}]}
  - {name: B, ancestors: [A], start_time: 2500}
"""
SIMULATED = {"sequence_length": 2000, "recombination_rate": 0.0, "replicates": 20, "shard_size": 2}
FLOW: dict[str, Any] = {
    "samples": {"A": 2, "B": 2},
    "recombination_rate": 1e-7,
    "grid": {"gene_flow": ["none", "on"]},
}
CONFIGS: dict[str, dict[str, Any]] = {
    # The shipped history brings its mutation rate.
    "one": change(PLAIN, simulation={**SIMULATED, "mutation_rate": None}),
    "two": change(PLAIN, simulation={**SIMULATED, "samples": {"A": 2, "B": 1}}),
    "gene_flow": change(
        PLAIN,
        simulation={**SIMULATED, **FLOW},
        target="gene_flow",
        models={"baselines": ["logistic_regression"]},
    ),
    "ancestry": change(
        PLAIN,
        simulation={**SIMULATED, "samples": {"A": 2, "B": 2}},
        encoding={"pad": True},
        target={"ancestry": {"of": "B", "from": "A"}},
    ),
}
# What is on in kinds of gene flow.
KINDS = {"none": [], "on": ["pulses.0", "migrations.1"]}


@functools.cache
def _make_seeds() -> tuple[Seed, ...]:
    shipped = (CASES.parents[1] / "config" / "demography" / "human.yaml").read_bytes()
    return (
        *(Seed(TWO_POPULATIONS.encode(), variant) for variant in ("two", "gene_flow", "ancestry")),
        Seed(IN_YEARS.encode(), "two"),
        Seed((CASES / "models" / "two.yaml").read_bytes(), "two"),
        Seed(shipped, "one"),
    )


def read_history(path: pathlib.Path, seed: Seed) -> dict[str, Any]:
    """Read a history and simulate two windows in it."""
    config = change(CONFIGS[seed.variant])
    kinds = {"gene_flow": KINDS} if seed.variant == "gene_flow" else {}
    demography = {"demes": str(path), **kinds}
    config["simulation"] = {**config["simulation"], "demography": demography}
    maker = make_settings(config)
    *_, cell = maker.cells.values()
    call("simulate", maker.simulate_shard(cell, 0), output="shard.npz")
    return summarise_shard("shard.npz")


def summarise_shard(path: str) -> dict[str, Any]:
    """Return what a shard holds, so that it can be compared."""
    shard = read_shard(path)
    truth = {name: [str(one) for one in values.tolist()] for name, values in shard.truth.items()}
    positions = np.round(shard.positions, 6).tolist()
    ancestry = [] if shard.ancestry is None else [one.tolist() for one in shard.ancestry.runs]
    return {
        **truth,
        "positions": positions,
        "haplotypes": shard.haplotypes.tobytes(),
        "ancestry": ancestry,
    }


def _set_odd_number(tree: Any, chance: random.Random) -> None:
    """Set a size, a time or a rate to what it cannot be, or to what is rare."""
    numbers = [
        path
        for path in any_yaml.list_paths(tree)
        if isinstance(any_yaml.find_holder(tree, path)[path[-1]], (int, float))
    ]
    path = chance.choice(numbers)
    odd = [0, -1, 0.5, float("nan"), float("inf"), "x", "1e3", None, [1], True, 1e300, 1e-300, 1]
    any_yaml.find_holder(tree, path)[path[-1]] = chance.choice(odd)


def _add_odd_key(tree: Any, chance: random.Random) -> None:
    demes = tree["demes"]
    deme = chance.choice(demes)
    epoch = chance.choice(deme.setdefault("epochs", [{}]))
    holder, key, values = chance.choice(
        [
            (epoch, "selfing_rate", [0.5, 1, -1]),
            (epoch, "cloning_rate", [0.5, 2]),
            (epoch, "size_function", ["linear", "exponential", "constant", "x", 1]),
            (epoch, "end_size", [5, 0, -3, "x"]),
            (epoch, "samples", [3]),
            (deme, "start_time", [1, 0, 1e9, float("inf"), -5]),
            (deme, "ancestors", [["B"], ["A"], ["A", "A"], ["x"], [], "A", ["A", "B"]]),
            (deme, "proportions", [[1], [0.5], [0.5, 0.5], [2, -1], []]),
            (deme, "name", ["", "A", "a b", "1", 1, "é", "$x$", "a" * 300, "A\n", "A+B", "../x"]),
            (tree, "generation_time", [0, -1, 25, "x", float("nan")]),
            (tree, "time_units", ["years", "generations", "", "x", 1]),
            (tree, "doi", [1, ["x"], {"a": 1}]),
            (tree, "metadata", [{"mutation_rate": "x"}, {"mutation_rate": -1}, 1, {"a": [None]}]),
            (tree, "defaults", [{"epoch": {"start_size": -1}}, {"x": 1}, 1, {"migration": {}}]),
            (tree, "migrations", [[{}], [{"demes": ["A"], "rate": 1}], "x", [{"rate": 2}]]),
            (tree, "pulses", [[{}], "x", [{"sources": ["A"], "dest": "A", "time": 1}]]),
            (tree, "unknown", [1]),
        ]
    )
    holder[key] = chance.choice(values)


def _add_demes(tree: Any, chance: random.Random) -> None:
    """Add many demes, or one that descends from itself."""
    if chance.random() < 0.5:
        tree["demes"].append({"name": "C", "ancestors": ["C"], "epochs": [{"start_size": 5}]})
    else:
        last = tree["demes"][-1]["name"]
        many = chance.choice([20, 500])
        tree["demes"] += [
            {"name": f"D{i}", "ancestors": [last], "start_time": 5, "epochs": [{"start_size": 9}]}
            for i in range(many)
        ]


def _add_epochs(tree: Any, chance: random.Random) -> None:
    many = chance.choice([20, 300, 4000])
    epochs = [{"start_size": 100 + i, "end_time": 700 - i / 10} for i in range(many)]
    tree["demes"][0]["epochs"] = epochs


def _describe(tree: Any, _chance: random.Random) -> None:
    tree["description"], tree["doi"] = "of me", ["10.1/x"]
    tree["metadata"] = {**tree.get("metadata", {}), "me": [1, {"a": 2}]}


DEMES = Format(
    "demes",
    "history.yaml",
    _make_seeds,
    read_history,
    {
        **any_bytes.TEXT,
        **any_yaml.WRITTEN,
        **any_yaml.TREE,
        "odd number": change_tree(_set_odd_number),
        "other odd number": change_tree(_set_odd_number),
        "odd key": change_tree(_add_odd_key),
        "other odd key": change_tree(_add_odd_key),
        "demes added": change_tree(_add_demes),
        "epochs added": change_tree(_add_epochs),
    },
    {
        **any_yaml.HARMLESS,
        "description": change_tree(_describe),
        "as JSON": lambda content, _chance: yaml.safe_dump(
            yaml.safe_load(content), default_flow_style=True
        ).encode(),
    },
    refused_from=("config",),
)
