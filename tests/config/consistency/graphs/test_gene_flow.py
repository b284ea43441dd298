"""Kinds of gene flow, and introgression, that a config cannot have: one message each."""

import copy

import pytest
import yaml
from helpers.configs import HEADER, complaint_about

from coalflow.config import grid
from coalflow.config.histories import contents, kinds
from coalflow.config.judging.conditions import list_conditions
from coalflow.config.loading import read_config
from coalflow.config.settings.making import SettingsMaker

HISTORY = {
    "time_units": "years",
    "generation_time": 25,
    "demes": [
        {"name": "old", "epochs": [{"start_size": 2000, "end_time": 75_000}]},
        {"name": "nea", "ancestors": ["old"], "epochs": [{"start_size": 300, "end_time": 5000}]},
        {"name": "afr", "ancestors": ["old"], "epochs": [{"start_size": 1500}]},
        {"name": "eur", "ancestors": ["afr"], "start_time": 30_000, "epochs": [{"start_size": 90}]},
    ],
    "pulses": [
        {"sources": ["nea"], "dest": "eur", "time": 20_000, "proportions": [0.1]},
        {"sources": ["eur"], "dest": "afr", "time": 1000, "proportions": [0.1]},
    ],
}
KINDS = {"none": [], "archaic": ["pulses.0"], "back": ["pulses.1"]}
CONFIG = {
    "run": "flow",
    "seed": 1,
    "simulation": {
        "demography": {"demes": "flow.yaml", "gene_flow": KINDS},
        "samples": {"eur": 4, "afr": 4},
        "sequence_length": 10_000,
        "mutation_rate": 1e-8,
        "recombination_rate": 1e-8,
        "grid": {"gene_flow": ["none", "archaic", "back"]},
        "replicates": 20,
    },
    "target": "gene_flow",
}
SWEPT = {"sweep": "hard", "selection_coefficient": 0.1}
BACK = {"demography__population": "afr"}


@pytest.fixture(autouse=True)
def working_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "flow.yaml").write_text(yaml.safe_dump(HISTORY))


def config_with(target="gene_flow", **changes):
    """Return the config with changes below ``simulation``; None deletes a key."""
    config = copy.deepcopy(CONFIG)
    config["target"] = target
    for path, value in changes.items():
        section = config["simulation"]
        *parents, key = path.split("__")
        for parent in parents:
            section = section[parent]
        section[key] = value
        if value is None:
            del section[key]
    return config


def complaint(*arguments, **changes):
    message = complaint_about(config_with(*arguments, **changes))
    assert message.startswith(f"{HEADER}  ")
    return message.removeprefix(f"{HEADER}  ")


def introgression(*of, **more):
    return {"share": {"statistic": "introgression", "of": list(of), **more}}


def test_kinds_are_a_parameter_of_every_cell_and_the_classes():
    config = read_config(config_with())
    assert read_config(config.as_written()) == config
    assert config.targets.classes == ("none", "archaic", "back")
    assert "gene_flow" in grid.list_parameters(config.simulation)
    assert kinds.find_kind_without_gene_flow(config.simulation) == "none"
    names = [cell.name for cell in grid.list_cells(config.simulation)]
    assert names == ["gene_flow=archaic", "gene_flow=back", "gene_flow=none"]
    simulated = read_config(config_with({"gene_flow": {"label": "simulated"}}))
    assert simulated.targets["gene_flow"].label == "simulated"


def test_times_of_targets_are_those_of_the_file():
    target = introgression("eur", "nea", since=25_000)
    targets = read_config(config_with(target)).targets
    assert targets["share"].since == 1000
    assert targets["share"].truth_name == "target/introgression(eur,nea,since=1000)"


