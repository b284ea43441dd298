"""What programs are told of a cell's history."""

from helpers.data import constant_history

from coalflow.config import histories
from coalflow.simulation import demography

CONTENT = {
    "time_units": "generations",
    "demes": [
        {"name": "A", "epochs": [{"start_size": 100}]},
        {"name": "B", "epochs": [{"start_size": 100}]},
    ],
}


def test_a_history_of_epochs_is_one_population():
    given = {"histories": {"odd": [{"start_size": 3.0}]}}
    parameters = {"population_size": 100, "history": "odd"}
    told = histories.of_cell(given, None, parameters)
    (deme,) = demography.build_graph(histories.content_of(told, parameters)).demes
    assert told == {"histories": {"odd": [{"start_size": 3.0}]}, "population": deme.name}
    assert deme.epochs[0].start_size == 300
    assert constant_history(7)["population"].initial_size == 7


def test_only_sweeps_are_told_where_they_are_selected():
    given = {"population": "B", "selected_in": ["A"]}
    assert histories.of_cell(given, CONTENT, {}) == {"graph": CONTENT, "population": "B"}
    neutral = histories.of_cell(given, CONTENT, {"sweep": "neutral"})
    assert neutral == {"graph": CONTENT, "population": "B"}
    hard = histories.of_cell(given, CONTENT, {"sweep": "hard"})
    assert hard == {**neutral, "selected_in": ["A"]}
