"""Run every model over a genome, window by window."""

import argparse
import json
import pathlib

import numpy as np

from coalflow import figures, genomes, models, scan
from coalflow.errors import run_program
from coalflow.files import write_json, write_table


def main():
    """Read genome and models; write windows as table and BED, what the file is like, a picture."""
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
    contigs, observed = genomes.read(
        arguments.genome,
        card["input"]["haplotypes"],
        settings["samples"],
        settings["ancestral"],
    )
    step = settings["step"] or max(card["input"]["sites"] // 2, 1)
    table = scan.scan(contigs, trained, step)

    low, high = card["trained_on"]["target"]
    computed = table[scan.COMPUTED]
    correlation = {name: np.corrcoef(computed, table[name])[0, 1] for name in nets}
    write_json(
        output / "observation.json",
        {
            **observed,
            "windows": len(table),
            "step": step,
            "windows_outside_training_range": int(((computed < low) | (computed > high)).sum()),
            "correlation_with_computed": {
                name: float(r) if np.isfinite(r) else None for name, r in correlation.items()
            },
        },
    )
    write_table(output / "windows.tsv", table)
    scan.write_bed(output / "windows.bed", table, nets[0], card["target"])
    figure = figures.scan(table, nets, scan.COMPUTED, card["target"], (low, high))
    figures.save(figure, output / "scan.png")


if __name__ == "__main__":
    run_program(main)
