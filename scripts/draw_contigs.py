"""Draw a scan along some contigs, each in a picture of its own."""

from coalflow.config.genomes.parts import name_part
from coalflow.config.settings.observing import DrawContigsSettings
from coalflow.core.command_line import parse_arguments
from coalflow.core.errors import run_program
from coalflow.evaluation.comparisons import choose_shown_models, read_order
from coalflow.evaluation.predictions import find_models
from coalflow.genomes.scans.scan_outputs import list_columns, read_lengths
from coalflow.models.card_files import read_card
from coalflow.report.scans.results import ScanResults


def main() -> None:
    """Read the tables of the parts, draw the contigs that the config names."""
    arguments = parse_arguments(
        __doc__,
        DrawContigsSettings,
        scanned="folder of the tables of all parts",
        observation="what observe_genome.py wrote",
        models="folder of all models",
        validation="validation.tsv, which decides which model is shown",
        output="folder of the pictures",
    )
    settings = arguments.settings
    parts = [arguments.scanned / f"{name_part(part)}.parquet" for part in range(settings.parts)]
    card = read_card(arguments.models / settings.model)
    models = find_models(list_columns(parts), card.targets)
    shown = choose_shown_models(read_order(arguments.validation, card.targets, models))
    results = ScanResults(parts, card, read_lengths(arguments.observation), shown)
    results.draw_contigs(arguments.output, settings.pictures)


if __name__ == "__main__":
    run_program(main)
