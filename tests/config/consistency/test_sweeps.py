import copy
import re

import pytest

from coalflow.config import grid
from coalflow.config.loading import read_config
from coalflow.core.errors import CoalflowError

# Sweeps -----------------------------------------------------------------------------------------

SWEEPS = {
    "run": "sweeps",
    "seed": 1,
    "target": "tajimas_d",
    "simulation": {
        "demography": {"population_size": 10000},
        "samples": 10,
        "sequence_length": 50000,
        "mutation_rate": 1.0e-8,
        "recombination_rate": 1.0e-8,
        "grid": {"sweep": ["neutral", "hard", "linked_soft"]},
        "prior": {
            "selection_coefficient": {"log_uniform": [0.01, 0.1]},
            "start_frequency": {"uniform": [0.01, 0.2]},
            "distance": {"uniform": [1.0e4, 1.0e5]},
        },
        "replicates": 20,
    },
}


def sweeps_with(**simulation):
    config = copy.deepcopy(SWEEPS)
    for name, value in simulation.items():
        if isinstance(value, dict):
            config["simulation"][name].update(value)
        else:
            config["simulation"][name] = value
    config["simulation"]["prior"] = {k: v for k, v in config["simulation"]["prior"].items() if v}
    return config


def test_sweeps_with_all_they_take_are_valid():
    simulation = read_config(sweeps_with())["simulation"]
    parameters = {cell.name: cell.parameters for cell in grid.cells(simulation)}
    assert parameters["sweep=hard"]["position"] == 25000
    assert parameters["sweep=linked_soft"]["distance"] == {"uniform": [1.0e4, 1.0e5]}
    assert "selection_coefficient" not in parameters["sweep=neutral"]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"selection_coefficient": -0.1, "prior": {"selection_coefficient": None}}, "-0.1"),
        ({"prior": {"selection_coefficient": {"uniform": [0, 0.1]}}}, "selection_coefficient"),
        ({"prior": {"selection_coefficient": None}}, "is missing for hard sweeps"),
        ({"demography": {"population_size": 1.0e8}}, "2Ns as large as 2e+07"),
        (
            {"demography": {"history": "boom", "histories": {"boom": [{"start_size": 1.0e4}]}}},
            "2Ns as large as 2e+07",
        ),
        ({"prior": {"start_frequency": {"uniform": [0.1, 1.5]}}}, "1.5"),
        ({"end_frequency": 0.15}, "is 0.2, but the sweep may end at 0.15"),
        ({"position": 60000}, "outside the window"),
        ({"prior": {"start_frequency": {"uniform": [0.2, 0.1]}}}, "the lowest value comes first"),
        ({"grid": {"recurrent_mutation_rate": [1.0e-5]}}, "is not a parameter of neutral or hard"),
        ({"grid": {"distance": [1.0e4]}}, "is also given in simulation.prior.distance"),
        ({"selection_coefficient": 0.1}, "is also given in simulation.prior.selection_coefficient"),
        (
            {"fixation_time": 0, "grid": {"fixation_time": [0, 9]}},
            "is also given in simulation.grid.fixation_time",
        ),
        ({"sweep": "hard"}, "is also given in simulation.grid.sweep"),
        ({"recurrent_mutation_rate": 1.0e-5}, "is not a parameter of neutral or hard"),
    ],
)
def test_sweeps_that_cannot_be_are_refused(changes, message):
    with pytest.raises(CoalflowError, match=re.escape(message)):
        read_config(sweeps_with(**changes))
