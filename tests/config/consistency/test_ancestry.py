"""Ancestry that a config cannot predict: one message each."""

import copy

import pytest
from helpers.configs import complaint_about
from helpers.gene_flow import CONFIG, write_demes

from coalflow.config.loading import read_config
from coalflow.config.settings.making import SettingsMaker

TARGET = {"ancestry": {"of": "north", "from": "ghost", "since": 500}}


@pytest.fixture(autouse=True)
def working_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_demes(tmp_path)


def make_config(target=TARGET, **sections):
    config = copy.deepcopy(CONFIG)
    config["simulation"]["demography"].pop("gene_flow")
    config["simulation"].pop("grid")
    return {**config, "encoding": {"pad": True}, "target": target, **sections}


def complaint(target=TARGET, **sections):
    return complaint_about(make_config(target, **sections))


def with_target(**changes):
    (target,) = TARGET.values()
    changed = {**target, **changes}
    return {"ancestry": {key: value for key, value in changed.items() if value is not None}}


def test_ancestry_is_a_share_of_windows_and_kept_for_every_base():
    config = read_config(make_config())
    (target,) = config.targets.definitions.values()
    assert config.targets.at_sites is target
    assert target.truth_name == "target/introgression(north,ghost,since=500)"
    assert config.encoding.order == "sampled"
    maker = SettingsMaker(config)
    (cell,) = maker.cells.values()
    settings = maker.simulate(cell, 0, 10)
    assert settings.ancestry.model_dump() == {"of": "north", "source": "ghost", "since": 500}
    assert not any(one.at_sites for one in settings.tree_statistics)


def test_a_share_alone_keeps_nothing_of_bases():
    share = {"share": {"statistic": "introgression", "of": ["north", "ghost"]}}
    config = read_config(make_config(share))
    maker = SettingsMaker(config)
    (cell,) = maker.cells.values()
    assert config.targets.at_sites is None
    assert maker.simulate(cell, 0, 10).ancestry is None


REFUSED = {
    "nobody": (with_target(of=None), "target.ancestry must name two populations: `{of: EUR"),
    "not sampled": (with_target(of="old"), "target.ancestry.of names 'old'"),
    "nowhere": (with_target(**{"from": "gost"}), "target.ancestry.from names 'gost'"),
    "never meets": (with_target(**{"from": "old"}), "no lineage of north ever gets into old"),
    "too late": (with_target(since=50), "target.ancestry.since is 50 generations ago"),
    "a mode": (with_target(mode="branch"), "target.ancestry.mode is not for ancestry"),
    "a statistic": (with_target(statistic="introgression"), "ancestry.statistic is not for"),
    "a parameter": (with_target(parameter="mutation_rate"), "is both a parameter and ancestry"),
    "another target": ({**TARGET, "pi": {"statistic": "diversity"}}, "predicted alone"),
}


@pytest.mark.parametrize("why", REFUSED)
def test_targets_that_cannot_be(why):
    target, expected = REFUSED[why]
    assert expected in complaint(target)


@pytest.mark.parametrize(
    ("sections", "expected"),
    [
        ({"encoding": {"pad": False}}, "encoding.pad is false"),
        ({"encoding": {"pad": True, "order": "similarity"}}, "encoding.order is similarity"),
        ({"observation": {"switch_error": 0.01}}, "observation.switch_error exchanges"),
        ({"models": {"nets": ["spidna"]}}, "models.nets.0 is spidna, which does not predict"),
        ({"training": {"loss": "gaussian"}}, "training.loss is for numbers"),
        (
            {"training": {"augment": {"mirror": True}}, "models": {"nets": ["axial_transformer"]}},
            "training.augment.mirror is not for ancestry predicted by axial_transformer",
        ),
        (
            {"training": {"augment": {"errors": True}}, "observation": {"missing": 0.1}},
            "training.augment.errors changes which sites",
        ),
    ],
)
def test_sections_that_do_not_fit(sections, expected):
    assert expected in complaint(**sections)


def test_one_haplotype_cannot_be_compared_with_others_of_its_population():
    config = make_config()
    config["simulation"] |= {"samples": {"north": 1, "south": 4}, "ploidy": 1}
    assert "simulation.samples has one haplotype of north" in complaint_about(config)


def test_haplotypes_of_several_draws_are_painted(tmp_path):
    (tmp_path / "mine.vcf").write_text("##fileformat=VCFv4.2\n")
    names = {"south": list("abcd"), "north": list("efghij")}
    genome = {"path": "mine.vcf", "samples": names, "draws": 3}
    config = read_config(make_config(genomes={"mine": genome}))
    assert SettingsMaker(config).genome_options("mine").draws == 3
    assert SettingsMaker(config).observe_genome("mine").painted == "north"


def test_haplotypes_are_not_painted_in_windows_of_the_users_own(tmp_path):
    (tmp_path / "mine.vcf").write_text("##fileformat=VCFv4.2\n")
    (tmp_path / "mine.bed").write_text("1\t0\t5000\n")
    genome = {"path": "mine.vcf", "windows": "mine.bed"}
    assert "genomes.mine.windows is for windows of your own" in complaint(genomes={"mine": genome})


def test_a_genome_with_sweeps_has_no_known_ancestry():
    sweep = {"position": 5000, "kind": "hard", "selection_coefficient": 0.1}
    genome = {"simulate": {"sequence_length": 10_000, "sweeps": [sweep]}}
    expected = "genomes.known.simulate.sweeps are simulated without a record"
    assert expected in complaint(genomes={"known": genome})
