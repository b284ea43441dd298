"""Read a genome and say what it is like, before anything is spent on it."""

from coalflow.core.command_line import parse_arguments
from coalflow.core.errors import run_program
from coalflow.core.files import write_json
from coalflow.genomes import reading
from coalflow.windows import observation


def main():
    """Read the genome, write what was found as JSON."""
    arguments = parse_arguments(
        __doc__,
        settings="samples, ploidy, sites, step, length, individuals, ancestral, masked",
        genome="VCF or BCF file",
        observation="what is laid on simulations, .json",
        output="what the file is like, .json",
    )
    settings = arguments.settings
    seen = observation.on_genome(observation.read(arguments.observation), settings["masked"])

    sampled = observation.whose(seen, settings["samples"], settings["ploidy"])
    contigs, observed = reading.read_genome(
        arguments.genome, sampled, seen, settings["individuals"], settings["ancestral"]
    )
    tiled = reading.tile_contigs(contigs, settings["sites"], settings["step"], settings["length"])
    windows = {contig.name: len(tiles) for contig, tiles in tiled}
    write_json(arguments.output, {**observed, "step": settings["step"], "windows": windows})


if __name__ == "__main__":
    run_program(main)
