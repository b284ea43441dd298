"""Read a genome and describe it, before anything is spent on it."""

from coalflow.config.settings.observing import ObserveGenomeSettings
from coalflow.core.command_line import parse_arguments
from coalflow.core.errors import CoalflowError, run_program
from coalflow.core.files import write_json
from coalflow.genomes.dropped import explain_dropped
from coalflow.genomes.reading import read_genome
from coalflow.genomes.remarks import describe_untiled, list_remarks
from coalflow.genomes.tiles import tile_contigs
from coalflow.windows.observation import read_observation


def main() -> None:
    """Read the genome, write what was found as JSON."""
    arguments = parse_arguments(
        __doc__,
        ObserveGenomeSettings,
        genome="VCF or BCF file",
        observation="how simulations are observed, .json",
        output="description of the file, .json",
    )
    settings, options = arguments.settings, arguments.settings.options
    observation = read_observation(arguments.observation)

    samples = observation.observe(settings.samples)
    contigs, description = read_genome(arguments.genome, samples, observation, options)
    try:
        tiled = tile_contigs(contigs, settings.sites, options.step, options.length)
    except CoalflowError as error:
        why = explain_dropped(description.records, description.dropped, description.left_out)
        raise CoalflowError(f"{arguments.genome}: {error}. {why}") from None
    windows = {contig.name: len(tiles) for contig, tiles in tiled}
    without_windows = describe_untiled(contigs, windows)
    remarks = []
    if not options.simulated:
        remarks = [
            str(remark)
            for remark in list_remarks(arguments.genome, description, observation, options)
        ]
    for line in [*remarks, *([without_windows] if without_windows else [])]:
        print(f"{arguments.genome}: {line}", flush=True)
    described = {
        **description.model_dump(mode="json"),
        "step": options.step,
        "windows": windows,
        "without_windows": without_windows,
        "remarks": remarks,
    }
    write_json(arguments.output, described)


if __name__ == "__main__":
    run_program(main)
