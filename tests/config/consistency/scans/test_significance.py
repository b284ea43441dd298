"""What the null, its scores and priors of classes cannot be, and which cells are the null."""

import copy

import pytest
import yaml
from helpers.configs import (
    HEADER,
    complaint,
    complaint_about,
    line_of,
    quickstart,
    sweeps_with,
    write,
)

from coalflow.config.loading import read_config
from coalflow.config.settings.run import Run


def with_classes(**sections):
    return {**sweeps_with(), "target": "sweep", **copy.deepcopy(sections)}


def with_histories(**sections):
    config = quickstart()
    config["simulation"]["demography"]["population_size"] = 10000
    config["simulation"]["grid"] = {"history": ["constant", "bottleneck"]}
    del config["models"]["baselines"]
    return {**config, "target": "history", **copy.deepcopy(sections)}


PRIOR = {"neutral": 0.98, "hard": 0.01, "linked_soft": 0.01}


@pytest.mark.parametrize(
    "sections",
    [
        {},
        {"significance": {"neutral": ["neutral", "linked_soft"]}},
        {"significance": {"scores": {"hard": ["hard"], "any": ["hard", "linked_soft"]}}},
        {"class_prior": PRIOR},
        {"class_prior": {"neutral": 1 / 3, "hard": 1 / 3, "linked_soft": 1 / 3}},
    ],
)
def test_what_fits_the_classes_is_valid(sections):
    read_config(with_classes(**sections))


@pytest.mark.parametrize(
    ("sections", "message"),
    [
        (
            {"significance": {"neighbours": 3, "block": 6}},
            "significance.neighbours is 3, so 7 windows are judged together, but a block of the "
            "null has 6 (significance.block): make one smaller, or the other larger",
        ),
        (
            {"significance": {"neutral": ["neutrall"]}},
            "significance.neutral.0 names 'neutrall', but the classes are: neutral, hard, "
            "linked_soft; did you mean neutral?",
        ),
        (
            {"significance": {"neutral": ["neutral", "hard", "linked_soft"]}},
            "significance.neutral names all classes, so that none is left to be found",
        ),
        (
            {"significance": {"scores": {"any": ["hard", "soft"]}}},
            "significance.scores.any.1 names 'soft', but the classes are",
        ),
        (
            {"significance": {"scores": {"any": ["hard", "neutral"]}}},
            "significance.scores.any.1 names neutral, which is the null",
        ),
        (
            {"significance": {"neutral": ["hard"], "scores": {"any": ["hard"]}}},
            "significance.scores.any.0 names hard, which is the null",
        ),
        ({"significance": {"tail": "upper"}}, "significance.tail is for targets that are numbers"),
        (
            {"class_prior": {**PRIOR, "soft": 0.01}},
            "class_prior.soft names 'soft', but the classes are",
        ),
        (
            {"class_prior": {"neutral": 0.99, "hard": 0.01}},
            "class_prior has no share for linked_soft: give that of every class",
        ),
        ({"class_prior": {**PRIOR, "hard": 0.1}}, "class_prior sums to 1.09, must sum to 1"),
    ],
)
def test_what_does_not_fit_the_classes_is_refused(sections, message):
    assert message in complaint_about(with_classes(**sections))


@pytest.mark.parametrize(
    ("sections", "key"),
    [
        ({"significance": {"neutral": ["neutral"]}}, "significance.neutral"),
        ({"significance": {"scores": {"any": ["hard"]}}}, "significance.scores"),
        ({"class_prior": PRIOR}, "class_prior"),
    ],
)
def test_classes_are_refused_where_targets_are_numbers(sections, key):
    message = f"{key} is for targets with classes, and tajimas_d is a number: delete it"
    assert message in complaint_about({**sweeps_with(), **sections})


def test_numbers_may_have_a_tail():
    read_config({**sweeps_with(), "significance": {"tail": "lower"}})


def test_scores_of_histories_need_a_null():
    scores = {"scores": {"odd": ["bottleneck"]}}
    message = complaint_about(with_histories(significance=scores))
    assert "significance.scores is given, but no class is the null" in message
    read_config(with_histories(significance={**scores, "neutral": ["constant"]}))


