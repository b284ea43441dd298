"""What can be predicted: the one form of targets, and what contradicts them."""

import copy
import pathlib

import pytest
import yaml

from coalflow.config import grid, targets
from coalflow.config.loading import prepare, read_schema
from coalflow.core.errors import CoalflowError
from coalflow.statistics import tskit_statistics

ROOT = pathlib.Path(__file__).resolve().parents[2]
SCHEMA = read_schema(ROOT / "workflow" / "schemas" / "config.schema.yaml")
DEMES = str(ROOT / "config" / "demography" / "out_of_africa.yaml")
ANCESTRAL = "demes.AFR.epochs.0.start_size"
HEADER = "the config cannot be used:\n  "


def config_with(target, **changes):
    """Return a config with two populations, a drawn size and two rates, and a target."""
    config = {
        "run": "targets",
        "seed": 1,
        "simulation": {
            "demography": {"demes": DEMES},
            "samples": {"EUR": 3, "AFR": 2},
            "sequence_length": 10_000,
            "mutation_rate": 1e-8,
            "grid": {"recombination_rate": [1e-9, 1e-8]},
            "prior": {ANCESTRAL: {"log_uniform": [1000, 9000]}},
            "replicates": 20,
        },
        "target": target,
    }
    for path, value in changes.items():
        section = config
        *parents, key = path.split("__")
        for parent in parents:
            section = section.setdefault(parent, {})
        if value is None:
            del section[key]
        else:
            section[key] = value
    return config


def one_population(**changes):
    """Return changes that make the config one of a population of constant size."""
    demography = {"population_size": 1000, "histories": {"growth": [{"start_size": 2.0}]}}
    return {
        "simulation__demography": demography,
        "simulation__samples": 5,
        "simulation__prior": {},
        **changes,
    }


def targets_of(target, **changes):
    return prepare(config_with(target, **changes), SCHEMA)["target"]


def complaint(target, **changes):
    with pytest.raises(CoalflowError) as caught:
        targets_of(target, **changes)
    message = str(caught.value)
    assert message.startswith(HEADER)
    return message.removeprefix(HEADER)


def statistic(name, *of, mode="site", scale="linear"):
    return {"statistic": name, "of": list(of), "mode": mode, "scale": scale}


# The one form --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ("tajimas_d", {"tajimas_d": statistic("tajimas_d")}),
        (
            ["recombination_rate", "diversity"],
            {
                "diversity": statistic("diversity"),
                "recombination_rate": {"parameter": "recombination_rate", "scale": "linear"},
            },
        ),
        (
            {"size": {"parameter": ANCESTRAL, "scale": "log"}},
            {"size": {"parameter": ANCESTRAL, "scale": "log"}},
        ),
        (ANCESTRAL, {ANCESTRAL: {"parameter": ANCESTRAL, "scale": "linear"}}),
        ("fst", {"fst": statistic("fst", "EUR", "AFR")}),
        ({"fst": {"of": ["AFR", "EUR"]}}, {"fst": statistic("fst", "AFR", "EUR")}),
        (
            {"pi": {"statistic": "diversity", "of": "AFR", "mode": "branch", "scale": "log"}},
            {"pi": statistic("diversity", "AFR", mode="branch", scale="log")},
        ),
        (
            "time_to_common_ancestor",
            {"time_to_common_ancestor": statistic("time_to_common_ancestor", mode="branch")},
        ),
    ],
)
def test_every_way_to_write_a_target_becomes_one_form(target, expected):
    assert targets_of(target) == expected
    # What the report shows can be used as a config.
    assert targets_of(targets_of(target)) == expected


def test_the_order_of_targets_does_not_matter():
    one, other = (targets_of(names) for names in (["fst", "diversity"], ["diversity", "fst"]))
    assert list(one) == list(other) == ["diversity", "fst"]


def test_names_and_scales_are_no_matter_of_simulations():
    one = {"a": {"statistic": "coalescence_time", "of": "EUR"}, "fst": {}}
    other = {"b": {"statistic": "coalescence_time", "of": ["EUR"], "scale": "log"}}
    told = [targets.statistics_of_trees(targets_of(target)) for target in (one, other)]
    expected = {"statistic": "coalescence_time", "of": ["EUR"], "mode": "branch"}
    assert told == [[expected], [expected]]
    assert targets.statistics_of_trees(targets_of("fst")) == []


