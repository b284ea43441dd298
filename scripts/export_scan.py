"""Write a scan in a format that genome browsers read."""

import pathlib
import tempfile
from collections.abc import Sequence

from coalflow.config.schema.genomes import BEDGRAPH, TABIX
from coalflow.config.settings.genome_parts import name_part
from coalflow.config.settings.observing import ExportScanSettings
from coalflow.core.command_line import parse_arguments
from coalflow.core.errors import run_program
from coalflow.evaluation.predictions import find_models
from coalflow.genomes import tracks
from coalflow.genomes.scan_outputs import (
    list_columns,
    read_lengths,
    read_windows,
    write_windows,
)
from coalflow.models.card_files import read_card


def main() -> None:
    """Read the tables of the parts, write the files of the format."""
    arguments = parse_arguments(
        __doc__,
        ExportScanSettings,
        scanned="folder of the tables of all parts",
        observation="what observe_genome.py wrote",
        models="folder of all models",
        output="folder of the files",
    )
    settings, output = arguments.settings, arguments.output
    parts = [arguments.scanned / f"{name_part(part)}.parquet" for part in range(settings.parts)]
    output.mkdir(parents=True, exist_ok=True)
    if settings.format == TABIX:
        _write_table(output / "windows.tsv.gz", parts)
        return
    targets = read_card(arguments.models / settings.model).targets
    lengths = read_lengths(arguments.observation)
    models = find_models(list_columns(parts), targets)
    windows = tracks.separate_windows(read_windows(parts, ["contig", "start", "end"]))
    # One after the other: all columns may not fit into memory.
    for name, column in tracks.list_tracks(models, targets).items():
        values = read_windows(parts, [column])[column][windows.index].to_numpy()
        if settings.format == BEDGRAPH:
            tracks.write_bedgraph(output / f"{name}.bedgraph", windows, values)
        else:
            tracks.write_bigwig(output / f"{name}.bw", windows, values, lengths)


def _write_table(path: pathlib.Path, parts: Sequence[pathlib.Path]) -> None:
    """Write the table of windows, compressed and with an index."""
    with tempfile.TemporaryDirectory() as folder:
        plain = pathlib.Path(folder) / "windows.tsv"
        write_windows(plain, parts)
        tracks.compress_table(plain, path)


if __name__ == "__main__":
    run_program(main)
