"""Write the report: one page that holds all it needs."""

import json

from coalflow.core.command_line import parse_arguments
from coalflow.core.errors import run_program
from coalflow.core.files import replace_atomically
from coalflow.report import page


def main():
    """Read a run's tables and pictures, write report.html."""
    arguments = parse_arguments(
        __doc__,
        settings="config (itself a JSON text), snakemake",
        results="the run's folder",
        output="the page, .html",
    )

    # A text within the text, for the order of keys matters: that of populations is the haplotypes'.
    config = json.loads(arguments.settings["config"])
    text = page.render_page(arguments.results, config, arguments.settings["snakemake"])
    with replace_atomically(arguments.output) as temporary:
        temporary.write_text(text)


if __name__ == "__main__":
    run_program(main)