def test_classes_are_the_values_of_the_grid_or_of_the_prior():
    gridded = one_population(simulation__grid={"history": ["growth", "constant"]})
    gridded["simulation__recombination_rate"] = 1e-8
    drawn = {
        **gridded,
        "simulation__grid": None,
        "simulation__prior": {"history": {"categorical": {"values": ["constant", "growth"]}}},
    }
    for changes, classes in ((gridded, ["growth", "constant"]), (drawn, ["constant", "growth"])):
        config = prepare(config_with("history", **changes), SCHEMA)
        assert config["target"] == {"history": {"parameter": "history"}}
        assert grid.classes(config) == classes
        assert config["models"]["baselines"] == [
            "mean",
            "classical",
            "logistic_regression",
            "gradient_boosting",
        ]
    assert grid.classes(prepare(config_with("fst"), SCHEMA)) is None


def test_the_schema_the_table_and_tskit_know_the_same_statistics():
    known = SCHEMA["properties"]["target"]["additionalProperties"]["properties"]["statistic"]
    assert known["enum"] == list(targets.STATISTICS)
    assert set(tskit_statistics._COMPUTED) == set(targets.STATISTICS)
    described = (ROOT / "config" / "README.md").read_text().split("### Every key")[0]
    for name in targets.STATISTICS:
        assert f"`{name}`" in described


# Contradictions ------------------------------------------------------------------------------

NO_POPULATIONS = (
    "simulation.samples does not tell populations apart: say there how many individuals of "
    "which, as {A: 10, B: 10}"
)
CONTRADICTIONS = {
    "a misspelled parameter": (
        "recombination_rat",
        {},
        f"target is 'recombination_rat', but must be one of: {ANCESTRAL}, recombination_rate, "
        f"{', '.join(targets.STATISTICS)}; did you mean recombination_rate?",
    ),
    "a parameter in a list": (
        ["fst", "mutation_rate"],
        {},
        "target.1 is mutation_rate, which is the same in all simulations: list values in "
        "simulation.grid.mutation_rate, or draw it in simulation.prior",
    ),
    "a path that is not drawn": (
        {"size": {"parameter": "demes.EUR.epochs.0.start_size"}},
        {},
        "target.size.parameter is demes.EUR.epochs.0.start_size, which is the same in all "
        "simulations: list values in simulation.grid.demes.EUR.epochs.0.start_size, or draw it in "
        "simulation.prior",
    ),
    "a parameter and a statistic": (
        {"x": {"parameter": "recombination_rate", "statistic": "fst"}},
        {},
        "target.x is both a parameter and a statistic: delete one of the two",
    ),
    "populations of a parameter": (
        {"recombination_rate": {"of": ["EUR"]}},
        {},
        "target.recombination_rate.of is for statistics, and recombination_rate is none: delete it",
    ),
    "the name of a column": (
        {"sites": {"statistic": "diversity"}},
        {},
        "target.sites is sites, the name of something else: choose another",
    ),
    "the name of another parameter": (
        {"recombination_rate": {"statistic": "diversity"}},
        {},
        "target.recombination_rate is recombination_rate, the name of something else: choose "
        "another",
    ),
    "classes and numbers": (
        ["history", "tajimas_d"],
        one_population(
            simulation__grid={"history": ["constant", "growth"]},
            simulation__recombination_rate=1e-8,
        ),
        "target.0 has classes (history), and these are predicted alone: take it as the only "
        "target, or take it out",
    ),
    "a logarithm of classes": (
        {"history": {"scale": "log"}},
        one_population(
            simulation__grid={"history": ["constant", "growth"]},
            simulation__recombination_rate=1e-8,
        ),
        "target.history.scale is for numbers, and history has classes: delete it",
    ),
    "populations that are not told apart": (
        "fst",
        one_population(),
        f"target is fst, which compares populations, but {NO_POPULATIONS}",
    ),
    "named populations that are not told apart": (
        {"pi": {"statistic": "diversity", "of": "EUR"}},
        one_population(),
        f"target.pi.of is diversity of EUR, but {NO_POPULATIONS}",
    ),
    "an unknown population": (
        {"fst": {"of": ["EUR", "AFRO"]}},
        {},
        "target.fst.of names 'AFRO', but the sampled populations are: EUR, AFR; did you mean AFR?",
    ),
    "a population twice": (
        {"fst": {"of": ["EUR", "EUR"]}},
        {},
        "target.fst.of names a population twice: EUR, EUR",
    ),
    "too few populations": (
        {"f3": {"of": ["EUR", "AFR"]}},
        {},
        "target.f3.of names 2 populations, but f3 is of 3: choose among EUR, AFR",
    ),
    "more populations than there are": (
        "f4",
        {},
        "target is f4, which compares 4 populations, but 2 are sampled: add to simulation.samples, "
        "or choose another",
    ),
    "a statistic of trees of sites": (
        {"coalescence_time": {"mode": "site"}},
        {},
        "target.coalescence_time.mode is site, but coalescence_time is there for branch only: "
        "delete it",
    ),
    "a logarithm of what is below 0": (
        {"tajimas_d": {"scale": "log"}},
        {},
        "target.tajimas_d.scale is log, but tajimas_d can be below 0: take linear",
    ),
    "ancestral alleles that are not known": (
        "fay_wu_h",
        {},
        "target is fay_wu_h, which needs to know the ancestral alleles: set observation.polarised "
        "to true, or choose another",
    ),
    "a number of sites that is always the same": (
        "watterson_theta",
        {},
        "target is watterson_theta, but without encoding.pad all windows have as many sites: set "
        "it to true, or choose another",
    ),
    "an unknown statistic": (
        {"x": {"statistic": "pi"}},
        {},
        f"target.x.statistic is 'pi', but must be one of: {', '.join(targets.STATISTICS)}",
    ),
    "a name that no column can have": (
        {"a b": {"statistic": "fst"}},
        {},
        "target.a b is 'a b': use letters, digits, '_', '-' and '.' only",
    ),
    "nothing": ([], {}, "target is empty: list at least one value, or delete the key"),
}


