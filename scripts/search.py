"""Compare the recipes that a search has tried, and write down the best as a config."""

import yaml

from coalflow.core.command_line import parse_arguments
from coalflow.core.errors import run_program
from coalflow.core.files import replace_atomically, write_table
from coalflow.models import recipe_trials
from coalflow.report.figures import drawing, learning

BETTER = """\
# The best of {number} recipes for {net}, by validation data: {metric} {value:.4g}, {before:.4g}
# with the recipe as it was.
# To use it, lay it over the config: snakemake --configfile <config> <this file>
"""
NONE_BETTER = """\
# Of {number} recipes for {net}, none was better by validation data than the one as it was:
# {metric} {value:.4g}.
"""


def main():
    """Read all trials; write the table, the picture and the best as config, and say it."""
    arguments = parse_arguments(
        __doc__,
        settings="net, space, trials (how many), at_once",
        search="folder of the search",
        output="the table, .tsv",
        figure="the picture, .png",
        best="the best recipe, .yaml",
    )
    settings, folder = arguments.settings, arguments.search
    number, at_once, names = settings["trials"], settings["at_once"], list(settings["space"])

    table = recipe_trials.table(folder, number, at_once, names)
    write_table(arguments.output, table)
    drawing.save(learning.search(table, settings["space"]), arguments.figure)
    best = table.iloc[0]
    (before,) = table.loc[table["trial"] == 0, "value"]
    changes = recipe_trials.changes(folder, int(best["trial"]), at_once)
    told = {"number": number, "net": settings["net"], "before": before}
    head = BETTER if changes else NONE_BETTER
    text = head.format(**told, metric=best["metric"], value=best["value"])
    text += yaml.safe_dump({"training": changes}, sort_keys=False)
    with replace_atomically(arguments.best) as temporary:
        temporary.write_text(text)
    print(f"{text}This is in {arguments.best}", flush=True)


if __name__ == "__main__":
    run_program(main)
