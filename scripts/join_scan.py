"""Join the parts of a scan: the table of windows, BED, and the picture."""

from coalflow.config.settings.genome_parts import name_part
from coalflow.config.settings.observing import JoinScanSettings
from coalflow.core.command_line import parse_arguments
from coalflow.core.errors import run_program
from coalflow.evaluation.comparisons import choose_shown_models, read_order
from coalflow.evaluation.predictions import COMPUTED, find_models
from coalflow.genomes import scan_outputs
from coalflow.models.card_files import read_card
from coalflow.report.figures.class_scans import draw_scan_of_classes
from coalflow.report.figures.drawing import save_figure
from coalflow.report.figures.scans import draw_scan


def main() -> None:
    """Read the tables of the parts, write the results of the genome."""
    arguments = parse_arguments(
        __doc__,
        JoinScanSettings,
        scanned="folder of the tables of all parts",
        observation="what observe_genome.py wrote",
        models="folder of all models",
        validation="validation.tsv, which decides which model is shown",
        output="folder of the results",
    )
    settings, output = arguments.settings, arguments.output
    parts = [arguments.scanned / f"{name_part(part)}.parquet" for part in range(settings.parts)]
    card = read_card(arguments.models / settings.model)
    lengths = scan_outputs.read_lengths(arguments.observation)
    columns = scan_outputs.list_columns(parts)
    models = find_models(columns, card.targets)
    shown = choose_shown_models(read_order(arguments.validation, card.targets, models))
    names = [model.name for model in shown]

    scan_outputs.write_windows(output / "windows.tsv", parts)
    kept = scan_outputs.choose_columns(columns, models, names)
    table = scan_outputs.read_windows(parts, kept)
    scan_outputs.write_bed(output / "windows.bed", table, names[0], card)
    if card.targets.classes is not None:
        figure = draw_scan_of_classes(table, shown, card.targets.classes, lengths)
    else:
        figure = draw_scan(table, shown, COMPUTED, card, lengths)
    save_figure(figure, output / "scan.png")


if __name__ == "__main__":
    run_program(main)
