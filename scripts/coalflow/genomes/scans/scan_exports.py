"""Scans in the formats that genome browsers read."""

import pathlib
import tempfile
from collections.abc import Mapping

from coalflow.config.schema.genomes import BEDGRAPH, TABIX, ScanFormat
from coalflow.genomes.scans import tracks
from coalflow.genomes.scans.judged_scan import Scan, iterate_windows
from coalflow.genomes.scans.scan_outputs import read_windows, write_windows


def export_scan(
    format: ScanFormat,
    folder: pathlib.Path,
    scan: Scan,
    lengths: Mapping[str, int],
) -> None:
    """Write a scan in a format.

    Parameters
    ----------
    format : str
    folder : Path
        It is made.
    scan : Scan
    lengths : mapping of str to int
        Bases of the contigs that were scanned, in their order.

    Raises
    ------
    CoalflowError
        If a part is missing or damaged, or the disk is full.
    """
    folder.mkdir(parents=True, exist_ok=True)
    if format == TABIX:
        _write_table(folder / "windows.tsv.gz", scan, max(lengths.values()))
        return
    parts, models = scan.parts, scan.models
    windows = tracks.separate_windows(read_windows(parts, ["contig", "start", "end"]))
    # One after the other: all columns may not fit into memory.
    for name, column in tracks.list_tracks(models, scan.card.targets).items():
        values = read_windows(parts, [column])[column][windows.index].to_numpy()
        if format == BEDGRAPH:
            tracks.write_bedgraph(folder / f"{name}.bedgraph", windows, values)
        else:
            tracks.write_bigwig(folder / f"{name}.bw", windows, values, lengths)


def _write_table(path: pathlib.Path, scan: Scan, longest: int) -> None:
    """Write the table of windows, compressed and with an index."""
    with tempfile.TemporaryDirectory(dir=path.parent) as folder:
        plain = pathlib.Path(folder) / "windows.tsv"
        write_windows(plain, iterate_windows(scan.parts, scan.compute_columns()))
        tracks.compress_table(plain, path, longest)
