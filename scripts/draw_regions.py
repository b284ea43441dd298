"""Draw regions of a genome: models, statistics, haplotypes and genes, each in a picture."""

from coalflow.config.settings.observing import DrawRegionsSettings
from coalflow.core.command_line import parse_arguments
from coalflow.core.errors import run_program
from coalflow.genomes.opening import open_genome
from coalflow.genomes.plan import list_parts, read_plan
from coalflow.report.scans.region_pictures import choose_regions, draw_regions
from coalflow.report.scans.results import open_results


def main() -> None:
    """Read the tables of the parts, regions and the genome; draw regions."""
    arguments = parse_arguments(
        __doc__,
        DrawRegionsSettings,
        regions="regions.tsv",
        scanned="folder of the tables of all parts",
        observation="what observe_genome.py wrote",
        plan="what plan_genome.py wrote",
        contigs="folder of the contig stores",
        models="folder of all models",
        validation="validation.tsv, which decides which model is shown",
        output="folder of the pictures",
    )
    settings, plan = arguments.settings, read_plan(arguments.plan)

    results = open_results(
        arguments.scanned,
        arguments.observation,
        arguments.models,
        arguments.validation,
        settings,
    )
    observation = results.scan.card.view.observation
    samples = observation.observe(settings.samples)
    stores = list_parts(arguments.contigs, plan)
    genome = open_genome(stores, plan, samples, observation, settings.options)
    chosen = choose_regions(arguments.regions, settings.top, settings.named, results, plan.path)
    draw_regions(results, genome, observation, chosen, arguments.output)


if __name__ == "__main__":
    run_program(main)
