"""Propose recipes to try next, from what earlier ones came to."""

from coalflow.core.command_line import parse_arguments
from coalflow.core.errors import run_program
from coalflow.core.files import write_json
from coalflow.models import recipe_search, recipe_trials


def main():
    """Read earlier trials, write the changes of the next."""
    arguments = parse_arguments(
        __doc__,
        settings="seed, space, first (trial), at_once (how many)",
        search="folder of the search",
        output="the proposals, .json",
    )
    settings, folder = arguments.settings, arguments.search
    first, at_once = settings["first"], settings["at_once"]

    tried = [
        (
            recipe_trials.changes(folder, trial, at_once),
            recipe_trials.error(recipe_trials.card(folder, trial)),
        )
        for trial in range(1, first)
    ]
    # The very first is the recipe as it is.
    as_it_is = [{}] if first == 0 else []
    number = at_once - len(as_it_is)
    proposed = recipe_search.propose(settings["space"], tried, number, settings["seed"], first)
    write_json(arguments.output, {"changes": as_it_is + proposed})


if __name__ == "__main__":
    run_program(main)
