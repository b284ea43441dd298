"""Write the report: one page that holds all it needs."""

from coalflow import report
from coalflow.arguments import parse
from coalflow.errors import run_program
from coalflow.files import replacing


def main():
    """Read a run's tables and pictures, write report.html."""
    arguments = parse(
        __doc__,
        settings="the config",
        results="the run's folder",
        output="the page, .html",
    )

    page = report.render(arguments.results, arguments.settings["config"])
    with replacing(arguments.output) as temporary:
        temporary.write_text(page)


if __name__ == "__main__":
    run_program(main)
