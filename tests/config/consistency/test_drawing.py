"""Priors that can never be drawn from are refused when the config is read."""

import copy

import pytest
from helpers.configs import quickstart

from coalflow.config.loading import read_config
from coalflow.core.errors import CoalflowError

ATTEMPTS = "cannot be drawn (2,000 attempts): it "


def read_with(size, grid=None, **others):
    """Read the quickstart with a prior of population_size, and further priors."""
    config = copy.deepcopy(quickstart())
    simulation = config["simulation"]
    simulation["prior"] = {"population_size": size, **others}
    simulation["grid"] = grid or {"history": ["constant", "growth"]}
    for name in grid or {}:
        simulation.pop(name, None)
    del config["genomes"]
    return read_config(config).simulation


def complaint(size, grid=None, **others):
    with pytest.raises(CoalflowError) as caught:
        read_with(size, grid, **others)
    (line,) = str(caught.value).splitlines()[1:]
    return line.strip().removeprefix("simulation.prior.population_size").lstrip(" .")


NEVER = {
    "names": ({"categorical": {"values": [1000, "a"]}}, "categorical.values.1 is 'a', but must be"),
    "one value": ({"categorical": {"values": [5]}}, "categorical.values is [5]: list 2 values"),
    "mean below": ({"normal": {"mean": -1000, "sd": 1}}, f"{ATTEMPTS}has nothing between its"),
    "mean above": ({"normal": {"mean": 1e12, "sd": 1}}, f"{ATTEMPTS}has nothing between its"),
    "mean below low": (
        {"normal": {"mean": 1000, "sd": 10, "low": 5000}},
        f"{ATTEMPTS}has nothing between its lowest and highest value, far from the mean",
    ),
    "too flat": ({"normal": {"mean": 0, "sd": 1e300}}, f"{ATTEMPTS}is "),
    "shape": ({"beta": {"a": 1e300, "b": 1, "low": 1, "high": 2}}, "beta.a is 1e+300, must be at"),
    "weights": (
        {"categorical": {"values": [5, 6], "weights": [1e308, 1]}},
        "categorical.weights.0 is 1e+308, must be at most 1000000000",
    ),
    "division by 0": ({"formula": "1 / 0"}, "formula is '1 / 0', which is not a finite number"),
    "overflow": ({"uniform": ["9**9**9", 5]}, "uniform.0 is '9**9**9', which is not a finite"),
    "mean of nothing": ({"normal": {"mean": "log(0)", "sd": 1}}, "normal.mean is 'log(0)', which"),
    "constant": ({"formula": "3 - 8"}, "formula is -5.0, must be greater than 0"),
    "0 times": ({"formula": "mutation_rate * 0"}, f"{ATTEMPTS}is 0.0, must be greater than 0"),
    "by 0": ({"formula": "mutation_rate / (1 - 1)"}, f"{ATTEMPTS}divides by 0, or takes a"),
    "names of histories": ({"formula": "history"}, "is computed from history, whose values are"),
    "of a sweep": ({"formula": "position"}, "is computed from position, which these simulations"),
}


@pytest.mark.parametrize(("size", "message"), NEVER.values(), ids=list(NEVER))
def test_what_can_never_be_is_refused(size, message):
    assert message in complaint(size)


def test_formulas_of_other_priors_are_drawn_too():
    x = {"uniform": [-3, -2]}
    assert complaint({"formula": "log(x)"}, x=x).startswith(f"{ATTEMPTS}divides by 0, or takes")
    assert complaint({"formula": "1000 * x"}, x=x).startswith(f"{ATTEMPTS}is -2")
    assert (
        complaint({"uniform": [5, "x"]}, x=x) == f"{ATTEMPTS}has a lowest value above the highest"
    )
    assert complaint({"normal": {"mean": "x * 1e6", "sd": 1}}, x=x).startswith(ATTEMPTS)
    deep = complaint({"formula": "y * 1000"}, x=x, y={"formula": "x * 2"})
    assert "must be greater than 0" in deep


def test_a_cell_where_nothing_can_be_drawn_is_named():
    rates = {"mutation_rate": [1e-9, 1e-8], "history": ["constant", "growth"]}
    assert complaint({"formula": "1e4 * (mutation_rate - 1e-9)"}, rates) == (
        f"{ATTEMPTS}is 0.0, must be greater than 0 (where history=constant, mutation_rate=1e-09)"
    )


def test_what_can_be_drawn_sometimes_is_accepted():
    x = {"uniform": [-1, 0.01]}
    for size in (
        {"formula": "1000 * x"},
        {"formula": "1000 * log(x + 1)"},
        {"uniform": [1, "x * 400"]},
    ):
        assert read_with(size, x=x).prior["population_size"].parameters == ["x"]
    read_with({"normal": {"mean": -2000, "sd": 1000}})
    read_with({"categorical": {"values": [5, 6], "weights": [1e-300, 1]}})
    read_with({"beta": {"a": 2, "b": "x", "low": 10, "high": 20}}, x={"uniform": [1, 2]})


def test_joint_draws_are_looked_at(tmp_path):
    file = tmp_path / "draws.tsv"
    file.write_text("n\tm\n1\t-2\n2\t-3\n")
    config = quickstart()
    del config["genomes"]
    config["simulation"] |= {
        "draws": str(file),
        "grid": {"history": ["constant"]},
        "prior": {
            "population_size": {"formula": "n * m"},
            "n": {"draws": "n"},
            "m": {"draws": "m"},
        },
    }
    with pytest.raises(CoalflowError, match="cannot be drawn"):
        read_config(config)
    file.write_text("n\tm\n1\t-2\n2\t3\n")
    assert read_config(config).simulation.draws == str(file)