WHERE = "simulation.demography.gene_flow"
OR_ELSE = "or write `target: {gene_flow: {label: simulated}}` for the simulated kinds"
OWN_CLASS = "target is gene_flow, and windows in which no lineage moved need a class of their own"
FEW = {"none": [], "archaic": ["pulses.0"]}
CONTRADICTIONS = {
    "an unknown pulse": (
        {"demography__gene_flow": {**KINDS, "archaic": ["pulses.2"]}},
        f"{WHERE}.archaic.0 names 'pulses.2', but the pulses and migrations of this history are: "
        "pulses.0 (from nea into eur, at 20,000), pulses.1 (from eur into afr, at 1,000); did you "
        "mean pulses.1?",
    ),
    "the same twice": (
        {"demography__gene_flow": {**KINDS, "again": ["pulses.0"]}},
        f"{WHERE}.again is the same as archaic, so windows of both are alike: delete one of them",
    ),
    "an unknown kind": (
        {"grid": {"gene_flow": ["none", "archiac"]}},
        f"simulation.grid.gene_flow.1 names 'archiac', but the kinds of {WHERE} are: none, "
        "archaic, back; did you mean archaic?",
    ),
    "no kinds": (
        {"demography__gene_flow": None},
        f"simulation.grid.gene_flow chooses among the kinds of {WHERE}, which is missing: name "
        "them there",
    ),
    "none chosen": (
        {"target": "diversity", "grid": None},
        "simulation.gene_flow is missing: add it, or list values in simulation.grid.gene_flow, or "
        "draw it (simulation.prior)",
    ),
    "chosen twice": (
        {"gene_flow": "none"},
        "simulation.gene_flow is also given in simulation.grid.gene_flow: delete one",
    ),
    "an unknown one drawn": (
        {"grid": None, "prior": {"gene_flow": {"categorical": {"values": ["none", "bcak"]}}}},
        "simulation.prior.gene_flow.categorical.values.1 names 'bcak', but the kinds of gene flow "
        "are: none, archaic, back; did you mean back?",
    ),
    "numbers drawn": (
        {"target": "diversity", "grid": None, "prior": {"gene_flow": {"uniform": [0, 1]}}},
        "simulation.prior.gene_flow.uniform draws numbers: kinds of gene flow have names, so use "
        "{categorical: {values: [...]}}",
    ),
    "one class": (
        {"grid": None, "gene_flow": "none"},
        "target is gene_flow, whose values in simulation.grid are the classes: list two or more in "
        "simulation.grid.gene_flow",
    ),
    "no kind without gene flow": (
        {"demography__gene_flow": {"archaic": ["pulses.0"], "none": ["pulses.1"]},
         "grid": {"gene_flow": ["none", "archaic"]}},
        f"{OWN_CLASS}: add a kind to {WHERE} with nothing on (`none: []`), {OR_ELSE}",
    ),
    "windows without gene flow not simulated": (
        {"grid": {"gene_flow": ["archaic", "back"]}},
        f"{OWN_CLASS}: simulate none, too, {OR_ELSE}",
    ),
    "sweeps": (
        {**SWEPT, **BACK},
        "target is gene_flow, and where there are sweeps it is not recorded which lineages moved: "
        f"delete the sweeps, {OR_ELSE}",
    ),
    "a label of something else": (
        {"target": {"diversity": {"label": "simulated"}}},
        "target.diversity.label is for gene_flow, not diversity: delete it",
    ),
    "kinds of epochs": (
        {"target": "diversity", "demography": {"population_size": 9, "gene_flow": FEW},
         "samples": 5, "grid": None, "gene_flow": "none"},
        f"{WHERE} goes with a demes file (`demes`): delete it",
    ),
}  # fmt: skip


CHOSEN = {"gene_flow": ["none", "archaic"]}
FROM_NEA = {"none": [], "archaic": ["pulses.0"]}
NO_BACK = {"demography__gene_flow": FROM_NEA, "grid": CHOSEN}
UNMOVED = (
    ", by which no lineage of the samples can move, so that its windows are like those without"
)
UNMOVING = {
    "into nobody sampled": (
        {"samples": {"eur": 5}, "demography__gene_flow": KINDS},
        f"{WHERE}.back is gene flow from eur into afr{UNMOVED}: sample a population into which "
        "genes flow, or delete back",
    ),
    "before it": (
        {"samples": {"eur": {"individuals": 5, "time": 21_000}}, **NO_BACK},
        f"{WHERE}.archaic is gene flow from nea into eur{UNMOVED}: sample a population into which "
        "genes flow, or delete archaic",
    ),
}


