"""Draw a scan along some contigs, each in a picture of its own."""

from coalflow.config.settings.genome_parts import name_part
from coalflow.config.settings.observing import DrawContigsSettings
from coalflow.core.command_line import parse_arguments
from coalflow.core.errors import CoalflowError, run_program
from coalflow.evaluation.comparisons import choose_shown_models, read_order
from coalflow.evaluation.predictions import COMPUTED, find_models
from coalflow.genomes import scan_outputs
from coalflow.models.card_files import read_card
from coalflow.report.figures.class_scans import draw_scan_of_classes
from coalflow.report.figures.drawing import save_figure
from coalflow.report.figures.scans import draw_scan


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
    settings, output = arguments.settings, arguments.output
    parts = [arguments.scanned / f"{name_part(part)}.parquet" for part in range(settings.parts)]
    card = read_card(arguments.models / settings.model)
    lengths = scan_outputs.read_lengths(arguments.observation)
    columns = scan_outputs.list_columns(parts)
    models = find_models(columns, card.targets)
    shown = choose_shown_models(read_order(arguments.validation, card.targets, models))
    kept = scan_outputs.choose_columns(columns, models, [model.name for model in shown])
    table = scan_outputs.read_windows(parts, kept)

    output.mkdir(parents=True, exist_ok=True)
    for contig, picture in settings.pictures.items():
        windows = table[table["contig"] == contig].reset_index(drop=True)
        if windows.empty:
            raise CoalflowError(f"genomes.<name>.show: no window lies on contig {contig}")
        if card.targets.classes is not None:
            figure = draw_scan_of_classes(windows, shown, card.targets.classes, lengths)
        else:
            figure = draw_scan(windows, shown, COMPUTED, card, lengths)
        save_figure(figure, output / f"{picture}.png")


if __name__ == "__main__":
    run_program(main)