@pytest.mark.parametrize(
    ("target", "changes", "message"), CONTRADICTIONS.values(), ids=CONTRADICTIONS
)
def test_a_target_that_cannot_be_is_refused(target, changes, message):
    assert complaint(copy.deepcopy(target), **changes) == message


def test_what_could_be_known_is_not_refused():
    """The same statistics where nothing stands in their way."""
    polarised = {"observation__polarised": True}
    assert "fay_wu_h" in targets_of("fay_wu_h", **polarised)
    assert "fay_wu_h" in targets_of({"fay_wu_h": {"mode": "branch"}})
    assert "watterson_theta" in targets_of("watterson_theta", encoding__pad=True)
    assert targets_of({"s": {"statistic": "segregating_sites", "of": "EUR"}})


def test_the_line_of_a_mistake_is_named(tmp_path):
    file = tmp_path / "config.yaml"
    given = config_with({"fst": {"of": ["EUR", "OCE"]}})
    file.write_text(yaml.safe_dump({"target": given.pop("target"), **given}, sort_keys=False))
    with pytest.raises(CoalflowError, match=rf"{file}:3: target\.fst\.of names 'OCE'"):
        prepare(yaml.safe_load(file.read_text()), SCHEMA, [file])


def test_trees_are_asked_only_where_there_are_some(tmp_path):
    (tmp_path / "a.ms").write_text("")
    imported = {
        "simulation": {
            "import": {"format": "ms", "files": {"one": [str(tmp_path / "a.ms")]}},
            "samples": 5,
            "sequence_length": 1000,
            "replicates": 20,
        }
    }
    message = complaint("coalescence_time", **imported)
    assert message == (
        "target is coalescence_time, which only trees tell, and files in ms's format have none: "
        "import trees, or choose another"
    )
    truth = {"command": {"theta": "-t"}}
    imported["simulation"]["import"]["truth"] = truth
    assert targets_of("theta", **imported) == {"theta": {"parameter": "theta", "scale": "linear"}}