@pytest.mark.parametrize("name", UNMOVING)
def test_kinds_that_move_no_lineage_of_the_samples_are_refused(name):
    changes, message = UNMOVING[name]
    assert complaint(**changes) == message


def test_lineages_may_go_through_populations_that_are_not_sampled():
    # Those of afr that are from eur, which are from nea.
    read_config(config_with(samples={"afr": 5}, demography__gene_flow=FROM_NEA, grid=CHOSEN))
    # Where times are drawn, a pulse may be older than the sample.
    old = {"eur": {"individuals": 5, "time": 21_000}}
    drawn = {"pulses.0.time": {"uniform": [15_000, 25_000]}}
    read_config(config_with(samples=old, prior=drawn, **NO_BACK))


@pytest.mark.parametrize("name", CONTRADICTIONS)
def test_kinds_that_cannot_be_are_refused(name):
    changes, message = CONTRADICTIONS[name]
    assert complaint(**changes) == message


OF = "target.share.of"
UNREACHED = {
    "a stranger": (
        introgression("afr", "nea", since=900),
        {"grid": None, "gene_flow": "none"},
        f"{OF} is introgression of afr from nea, but no lineage of afr ever gets into nea by a "
        "pulse or migration: add a pulse to the history",
    ),
    "the wrong way": (
        introgression("eur", "afr"),
        {},
        f"{OF} is introgression of eur from afr, but no lineage of eur ever gets into afr by a "
        "pulse or migration: name one of nea",
    ),
    "a pulse of the future": (
        introgression("eur", "nea"),
        {"samples": {"eur": {"individuals": 4, "time": 22_000}, "afr": 3}},
        f"{OF} is introgression of eur from nea, but no lineage of eur ever gets into nea by a "
        "pulse or migration before eur is sampled, 22,000 years ago: move the pulse, or sample "
        "eur more recently",
    ),
    "since later": (
        introgression("eur", "nea", since=10_000),
        {},
        "target.share.since is 10,000 years ago, but gene flow from nea into eur was 20,000 years "
        "ago or earlier: raise it",
    ),
    "its own": (
        introgression("eur", "eur"),
        {},
        f"{OF} is eur, whose own ancestry is not gene flow: name the population that genes came "
        "from",
    ),
    "one population": (
        introgression("eur"),
        {},
        f"{OF} must name two populations: `of: [EUR, NEA]` is for ancestry of EUR that is from NEA",
    ),
    "not sampled": (
        introgression("nea", "eur"),
        {},
        f"{OF} names 'nea', but the sampled populations are: eur, afr",
    ),
    "unknown": (
        introgression("eur", "neo"),
        {},
        f"{OF} names 'neo', but the populations of the history are: old, nea, afr, eur; did you "
        "mean nea?",
    ),
    "without names": (
        introgression("eur", "nea"),
        {"samples": 5, "demography__population": "eur"},
        f"{OF} names eur, but simulation.samples does not name its population: write there "
        "`{eur: 5}`",
    ),
    "sweeps": (
        introgression("afr", "nea"),
        {**SWEPT, **BACK},
        "target.share is introgression, and where there are sweeps it is not recorded which "
        "lineages moved: delete the sweeps, or choose another",
    ),
    "since of something else": (
        {"fst": {"since": 5}},
        {},
        "target.fst.since is for introgression, not fst: delete it",
    ),
}


@pytest.mark.parametrize("name", UNREACHED)
def test_introgression_that_cannot_be_is_refused(name):
    target, changes, message = UNREACHED[name]
    assert complaint(target, **changes) == message


def test_lineages_reach_populations_by_their_ancestors_and_their_neighbours():
    # afr has what eur has, since eur's lineages come into it; and that is from nea.
    assert read_config(config_with(introgression("afr", "nea"))).targets["share"].of == (
        "afr",
        "nea",
    )


