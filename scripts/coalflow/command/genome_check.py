"""Whether a model can read a genome, and whether the genome is like its simulations."""

import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pandas as pd

from coalflow.config.genomes.model_scan import ModelScan
from coalflow.genomes.painting.opening import open_painter
from coalflow.genomes.scans.file_scan import FileScan, open_scanner, read_file, refuse_as_options
from coalflow.genomes.scans.scan_outputs import read_windows
from coalflow.genomes.suitability.dropped import list_dropped
from coalflow.genomes.suitability.model_needs import name_options
from coalflow.genomes.windows.window_flags import count_flags, explain_flags
from coalflow.report.wording import format_percent

MOST_WINDOWS = 2000  # that are predicted


def check_genome(scan: ModelScan, spell: Callable[[str], str]) -> Iterator[str]:
    """Yield lines that say what a model can make of a genome; no file is left.

    Parameters
    ----------
    scan : ModelScan
    spell : callable
        Returns the name of an option as messages have it.

    Raises
    ------
    CoalflowError
        If the model cannot be used, or cannot read the genome.
    """
    scanner = open_scanner(scan.model)
    paints = scanner.card.paints
    if paints:
        open_painter(scan.model, scanner.models)
    with (
        refuse_as_options(scan, scanner.card, spell, paints),
        tempfile.TemporaryDirectory(prefix="coalflow-") as folder,
    ):
        read = read_file(scan, scanner, Path(folder))
        lines = [*_describe_file(read), *_describe_windows(read, Path(folder))]
        yield from (name_options(line, spell) for line in lines)


def _describe_file(read: FileScan) -> Iterator[str]:
    found, path = read.genome.description, read.scan.genome
    chosen = {"drawn": ", drawn", "named": ", named", "all": ""}[found.chosen]
    yield f"The model can read {path}."
    yield f"  individuals: {len(found.samples):,} of {found.samples_in_file:,} are used{chosen}"
    yield (
        f"  sites: {found.sites_used:,} usable ones of {found.records:,} records, on "
        f"{_count(len(found.lengths), 'contig')}"
    )
    for reason in list_dropped(found.dropped):
        yield f"    not used: {reason}"
    yield f"  missing genotypes: {format_percent(found.missing)} at these sites"
    if found.accessible is not None:
        yield f"  within the mask: {found.accessible:.1%} of the bases"
    for note in read.described.notes:
        yield f"  {note}"


def _describe_windows(read: FileScan, folder: Path) -> Iterator[str]:
    scan, card = read.predict_windows(folder, MOST_WINDOWS), read.scanner.card
    table = read_windows(scan.parts, ["sites", "flags"])
    total, tried = read.batches.windows, len(table)
    looked = "all" if tried == total else f"{tried:,}, spread over the genome,"
    yield f"Windows: {total:,}, of which {looked} were looked at."
    yield from _describe_flags(table, explain_flags(card.view.encoding, card.trained_on.windows))
    verdict = scan.judge_genome(None)
    if read.has_other_haplotypes:
        yield (
            "Whether simulations fit is not known: the genome has fewer haplotypes than they have."
        )
    elif verdict is None:
        yield "Whether simulations fit is not known: the model has nothing to compare genomes with."
    else:
        yield f"{verdict.headline}."
        for finding in verdict.findings:
            yield f"  {finding}"
        for fix in verdict.fixes:
            yield f"  what to do: {fix}"


def _describe_flags(table: pd.DataFrame, explained: dict[str, str]) -> Iterator[str]:
    counts = count_flags(table["flags"])
    yield f"  without a flag: {int((table['flags'].fillna('') == '').sum()):,}"
    for name, number in counts.items():
        if number:
            yield f"  {name}: {number:,} ({explained[name]})"


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"
