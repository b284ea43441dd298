"""Run every model over the windows of a genome, or over those of one of its parts."""

from coalflow.config.settings.observing import ScanSettings
from coalflow.core.command_line import parse_arguments
from coalflow.core.errors import run_program
from coalflow.core.parquet import write_parquet_parts
from coalflow.evaluation.calibration.calibration_files import read_calibrations
from coalflow.genomes.opening import open_genome
from coalflow.genomes.plan import list_parts, read_plan
from coalflow.genomes.reference.reference import read_references
from coalflow.genomes.scans.scan import scan_batches
from coalflow.genomes.scans.scanners import Scanner
from coalflow.genomes.windows.window_batches import WindowBatches
from coalflow.genomes.windows.window_flags import Accessibility
from coalflow.models.ensembles import add_ensembles
from coalflow.models.storage.loading import load_models


def main() -> None:
    """Read models and the genome; write the table of its windows."""
    arguments = parse_arguments(
        __doc__,
        ScanSettings,
        plan="what plan_genome.py wrote",
        contigs="folder of the contig stores",
        models="folder of all models",
        output="the table, .parquet",
    )
    settings, plan = arguments.settings, read_plan(arguments.plan)

    models = add_ensembles(load_models(arguments.models, settings.models))
    view = next(iter(models.values())).card.view
    samples = view.observation.observe(settings.samples)
    stores = list_parts(arguments.contigs, plan)
    genome = open_genome(stores, plan, samples, view.observation, settings.options)
    batches = WindowBatches.plan(genome.contigs, view.encoding, settings.options)
    scanner = Scanner(
        models,
        read_calibrations(arguments.models, settings.packed),
        read_references(arguments.models, settings.packed),
    )
    accessibility = Accessibility.measure_file(settings.options.mask, genome.contigs)
    part = settings.part, settings.parts
    tables = scan_batches(batches, scanner, genome.draws, *part, accessibility)
    write_parquet_parts(arguments.output, tables)


if __name__ == "__main__":
    run_program(main)
