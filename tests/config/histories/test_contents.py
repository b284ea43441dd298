"""What programs are given of a cell's history."""

import yaml
from helpers.data import constant_history, make_config

from coalflow.config.histories import contents
from coalflow.config.schema.simulation import Epoch
from coalflow.config.settings.making import SettingsMaker
from coalflow.config.settings.simulating import History
from coalflow.simulation import demography

CONTENT = {
    "time_units": "generations",
    "demes": [
        {"name": "A", "epochs": [{"start_size": 100}]},
        {"name": "B", "epochs": [{"start_size": 100}]},
    ],
}
ODD = {"odd": [{"start_size": 3.0}], "even": [{"start_size": 2.0}]}


def test_a_history_of_epochs_is_one_population():
    config = make_config(simulation={"demography": {"history": "odd", "histories": ODD}})
    parameters = {"population_size": 100, "history": "odd"}
    history = SettingsMaker(config).history(parameters)
    (deme,) = demography.build_graph(contents.make_content(history, parameters)).demes
    assert history == History(histories={"odd": (Epoch(start_size=3.0),)}, population=deme.name)
    assert deme.epochs[0].start_size == 300
    assert constant_history(7)["population"].initial_size == 7


def test_a_history_that_is_drawn_is_any_of_its_values():
    drawn = {"categorical": {"values": ["odd", "constant"]}}
    config = make_config(simulation={"demography": {"histories": ODD}, "prior": {"history": drawn}})
    maker = SettingsMaker(config)
    for cell in maker.cells.values():
        history = maker.history(cell.parameters)
        assert list(history.histories) == ["constant", "odd"]
        assert contents.varies(history, cell.parameters)


def test_only_sweeps_have_populations_in_which_they_are_selected(tmp_path):
    (tmp_path / "two.yaml").write_text(yaml.safe_dump(CONTENT))
    config = make_config(
        simulation={
            "demography": {
                "demes": str(tmp_path / "two.yaml"),
                "population": "B",
                "selected_in": ["A"],
            },
            "grid": {"sweep": ["neutral", "hard"]},
            "selection_coefficient": 0.1,
        }
    )
    maker = SettingsMaker(config)
    neutral = History(graph=CONTENT, population="B")
    assert maker.history({}) == neutral
    assert maker.history({"sweep": "neutral"}) == neutral
    hard = maker.history({"sweep": "hard"})
    assert hard == History(graph=CONTENT, population="B", selected_in=("A",))
    assert not contents.varies(hard, {"mutation_rate": 1e-8})
