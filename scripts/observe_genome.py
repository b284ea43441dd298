"""Describe a genome that was read, before anything is spent on it."""

from coalflow.config.schema.genomes import GenomeSelection
from coalflow.config.settings.observing import ObserveGenomeSettings
from coalflow.core.command_line import parse_arguments
from coalflow.core.errors import CoalflowError, run_program
from coalflow.core.files import write_json
from coalflow.genomes.dropped import explain_dropped
from coalflow.genomes.opening import open_genome
from coalflow.genomes.plan import list_parts, read_plan
from coalflow.genomes.refused import refuse_unknown_shown
from coalflow.genomes.remarks import describe_without_records, list_remarks
from coalflow.genomes.window_bed import (
    describe_unused_windows,
    read_window_bed,
    refuse_unfit_windows,
)
from coalflow.genomes.windows import count_windows, refuse_unpredictable
from coalflow.windows.observation import read_observation


def main() -> None:
    """Open the genome, write what was found as JSON."""
    arguments = parse_arguments(
        __doc__,
        ObserveGenomeSettings,
        plan="what plan_genome.py wrote",
        contigs="folder of the contig stores",
        observation="how simulations are observed, .json",
        output="description of the genome, .json",
    )
    settings, options = arguments.settings, arguments.settings.options
    observation, plan = read_observation(arguments.observation), read_plan(arguments.plan)

    samples = observation.observe(settings.samples)
    parts = list_parts(arguments.contigs, plan)
    genome = open_genome(parts, plan, samples, observation, options)
    description, path = genome.description, plan.path
    unused = ""
    if options.windows is not None:
        own = read_window_bed(options.windows)
        lengths = {contig.name: contig.length for contig in plan.contigs}
        refuse_unfit_windows(own, lengths, path, options.selection != GenomeSelection())
        unused = describe_unused_windows(own, [contig.name for contig in genome.contigs])
    try:
        refuse_unpredictable(genome.contigs, settings.encoding, options)
    except CoalflowError as error:
        why = explain_dropped(description.records, description.dropped, description.left_out)
        raise CoalflowError(f"{path}: {error}. {why}") from None
    refuse_unknown_shown(path, settings.show, [contig.name for contig in genome.contigs])
    remarks = []
    if not options.simulated:
        found = list_remarks(description, observation, options)
        remarks = [str(remark) for remark in found]
    without_records = describe_without_records(description.without_records)
    for line in filter(None, [*remarks, without_records, unused]):
        print(f"{path}: {line}", flush=True)
    described = {
        **description.model_dump(mode="json"),
        "step": options.step,
        "windows": {
            contig.name: count_windows(contig, settings.encoding, options)
            for contig in genome.contigs
        },
        "remarks": [*remarks, *([unused] if unused else [])],
    }
    write_json(arguments.output, described)


if __name__ == "__main__":
    run_program(main)
