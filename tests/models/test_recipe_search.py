"""A search proposes recipes, some at a time, and learns from those that were tried."""

import json

import pytest
import yaml
from helpers.models import save_untrained_net

import propose_recipes
import search as compare
from coalflow.core.files import read_json, write_json
from coalflow.models import recipe_search, recipe_trials

SPACE = {
    "learning_rate": {"log_uniform": [1e-4, 1e-1]},
    "batch_size": {"categorical": [32, 64]},
    "patience": {"uniform": [2, 9]},
    "dropout": {"uniform": [0.0, 0.5]},
}


def error_of(changes):
    """Return an error that is least at the learning rate .001."""
    return abs(changes["learning_rate"] - 1e-3) * 100


def searched(number, at_once, seed=1):
    tried = []
    for first in range(1, number, at_once):
        proposed = recipe_search.propose(SPACE, tried, at_once, seed, first)
        tried += [(changes, error_of(changes)) for changes in proposed]
    return tried


def test_proposals_are_within_the_space():
    for changes, _ in searched(20, 5):
        assert list(changes) == list(SPACE)
        assert 1e-4 <= changes["learning_rate"] <= 1e-1
        assert changes["batch_size"] in (32, 64)
        assert isinstance(changes["patience"], int)
        assert 2 <= changes["patience"] <= 9
        assert 0 <= changes["dropout"] <= 0.5


def test_proposals_hang_on_the_seed_and_on_what_was_tried():
    assert searched(12, 4) == searched(12, 4)
    assert searched(12, 4) != searched(12, 4, seed=2)
    good, bad = searched(9, 4), [(changes, -error) for changes, error in searched(9, 4)]
    assert recipe_search.propose(SPACE, good, 4, 1, 9) != recipe_search.propose(SPACE, bad, 4, 1, 9)


def test_those_proposed_together_differ():
    rates = [changes["learning_rate"] for changes, _ in searched(20, 5)]
    assert len(set(rates)) == len(rates)


def test_a_search_learns():
    """Later proposals are better than those drawn at random; of 8 seeds in 7 at least."""
    better = 0
    for seed in range(8):
        errors = [error for _, error in searched(41, 5, seed)]
        better += sum(errors[-20:]) < sum(errors[:20])
    assert better >= 7


# From proposals to the best recipe --------------------------------------------------------------


@pytest.fixture
def run_search(train, tmp_path, monkeypatch):
    """Return a function that makes a search of some trials, with errors as told."""

    def make(errors, at_once=2):
        folder = tmp_path / "search"
        for first in range(0, len(errors), at_once):
            settings = {"seed": 1, "space": SPACE, "first": first, "at_once": at_once}
            output = folder / "recipes" / f"{first // at_once}.json"
            call(propose_recipes, settings, search=folder, output=output)
            for trial in range(first, min(first + at_once, len(errors))):
                card_of_trial(
                    folder, trial, errors[trial], recipe_trials.changes(folder, trial, at_once)
                )
        outputs = {"output": "search.tsv", "best": "best.yaml", "figure": "search.png"}
        settings = {"net": "a_net", "space": SPACE, "trials": len(errors), "at_once": at_once}
        paths = {name: tmp_path / file for name, file in outputs.items()}
        call(compare, settings, search=folder, **paths)
        return folder, paths

    def call(program, settings, **paths):
        options = [part for name, path in paths.items() for part in (f"--{name}", str(path))]
        arguments = ["program", "--settings", json.dumps(settings), *options]
        monkeypatch.setattr("sys.argv", arguments)
        program.main()

    def card_of_trial(folder, trial, error, changes):
        path = folder / "trials" / str(trial)
        save_untrained_net(path, train)
        card = read_json(path / "card.json")
        card["validation"] = {"diversity": {"rmse": error}}
        card["best_epoch"] = 3
        recipe = {"learning_rate": 0.01, "batch_size": 256, "patience": 5, **changes}
        card["settings"] = {**card["settings"], "training": recipe}
        write_json(path / "card.json", card)

    return make


def test_the_first_trial_is_the_recipe_as_it_is(run_search):
    folder, _ = run_search([0.5, 0.3, 0.4])
    assert recipe_trials.changes(folder, 0, 2) == {}
    assert all(list(recipe_trials.changes(folder, trial, 2)) == list(SPACE) for trial in (1, 2))


def test_the_best_recipe_is_a_config(run_search):
    folder, paths = run_search([0.5, 0.3, 0.4])
    text = paths["best"].read_text()
    assert yaml.safe_load(text) == {"training": recipe_trials.changes(folder, 1, 2)}
    assert "rmse 0.3, 0.5" in text
    table = paths["output"].read_text().splitlines()
    assert [line.split("\t")[0] for line in table] == ["trial", "1", "2", "0"]
    assert paths["figure"].exists()


def test_where_none_is_better_nothing_changes(run_search):
    _, paths = run_search([0.1, 0.3, 0.4])
    assert yaml.safe_load(paths["best"].read_text()) == {"training": {}}
    assert "none was better" in paths["best"].read_text()
