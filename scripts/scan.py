"""Run every model over a genome, window by window."""

from coalflow.core.command_line import parse_arguments
from coalflow.core.errors import run_program
from coalflow.core.files import write_table
from coalflow.genomes import reading, scan
from coalflow.models import ensembles, storage
from coalflow.report.figures import drawing, scans
from coalflow.windows import observation


def main():
    """Read genome and models; write its windows as table, BED and picture."""
    arguments = parse_arguments(
        __doc__,
        settings="models (folders), samples, ploidy, step, length, individuals, ancestral, masked",
        genome="VCF or BCF file",
        models="folder of all models",
        output="folder of the results",
    )
    settings, output = arguments.settings, arguments.output

    trained = ensembles.add_ensembles(
        [storage.load_model(arguments.models / folder) for folder in settings["models"]]
    )
    nets = ensembles.list_judged_models({name: model.card for name, model in trained.items()})
    card = trained[nets[0]].card
    seen = observation.on_genome(card["observation"], settings["masked"])
    sampled = observation.whose(seen, settings["samples"], settings["ploidy"])
    contigs, _ = reading.read_genome(
        arguments.genome, sampled, seen, settings["individuals"], settings["ancestral"]
    )
    table = scan.scan_contigs(contigs, trained, settings["step"], settings["length"])
    write_table(output / "windows.tsv", table)
    scan.write_bed(output / "windows.bed", table, nets[0], card)
    if card["classes"]:
        figure = scans.scan_of_classes(table, list(trained), nets, card["classes"])
    else:
        figure = scans.scan(table, nets, scan.COMPUTED, card)
    drawing.save(figure, output / "scan.png")


if __name__ == "__main__":
    run_program(main)