def test_classes_that_are_drawn_have_no_null():
    config = with_histories(significance={"neutral": ["constant"]})
    del config["simulation"]["grid"]
    categorical = {"values": ["constant", "bottleneck"], "weights": [1, 1]}
    config["simulation"]["prior"] = {"history": {"categorical": categorical}}
    message = complaint_about(config)
    assert "significance.neutral needs simulations of one class each" in message
    assert "list the classes in simulation.grid.history" in message


def test_the_message_has_the_line(tmp_path):
    text = yaml.safe_dump(with_classes(class_prior={**PRIOR, "soft": 0.01}), sort_keys=False)
    file = write(tmp_path, text)
    line = line_of(text, "  soft: 0.01")
    assert complaint(file).startswith(f"{HEADER}  {file}:{line}: class_prior.soft names")


# Blocks of the null ----------------------------------------------------------------------------


def with_short_map(folder, **significance):
    """Return a config of windows of 20 kb, whose map is known along 150 kb."""
    (folder / "map.txt").write_text("chr pos rate\n1 0 1\n1 150000 0\n")
    simulate = {"contigs": 1, "sequence_length": 100_000, "population_size": 10_000}
    config = {
        **sweeps_with(recombination_map="map.txt", sequence_length=20_000),
        "genomes": {"mine": {"simulate": simulate}},
        "significance": significance,
    }
    del config["simulation"]["recombination_rate"]
    return config


def test_a_map_without_room_for_a_block_is_refused_with_what_to_change(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert (
        "significance.block is 20, so a block of the null has 400,000 bases, but the longest "
        "stretch of map.txt with known rates has 150,000: set significance.block to 7 or less"
    ) in complaint_about(with_short_map(tmp_path))
    for fits in ({"block": 7}, {"windows": 0}):
        read_config(with_short_map(tmp_path, **fits))
    read_config({**with_short_map(tmp_path), "genomes": {}})  # nothing is compared with the null


# The cells of the null -------------------------------------------------------------------------


def find_null(config):
    run = Run(read_config(config))
    return run.neutral_classes, run.null_cells


@pytest.mark.parametrize(
    ("config", "classes", "cells"),
    [
        (with_classes(), ("neutral",), ("sweep=neutral",)),
        (
            {**with_classes(), "target": {"kind": {"parameter": "sweep"}}},
            ("neutral",),
            ("sweep=neutral",),
        ),
        (
            with_classes(significance={"neutral": ["neutral", "linked_soft"]}),
            ("neutral", "linked_soft"),
            ("sweep=linked_soft", "sweep=neutral"),
        ),
        (sweeps_with(), (), ("sweep=neutral",)),
        (with_histories(), (), ()),
        (
            with_histories(significance={"neutral": ["constant"]}),
            ("constant",),
            ("history=constant",),
        ),
    ],
)
def test_the_null_has_the_cells_of_its_classes(config, classes, cells):
    assert find_null(config) == (classes, cells)


def test_all_cells_are_the_null_where_nothing_is_selected():
    run = Run(read_config(quickstart()))
    assert run.null_cells == tuple(run.cells)


@pytest.mark.parametrize("target", ["class", "theta"])
@pytest.mark.parametrize(("other", "null"), [("neutral", ["class=neutral"]), ("low", None)])
def test_the_null_of_imports_is_their_class_neutral(target, other, null, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in (other, "high"):
        (tmp_path / f"{name}.ms").touch()
    config = {
        "run": "mine",
        "seed": 1,
        "simulation": {
            "import": {
                "format": "ms",
                "files": {name: [f"{name}.ms"] for name in (other, "high")},
                "truth": {"command": {"theta": "-t"}},
            },
            "samples": 10,
            "sequence_length": 1000,
            "replicates": 100,
        },
        "encoding": {"sites": 40, "pad": True},
        "target": target,
    }
    everything = ["class=high", f"class={other}"] if target == "theta" else []
    assert sorted(find_null(config)[1]) == (everything if null is None else null)
