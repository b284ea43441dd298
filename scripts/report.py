"""Write the report: one page that holds all it needs."""

import json

from coalflow import report
from coalflow.arguments import parse
from coalflow.errors import run_program
from coalflow.files import replacing


def main():
    """Read a run's tables and pictures, write report.html."""
    arguments = parse(
        __doc__,
        settings="config (itself a JSON text), snakemake",
        results="the run's folder",
        output="the page, .html",
    )

    # A text within the text, for the order of keys matters: that of populations is the haplotypes'.
    config = json.loads(arguments.settings["config"])
    page = report.render(arguments.results, config, arguments.settings["snakemake"])
    with replacing(arguments.output) as temporary:
        temporary.write_text(page)


if __name__ == "__main__":
    run_program(main)
