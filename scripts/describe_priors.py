"""Compare parameters as they were drawn with their priors as they are stated."""

from coalflow.config.settings.simulating import DescribePriorsSettings
from coalflow.core.command_line import parse_arguments
from coalflow.core.errors import run_program
from coalflow.core.files import write_table
from coalflow.dataset import loading
from coalflow.dataset.split_names import SIMULATED_GENE_FLOW
from coalflow.report.figures import drawing, priors
from coalflow.simulation import prior_check


def main() -> None:
    """Read the split table, draw from the priors alone, write table and picture."""
    arguments = parse_arguments(
        __doc__,
        DescribePriorsSettings,
        split="split.parquet",
        output="the table, .tsv",
        figure="the picture, .png",
    )
    settings: DescribePriorsSettings = arguments.settings

    realised = loading.read_split_table(arguments.split)
    if SIMULATED_GENE_FLOW in realised:  # or the column has what became of it
        realised["gene_flow"] = realised[SIMULATED_GENE_FLOW]
    stated = prior_check.draw_stated_priors(settings.cells, settings.draws, settings.seed)
    write_table(arguments.output, prior_check.compare_with_stated(realised, stated))
    drawing.save_figure(priors.draw_priors(realised, stated), arguments.figure)


if __name__ == "__main__":
    run_program(main)
