"""Run every model over a genome, window by window."""

# Before PyTorch: skops looks through all modules that there are, of which PyTorch has a thousand.
from coalflow.models.storage.loading import load_model  # isort: skip

from coalflow.config.settings.observing import ScanSettings
from coalflow.core.command_line import parse_arguments
from coalflow.core.errors import run_program
from coalflow.core.files import write_table
from coalflow.evaluation.comparisons import choose_shown_models, read_order
from coalflow.evaluation.predictions import COMPUTED
from coalflow.genomes.reading import read_genome
from coalflow.genomes.scan import scan_contigs, write_bed
from coalflow.models.ensembles import add_ensembles
from coalflow.report.figures.drawing import save_figure
from coalflow.report.figures.scans import draw_scan, draw_scan_of_classes


def main() -> None:
    """Read genome and models; write its windows as table, BED and picture."""
    arguments = parse_arguments(
        __doc__,
        ScanSettings,
        genome="VCF or BCF file",
        models="folder of all models",
        validation="validation.tsv, which decides which model is shown",
        output="folder of the results",
    )
    settings, output = arguments.settings, arguments.output

    models = add_ensembles([load_model(arguments.models / folder) for folder in settings.models])
    card = next(iter(models.values())).card
    order = read_order(arguments.validation, card.targets, models)
    shown = choose_shown_models(order)
    best = shown[0].name
    observation = card.view.observation
    samples = observation.observe(settings.samples)
    contigs, _ = read_genome(arguments.genome, samples, observation, settings.options)
    table = scan_contigs(contigs, models, settings.options)
    write_table(output / "windows.tsv", table)
    write_bed(output / "windows.bed", table, best, models[best].card)
    if card.targets.classes is not None:
        figure = draw_scan_of_classes(table, list(models), shown, card.targets.classes)
    else:
        figure = draw_scan(table, shown, COMPUTED, card)
    save_figure(figure, output / "scan.png")


if __name__ == "__main__":
    run_program(main)
