"""Which blocks sweeps are looked for in, and how they are simulated."""

import pytest
import yaml
from helpers.configs import ROOT, quickstart

from coalflow.config.loading import read_config
from coalflow.config.settings.making import SettingsMaker


def make(file="config/sweeps_small.yaml", **changes):
    config = yaml.safe_load((ROOT / file).read_text())
    config["simulation"]["demography"] = {"population_size": 10000}
    config["simulation"] |= changes.pop("simulation", {})
    return SettingsMaker(read_config(config | changes))


def test_sweeps_in_the_window_and_neutral_cells_have_blocks():
    maker = make(power={"blocks": 101})
    settings = maker.power(["coalflow/0"])
    assert settings.kinds == {
        "sweep=hard": "hard",
        "sweep=neutral": "neutral",
        "sweep=soft": "soft",
    }
    assert maker.why_no_power() is None
    assert maker.power_ranges("sweep=hard")[-1] == (50, 1)
    assert maker.power_ranges("sweep=neutral")[-1] == (100, 1)
    assert settings.shards == {"sweep=hard": 3, "sweep=neutral": 5, "sweep=soft": 3}


def test_the_site_is_in_the_middle_of_a_block():
    maker = make(simulation={"position": 100})
    block = maker.simulate_power(maker.cells["sweep=soft"], 0)
    assert block.parameters["sequence_length"] == 20 * 75000
    assert block.parameters["position"] == 10 * 75000
    neutral = maker.simulate_power(maker.cells["sweep=neutral"], 0)
    assert "position" not in neutral.parameters


def test_neutral_blocks_are_others_than_those_of_the_null():
    maker = make()
    cell = maker.cells["sweep=neutral"]
    null, own = maker.simulate_null(cell, 0), maker.simulate_power(cell, 0)
    assert null.model_copy(update={"cell": own.cell, "count": own.count}) == own
    assert null.cell != own.cell


def test_parameters_that_differ_make_groups():
    names = {"selection_coefficient", "start_frequency", "end_frequency", "fixation_time"}
    assert set(make().power([]).parameters) >= names


WITHOUT = {
    "no sweep": ({"simulation": {"grid": {"sweep": ["neutral", "linked_hard"]}}}, "no cell has"),
    "no blocks": ({"significance": {"windows": 0}}, "the null has no blocks"),
}


@pytest.mark.parametrize("case", WITHOUT)
def test_without_sweeps_or_blocks_there_is_no_power(case):
    changes, reason = WITHOUT[case]
    if "simulation" in changes:
        prior = {"selection_coefficient": {"log_uniform": [0.01, 0.1]}}
        prior |= {"fixation_time": {"uniform": [0, 9]}, "distance": {"uniform": [1, 9]}}
        rates = {"mutation_rate": 1.25e-8, "recombination_rate": 1e-8}
        changes["simulation"] |= {"prior": prior, **rates}
    assert reason in make(**changes).why_no_power()


def test_the_quickstart_has_no_sweeps():
    assert "no cell has a sweep" in SettingsMaker(read_config(quickstart())).why_no_power()
