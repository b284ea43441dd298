"""Write the report: a page that holds all it needs, its methods for a paper, and what it took."""

from coalflow.config.settings.reporting import ReportSettings
from coalflow.core.command_line import parse_arguments
from coalflow.core.errors import run_program
from coalflow.core.files import replace_atomically
from coalflow.report.page import render_costs, render_report


def main() -> None:
    """Read a run's tables and pictures, write the pages and the methods."""
    arguments = parse_arguments(
        __doc__,
        ReportSettings,
        results="the run's folder",
        output="the page, .html",
        methods="the methods of the run in words, .md",
        references="what they cite, .bib",
        costs="a page about what each step took, .html",
    )

    report = render_report(arguments.results, arguments.settings)
    texts = {
        arguments.output: report.page,
        arguments.methods: report.methods.write_markdown(),
        arguments.references: report.methods.write_bibtex(),
        arguments.costs: render_costs(arguments.results, report.title),
    }
    for path, text in texts.items():
        with replace_atomically(path) as temporary:
            temporary.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    run_program(main)
