"""Write the report: one page that holds all it needs."""

from coalflow.config.settings.reporting import ReportSettings
from coalflow.core.command_line import parse_arguments
from coalflow.core.errors import run_program
from coalflow.core.files import replace_atomically
from coalflow.report.page import render_page


def main() -> None:
    """Read a run's tables and pictures, write report.html."""
    arguments = parse_arguments(
        __doc__,
        ReportSettings,
        results="the run's folder",
        output="the page, .html",
    )

    text = render_page(arguments.results, arguments.settings)
    with replace_atomically(arguments.output) as temporary:
        temporary.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    run_program(main)
