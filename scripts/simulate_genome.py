"""Simulate a whole genome and write it as VCF: a scan where the truth is known."""

import csv
from collections.abc import Iterator
from typing import Any

import tskit

from coalflow.config.settings.simulating import SimulateGenomeSettings
from coalflow.core.command_line import parse_arguments
from coalflow.core.errors import run_program
from coalflow.core.files import replace_atomically
from coalflow.core.progress import say
from coalflow.genomes import vcf_writer
from coalflow.simulation import simulated_genome


def main() -> None:
    """Read the arguments, simulate, write the VCF and the truth."""
    arguments = parse_arguments(
        __doc__,
        SimulateGenomeSettings,
        output="the genome, .vcf.gz",
        truth="its sweeps, .tsv",
        optional={"ancestry": "its ancestry from another population, .bed"},
    )
    settings: SimulateGenomeSettings = arguments.settings
    truths: list[dict[str, Any]] = []
    stretches: list[simulated_genome.Stretch] = []

    def simulate() -> Iterator[tuple[str, tskit.TreeSequence]]:
        for contig in simulated_genome.simulate_contigs(settings):
            if contig.truth is not None:
                truths.append(contig.truth)
                say(
                    f"contig {contig.name}: of {contig.trees.num_sites + contig.dropped:,} sites, "
                    f"{contig.dropped:,} are at a base with another and left out"
                )
            if contig.ancestry is not None:
                ploidy = settings.samples.ploidy
                stretches.extend(simulated_genome.list_stretches(contig, ploidy))
            yield contig.name, contig.trees

    vcf_writer.write_contigs(simulate(), arguments.output)
    with (
        replace_atomically(arguments.truth) as temporary,
        temporary.open("w", newline="", encoding="utf-8") as file,
    ):
        table = csv.DictWriter(
            file, simulated_genome.TRUTH, delimiter="\t", lineterminator="\n", restval="nan"
        )
        table.writeheader()
        table.writerows(truths)
    if arguments.ancestry is not None:
        with (
            replace_atomically(arguments.ancestry) as temporary,
            temporary.open("w", newline="", encoding="utf-8") as file,
        ):
            csv.writer(file, delimiter="\t", lineterminator="\n").writerows(stretches)


if __name__ == "__main__":
    run_program(main)
