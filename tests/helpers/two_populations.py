"""A config of two populations, in a demes file."""

import copy

import yaml

from coalflow.config.loading import read_config

TWO = {
    "time_units": "generations",
    "demes": [
        {"name": "A", "epochs": [{"start_size": 1000, "end_time": 50}, {"start_size": 300}]},
        {"name": "B", "ancestors": ["A"], "start_time": 400, "epochs": [{"start_size": 200}]},
    ],
    "migrations": [{"demes": ["A", "B"], "rate": 1e-3}],
}
CONFIG = {
    "run": "two",
    "seed": 3,
    "simulation": {
        "demography": {"demes": "two.yaml"},
        "samples": {"B": 2, "A": 3},
        "sequence_length": 20_000,
        "mutation_rate": 1e-7,
        "recombination_rate": 1e-8,
        "replicates": 20,
    },
    "target": "diversity",
}


def write_demes(folder):
    """Write the demes file that the config names."""
    (folder / "two.yaml").write_text(yaml.safe_dump(TWO))


def read_changed(**simulation):
    """Read the config with changes in ``simulation``; None deletes a key."""
    config = copy.deepcopy(CONFIG)
    changed = {**config["simulation"], **simulation}
    config["simulation"] = {key: value for key, value in changed.items() if value is not None}
    return read_config(config)