def test_populations_that_only_gene_flow_joins_are_refused_where_there_is_none():
    apart = copy.deepcopy(HISTORY)
    del apart["demes"][1]["ancestors"]
    apart["migrations"] = [{"demes": ["nea", "old"], "rate": 1e-4, "start_time": "Infinity"}]
    apart["migrations"][0]["end_time"] = 75_000
    with open("flow.yaml", "w") as file:
        yaml.safe_dump(apart, file)
    kinds = {"none": [], "ever": ["migrations.0", "pulses.0"]}
    changes = {"demography__gene_flow": kinds, "grid": {"gene_flow": ["ever", "none"]}}
    changes["samples"] = {"eur": 4, "nea": {"individuals": 2, "time": 50_000}}
    message = complaint(**changes)
    assert message.startswith("simulation.demography.demes has no common ancestor of nea and old")
    assert message.endswith("(gene_flow none)")


# Other parts of a config -------------------------------------------------------------------------


def with_genome(**changes):
    config = config_with()
    config["genomes"] = {"mine": {"simulate": {"sequence_length": 1000, **changes}}}
    return config


def test_a_simulated_genome_has_the_gene_flow_that_it_names():
    config = read_config(with_genome(gene_flow="archaic"))
    settings = SettingsMaker(config).simulate_genome("mine")
    assert settings.parameters["gene_flow"] == "archaic"
    content = contents.make_content(settings.history, settings.parameters)
    assert content["pulses"] == HISTORY["pulses"][:1]
    one = with_genome()
    del one["simulation"]["grid"]
    one["simulation"]["gene_flow"] = "back"
    one["target"] = "diversity"
    settings = SettingsMaker(read_config(one)).simulate_genome("mine")
    assert settings.parameters["gene_flow"] == "back"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({}, "is missing: name one of none, archaic, back"),
        (
            {"gene_flow": "bcak"},
            "names 'bcak', but the kinds of gene flow are: none, archaic, back; did you mean back?",
        ),
    ],
)
def test_a_simulated_genome_without_a_kind_is_refused(changes, message):
    found = complaint_about(with_genome(**changes))
    assert found == f"{HEADER}  genomes.mine.simulate.gene_flow {message}"


def test_models_are_not_tried_on_other_histories_where_gene_flow_is_predicted():
    config = config_with()
    config["evaluation"] = {"robustness": {"demography": [{"demes": "flow.yaml"}]}}
    message = "evaluation.robustness.demography is what models predict: delete it"
    assert complaint_about(config) == f"{HEADER}  {message}"
    config["target"] = "diversity"
    (condition,) = list_conditions(read_config(config))
    assert "gene_flow" not in condition.config.simulation.axes


def test_models_of_the_catalogue_have_kinds_too():
    changes = {
        "species": "HomSap",
        "demography": {
            "stdpopsim": "OutOfAfrica_2T12",
            "gene_flow": {"none": [], "recent": ["migrations.0", "migrations.1"]},
        },
        "samples": {"EUR": 4, "AFR": 4},
        "grid": {"gene_flow": ["none", "recent"]},
        "mutation_rate": None,
        "recombination_rate": None,
    }
    config = read_config(config_with("gene_flow", **changes))
    maker = SettingsMaker(config)
    left = [
        len(
            contents.make_content(maker.history(dict(cell.parameters)), cell.parameters)[
                "migrations"
            ]
        )
        for cell in maker.cells.values()
    ]
    assert left[1] == left[0] + 2 == len(config.graph["migrations"])


THIN = "training.augment.thin"
UNTHINNED = {
    "more than there are": (
        {"thin": 8},
        "coalflow",
        f"{THIN} is 8, but windows have 8 haplotypes of eur, 6 haplotypes of afr: lower it",
    ),
    "a net that knows how many of each": (
        {"thin": 4},
        "axial_transformer",
        f"{THIN} is for one population where the net is axial_transformer, but there are eur, afr: "
        "delete one of the two",
    ),
}


@pytest.mark.parametrize("name", UNTHINNED)
def test_populations_that_cannot_be_thinned_are_refused(name):
    augment, net, message = UNTHINNED[name]
    config = config_with(samples={"eur": 4, "afr": 3})
    config |= {"encoding": {"pad": True}, "models": {"nets": [net]}}
    assert complaint_about({**config, "training": {"augment": augment}}) == f"{HEADER}  {message}"


def test_populations_can_be_thinned():
    config = config_with(samples={"eur": 4, "afr": 2})
    config |= {"encoding": {"pad": True}, "training": {"augment": {"thin": 6}}}
    assert read_config(config).training.augment.thin == 6
