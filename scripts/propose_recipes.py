"""Propose recipes to try next, from the results of earlier ones."""

from coalflow.config.settings.learning import ProposeRecipesSettings
from coalflow.core.command_line import parse_arguments
from coalflow.core.errors import run_program
from coalflow.core.files import write_json
from coalflow.models.recipe_search import propose_recipes
from coalflow.models.recipe_trials import Changes, compute_error, read_changes, read_trial_card


def main() -> None:
    """Read earlier trials, write the changes of the next."""
    arguments = parse_arguments(
        __doc__,
        ProposeRecipesSettings,
        search="folder of the search",
        output="the proposals, .json",
    )
    settings, folder = arguments.settings, arguments.search
    tried = [
        (
            read_changes(folder, trial, settings.trials_per_round),
            compute_error(read_trial_card(folder, trial)),
        )
        for trial in range(1, settings.first)
    ]
    # The very first is the recipe as it is.
    unchanged: list[Changes] = [{}] if settings.first == 0 else []
    count = settings.trials_per_round - len(unchanged)
    proposed = propose_recipes(settings.space, tried, count, settings.seed, settings.first)
    write_json(arguments.output, {"changes": unchanged + proposed})


if __name__ == "__main__":
    run_program(main)
