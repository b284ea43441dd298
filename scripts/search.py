"""Compare the recipes that a search has tried, and write the best as a config."""

import pandas as pd
import yaml

from coalflow.config.settings.learning import SearchSettings
from coalflow.core.command_line import parse_arguments
from coalflow.core.errors import run_program
from coalflow.core.files import replace_atomically, write_table
from coalflow.models.recipe_trials import Changes, read_changes, tabulate_trials
from coalflow.report.figures import drawing, learning

BETTER = """\
# The best of {trials} recipes for {net}, by validation data: {metric} {value:.4g}, {before:.4g}
# with the recipe as it was.
# To use it, merge it with the config: snakemake --configfile <config> <this file>
"""
NONE_BETTER = """\
# Of {trials} recipes for {net}, none was better by validation data than the one as it was:
# {metric} {value:.4g}.
"""


def main() -> None:
    """Read all trials; write the table, the figure and the best as config, and print that."""
    arguments = parse_arguments(
        __doc__,
        SearchSettings,
        search="folder of the search",
        output="the table, .tsv",
        figure="the figure, .png",
        best="the best recipe, .yaml",
    )
    settings, folder = arguments.settings, arguments.search
    space = dict(sorted(settings.space.items()))
    table = tabulate_trials(folder, settings.trials, list(space))
    write_table(arguments.output, table)
    drawing.save_figure(learning.draw_search(table, space), arguments.figure)
    best = int(table.iloc[0]["trial"])
    text = _write_best(table, read_changes(folder, best, settings.trials_per_round), settings.net)
    with replace_atomically(arguments.best) as temporary:
        temporary.write_text(text, encoding="utf-8")
    print(f"{text}This is in {arguments.best}", flush=True)


def _write_best(table: pd.DataFrame, changes: Changes, net: str) -> str:
    """Return the config of the best recipe, with a comment on how good it is."""
    best = table.iloc[0]
    (before,) = table.loc[table["trial"] == 0, "value"]
    comment = (BETTER if changes else NONE_BETTER).format(
        trials=len(table), net=net, metric=best["metric"], value=best["value"], before=before
    )
    return comment + yaml.safe_dump({"training": changes}, sort_keys=False)


if __name__ == "__main__":
    run_program(main)
