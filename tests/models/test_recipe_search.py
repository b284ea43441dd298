"""A search proposes recipes, several at a time, and learns from those that were tried."""

import pytest
import yaml
from helpers.models import save_untrained_net

import propose_recipes
import search
from coalflow.config.schema.training import SearchSpace
from coalflow.config.settings.learning import ProposeRecipesSettings, SearchSettings
from coalflow.config.settings.making import write_settings
from coalflow.models import recipe_search
from coalflow.models.card_files import read_card, write_card
from coalflow.models.recipe_trials import read_changes

SPACE = {
    "learning_rate": SearchSpace(log_uniform=(1e-4, 1e-1)),
    "batch_size": SearchSpace(categorical=(32, 64)),
    "patience": SearchSpace(uniform=(2, 9)),
    "dropout": SearchSpace(uniform=(0.0, 0.5)),
}
PER_ROUND = 2


def compute_error(changes):
    """Return an error that is least at the learning rate .001."""
    return abs(changes["learning_rate"] - 1e-3) * 100


def search_for(trials, per_round, seed=1):
    """Return changes and error of each trial of a search."""
    tried = []
    for first in range(1, trials, per_round):
        proposed = recipe_search.propose_recipes(SPACE, tried, per_round, seed, first)
        tried += [(changes, compute_error(changes)) for changes in proposed]
    return tried


def test_proposals_are_within_the_space():
    for changes, _ in search_for(20, 5):
        assert list(changes) == sorted(SPACE)
        assert 1e-4 <= changes["learning_rate"] <= 1e-1
        assert changes["batch_size"] in (32, 64)
        assert isinstance(changes["patience"], int)
        assert 2 <= changes["patience"] <= 9
        assert 0 <= changes["dropout"] <= 0.5


def test_proposals_depend_on_the_seed_and_on_what_was_tried():
    assert search_for(12, 4) == search_for(12, 4)
    assert search_for(12, 4) != search_for(12, 4, seed=2)
    good, bad = search_for(9, 4), [(changes, -error) for changes, error in search_for(9, 4)]
    after_good, after_bad = (
        recipe_search.propose_recipes(SPACE, tried, 4, 1, 9) for tried in (good, bad)
    )
    assert after_good != after_bad


def test_proposals_do_not_depend_on_the_order_of_keys():
    turned = dict(reversed(SPACE.items()))
    one_way, other_way = (recipe_search.propose_recipes(s, [], 3, 1, 1) for s in (SPACE, turned))
    assert one_way == other_way


def test_those_proposed_together_differ():
    rates = [changes["learning_rate"] for changes, _ in search_for(20, 5)]
    assert len(set(rates)) == len(rates)


def test_a_search_learns():
    """Later proposals are better than those drawn at random; of 8 seeds in 7 at least."""
    better = 0
    for seed in range(8):
        errors = [error for _, error in search_for(41, 5, seed)]
        better += sum(errors[-20:]) < sum(errors[:20])
    assert better >= 7


# From proposals to the best recipe --------------------------------------------------------------


@pytest.fixture
def run_search(train, tmp_path, monkeypatch):
    """Return a function that makes a search whose trials have these errors."""

    def make(errors):
        folder = tmp_path / "search"
        for first in range(0, len(errors), PER_ROUND):
            settings = ProposeRecipesSettings(
                seed=1, space=SPACE, first=first, trials_per_round=PER_ROUND
            )
            output = folder / "recipes" / f"{first // PER_ROUND}.json"
            call(propose_recipes, settings, search=folder, output=output)
            for trial in range(first, min(first + PER_ROUND, len(errors))):
                make_trial(folder, trial, errors[trial])
        outputs = {"output": "search.tsv", "best": "best.yaml", "figure": "search.png"}
        paths = {name: tmp_path / file for name, file in outputs.items()}
        settings = SearchSettings(
            net="a_net", space=SPACE, trials=len(errors), trials_per_round=PER_ROUND
        )
        call(search, settings, search=folder, **paths)
        return folder, paths

    def call(program, settings, **paths):
        options = [part for name, path in paths.items() for part in (f"--{name}", str(path))]
        arguments = ["program", "--settings", write_settings(settings, code=""), *options]
        monkeypatch.setattr("sys.argv", arguments)
        program.main()

    def make_trial(folder, trial, error):
        path = folder / "trials" / str(trial)
        save_untrained_net(path, train)
        card = read_card(path)
        changes = read_changes(folder, trial, PER_ROUND)
        recipe = card.net.recipe.model_copy(update={"learning_rate": 0.01, **changes})
        training = card.net.model_copy(update={"recipe": recipe, "best_epoch": 3})
        scores = {"diversity": {"rmse": error}}
        write_card(path, card.model_copy(update={"net": training, "validation": scores}))

    return make


def test_the_first_trial_is_the_recipe_as_it_is(run_search):
    folder, _ = run_search([0.5, 0.3, 0.4])
    assert read_changes(folder, 0, PER_ROUND) == {}
    assert all(list(read_changes(folder, trial, PER_ROUND)) == sorted(SPACE) for trial in (1, 2))


def test_the_best_recipe_is_a_config(run_search):
    folder, paths = run_search([0.5, 0.3, 0.4])
    text = paths["best"].read_text()
    assert yaml.safe_load(text) == {"training": read_changes(folder, 1, PER_ROUND)}
    assert "rmse 0.3, 0.5" in text
    table = paths["output"].read_text().splitlines()
    assert [line.split("\t")[0] for line in table] == ["trial", "1", "2", "0"]
    assert paths["figure"].exists()


def test_where_none_is_better_nothing_changes(run_search):
    _, paths = run_search([0.1, 0.3, 0.4])
    assert yaml.safe_load(paths["best"].read_text()) == {"training": {}}
    assert "none was better" in paths["best"].read_text()
