"""What can be predicted: the one form of targets, and what contradicts them."""

import copy

import pytest
import yaml
from helpers.configs import HEADER, ROOT, complaint_about

from coalflow.config.loading import read_config
from coalflow.config.registry.statistics import STATISTICS
from coalflow.config.settings.making import SettingsMaker
from coalflow.core.errors import CoalflowError

DEMES = str(ROOT / "config" / "demography" / "out_of_africa.yaml")
ANCESTRAL = "demes.AFR.epochs.0.start_size"


def config_with(target, **changes):
    """Return a config with two populations, a drawn size and two rates, and a target."""
    config = {
        "run": "targets",
        "seed": 1,
        "simulation": {
            "demography": {"demes": DEMES},
            "samples": {"EUR": 3, "AFR": 2},
            "sequence_length": 10_000,
            "mutation_rate": 2.36e-8,
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


def read_targets(target, **changes):
    return read_config(config_with(target, **changes)).targets


def complaint(target, **changes):
    message = complaint_about(config_with(target, **changes))
    assert message.startswith(f"{HEADER}  ")
    return message.removeprefix(f"{HEADER}  ")


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
    assert read_targets(target).as_json()["definitions"] == expected
    # That form can be written in a config, too.
    assert read_targets(expected).as_json()["definitions"] == expected


def test_the_order_of_targets_does_not_matter():
    one, other = (read_targets(names) for names in (["fst", "diversity"], ["diversity", "fst"]))
    assert one.names == other.names == ["diversity", "fst"]


def test_statistics_of_sites_are_not_those_of_trees():
    targets = read_targets({"a": {"statistic": "coalescence_time", "of": "EUR"}, "fst": {}})
    assert list(targets.tree_statistics) == ["a"]
    assert list(targets.site_statistics) == ["fst"]
    assert targets.tree_statistics["a"].truth_name == "target/coalescence_time(EUR)"
    assert targets.parameters == {}
    assert list(read_targets("recombination_rate").parameters) == ["recombination_rate"]


def test_names_and_scales_make_no_new_simulations():
    one = {"a": {"statistic": "coalescence_time", "of": "EUR"}, "fst": {}}
    other = {"b": {"statistic": "coalescence_time", "of": ["EUR"], "scale": "log"}}
    computed = [
        SettingsMaker(read_config(config_with(target))).tree_statistics
        for target in (one, other, "fst")
    ]
    ((statistic,), same, none) = computed
    assert (statistic.statistic, statistic.of) == ("coalescence_time", ("EUR",))
    assert same == (statistic,)
    assert none == ()


def test_classes_are_the_values_of_the_grid_or_of_the_prior():
    gridded = one_population(simulation__grid={"history": ["growth", "constant"]})
    gridded["simulation__recombination_rate"] = 1e-8
    drawn = {
        **gridded,
        "simulation__grid": None,
        "simulation__prior": {"history": {"categorical": {"values": ["constant", "growth"]}}},
    }
    for changes, classes in ((gridded, ["growth", "constant"]), (drawn, ["constant", "growth"])):
        config = read_config(config_with("history", **changes))
        assert config.targets.as_json() == {
            "definitions": {"history": {"parameter": "history"}},
            "classes": classes,
        }
        assert config.targets.has_classes
        baselines = ("mean", "classical", "logistic_regression", "gradient_boosting")
        assert config.baselines == baselines
    assert not read_targets("fst").has_classes


def test_every_statistic_is_described():
    described = (ROOT / "docs" / "targets.md").read_text()
    table = (ROOT / "docs" / "reference" / "config.md").read_text()
    for name in STATISTICS:
        assert f"`{name}`" in described
        assert f"`{name}`" in table


# Contradictions ------------------------------------------------------------------------------

NO_POPULATIONS = (
    "simulation.samples does not distinguish populations: give there how many individuals of "
    "each, as {A: 10, B: 10}"
)
CONTRADICTIONS = {
    "a misspelled parameter": (
        "recombination_rat",
        {},
        f"target is 'recombination_rat', but must be one of: {ANCESTRAL}, recombination_rate, "
        f"{', '.join(STATISTICS)}; did you mean recombination_rate?",
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
        "target.recombination_rate.of is for statistics, and recombination_rate is not one: "
        "delete it",
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
        "target.0 has classes (history), and these are predicted alone: make it the only "
        "target, or remove it",
    ),
    "a logarithm of classes": (
        {"history": {"scale": "log"}},
        one_population(
            simulation__grid={"history": ["constant", "growth"]},
            simulation__recombination_rate=1e-8,
        ),
        "target.history.scale is for numbers, and history has classes: delete it",
    ),
    "populations that are not distinguished": (
        "fst",
        one_population(),
        f"target is fst, which compares populations, but {NO_POPULATIONS}",
    ),
    "named populations that are not distinguished": (
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
        "target.f3.of names 2 populations, but f3 takes 3: choose among EUR, AFR",
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
        "target.coalescence_time.mode is site, but coalescence_time exists for branch only: "
        "delete it",
    ),
    "a logarithm of what is below 0": (
        {"tajimas_d": {"scale": "log"}},
        {},
        "target.tajimas_d.scale is log, but tajimas_d can be below 0: use linear",
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
        "target is watterson_theta, but without encoding.pad all windows have the same "
        "number of sites: set it to true, or choose another",
    ),
    "an unknown statistic": (
        {"x": {"statistic": "pi"}},
        {},
        f"target.x.statistic is 'pi', but must be one of: {', '.join(STATISTICS)}",
    ),
    "a name that no column can have": (
        {"a b": {"statistic": "fst"}},
        {},
        "target.a b is 'a b': use letters, digits, '_', '.' and '-' only",
    ),
    "nothing": ([], {}, "target is empty: list at least one value, or delete the key"),
}


@pytest.mark.parametrize(
    ("target", "changes", "message"), CONTRADICTIONS.values(), ids=CONTRADICTIONS
)
def test_a_target_that_cannot_be_is_refused(target, changes, message):
    assert complaint(copy.deepcopy(target), **changes) == message


def test_baselines_wait_for_a_target_that_can_be():
    assert complaint("sweep", models__baselines=["ridge"]).startswith("target is sweep, whose")


def test_what_could_be_known_is_not_refused():
    """The same statistics where nothing stands in their way."""
    polarised = {"observation__polarised": True}
    assert read_targets("fay_wu_h", **polarised).names == ["fay_wu_h"]
    assert read_targets({"fay_wu_h": {"mode": "branch"}}).names == ["fay_wu_h"]
    assert read_targets("watterson_theta", encoding__pad=True).names == ["watterson_theta"]
    assert read_targets({"s": {"statistic": "segregating_sites", "of": "EUR"}}).names == ["s"]


def test_the_line_of_a_mistake_is_named(tmp_path):
    file = tmp_path / "config.yaml"
    given = config_with({"fst": {"of": ["EUR", "OCE"]}})
    file.write_text(yaml.safe_dump({"target": given.pop("target"), **given}, sort_keys=False))
    with pytest.raises(CoalflowError, match=rf"{file}:3: target\.fst\.of names 'OCE'"):
        read_config(yaml.safe_load(file.read_text()), [file])


def test_statistics_of_trees_need_trees(tmp_path):
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
        "target is coalescence_time, which is computed on trees, and files of ms have none: "
        "import trees, or choose another"
    )
    truth = {"command": {"theta": "-t"}}
    imported["simulation"]["import"]["truth"] = truth
    assert read_targets("theta", **imported).as_json()["definitions"] == {
        "theta": {"parameter": "theta", "scale": "linear"}
    }
