"""Parameters of sweeps that are missing, misplaced, or contradict each other."""

import pytest
from helpers.configs import complaint_about, sweeps_with

from coalflow.config import grid
from coalflow.config.loading import read_config
from coalflow.config.schema.distributions import Distribution

WITHOUT_DISTANCE = {"distance": None, "start_frequency": None}


def test_sweeps_with_all_they_take_are_valid():
    simulation = read_config(sweeps_with()).simulation
    parameters = {cell.name: cell.parameters for cell in grid.list_cells(simulation)}
    assert parameters["sweep=hard"]["position"] == 25000
    assert parameters["sweep=linked_soft"]["distance"] == Distribution(uniform=(1.0e4, 1.0e5))
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
        (
            {"grid": {"sweep": ["near_hard"], "offset": [25000]}, "prior": WITHOUT_DISTANCE},
            "is 25,000, but the middle of a window of 50,000 bases is only 25,000 from its ends",
        ),
        ({"grid": {"sweep": ["near_hard"]}, "prior": WITHOUT_DISTANCE}, "is missing for near_hard"),
        ({"offset": 5000}, "is not a parameter of neutral or hard"),
        (
            {"prior": {"start_frequency": {"uniform": [0.2, 0.1]}}},
            "the first must be less than the second",
        ),
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
    assert message in complaint_about(sweeps_with(**changes))
