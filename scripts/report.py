"""Write the report: one page that holds all it needs, and next to it what the run took."""

from coalflow.config.settings.reporting import ReportSettings
from coalflow.core.command_line import parse_arguments
from coalflow.core.errors import run_program
from coalflow.core.files import replace_atomically
from coalflow.report.page import render_costs, render_page


def main() -> None:
    """Read a run's tables and pictures, write report.html and what the run took."""
    arguments = parse_arguments(
        __doc__,
        ReportSettings,
        results="the run's folder",
        output="the page, .html",
        costs="a page about what each step took, .html",
    )

    pages = {
        arguments.output: render_page(arguments.results, arguments.settings),
        arguments.costs: render_costs(arguments.results, arguments.settings.config.run),
    }
    for path, text in pages.items():
        with replace_atomically(path) as temporary:
            temporary.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    run_program(main)
