"""Run every model over a genome, window by window."""

import argparse
import json
import pathlib

from coalflow import figures, genomes, models, scan
from coalflow.errors import run_program
from coalflow.files import write_table


def main():
    """Read genome and models; write its windows as table, BED and picture."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--genome", required=True, help="VCF or BCF file")
    parser.add_argument("--models", type=pathlib.Path, required=True, help="folder of all models")
    parser.add_argument(
        "--settings",
        type=json.loads,
        required=True,
        help="JSON: models (folders), step, samples, ancestral",
    )
    parser.add_argument("--output", type=pathlib.Path, required=True, help="folder of the results")
    arguments = parser.parse_args()
    settings, output = arguments.settings, arguments.output

    trained = {m.name: m for m in (models.load(arguments.models / f) for f in settings["models"])}
    nets = [name for name, model in trained.items() if model.card["kind"] == "net"]
    card = trained[nets[0]].card
    contigs, _ = genomes.read(
        arguments.genome,
        card["input"]["haplotypes"],
        settings["samples"],
        settings["ancestral"],
    )
    table = scan.scan(contigs, trained, settings["step"])
    write_table(output / "windows.tsv", table)
    scan.write_bed(output / "windows.bed", table, nets[0], card["target"])
    figure = figures.scan(table, nets, scan.COMPUTED, card["target"], card["trained_on"]["target"])
    figures.save(figure, output / "scan.png")


if __name__ == "__main__":
    run_program(main)
