"""A genome scanned by a model, with all results in a folder."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from coalflow.config.genomes.model_scan import ModelScan
from coalflow.config.genomes.model_scan_reading import read_model_scan
from coalflow.report.scans.model_scan import scan_with_model


def scan_genome(
    model: str | os.PathLike[str],
    genome: str | os.PathLike[str],
    output: str | os.PathLike[str] | None = None,
    **options: Any,
) -> Path:
    """Scan a genome by a model, and write all results.

    Parameters
    ----------
    model : path
        The folder of a model, or a zip, as for :func:`coalflow.load_model`.
    genome : path
        VCF, BCF, VCF Zarr, a tree sequence, or ms.
    output : path, optional
        The folder of the results. Without it, ``results/<model>-<genome>``.
    **options
        Those of ``coalflow scan``, with ``_`` for ``-``: ``contigs=["2L"]``, ``step=10_000``,
        ``populations="CEU,GBR"``, ``panel="my.panel"``, ``mask="accessible.bed"``.

    Returns
    -------
    Path
        The folder, with ``windows.tsv``, ``regions.tsv``, ``scan.png`` and all else that
        docs/scan_your_genome.md explains.

    Raises
    ------
    CoalflowError
        If the model cannot be used, or the genome cannot be read, or is not such as the model
        reads, or an option is wrong.

    Examples
    --------
    >>> import coalflow
    >>> coalflow.scan_genome("net.zip", "mine.vcf.gz", step=10_000)  # doctest: +SKIP
    PosixPath('results/net-mine')
    """
    scan = make_scan(model, genome, options, output)
    scan_with_model(scan, str)
    return scan.folder


def make_scan(
    model: str | os.PathLike[str],
    genome: str | os.PathLike[str],
    options: dict[str, Any],
    output: str | os.PathLike[str] | None = None,
) -> ModelScan:
    """Return a scan that is given by arguments of Python, checked.

    Raises
    ------
    CoalflowError
        If an option is unknown or wrong.
    """
    paths = {"model": model, "genome": genome, "output": output}
    given = {
        name: os.fspath(value) if isinstance(value, os.PathLike) else value
        for name, value in {**paths, **options}.items()
        if value is not None
    }
    return read_model_scan(given, str)
