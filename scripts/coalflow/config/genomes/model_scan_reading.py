"""Options of the scan of a genome with a model alone, read and checked."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pydantic

from coalflow.config.fields.section import Mistake, show, spell_path
from coalflow.config.genomes.files import (
    check_file,
    check_genotype_rules,
    check_selection,
    describe_unusable_fasta,
    describe_unusable_genome,
)
from coalflow.config.genomes.model_scan import ModelScan
from coalflow.config.json_schema import make_schema
from coalflow.config.messages import list_mistakes
from coalflow.config.schema.genomes import NO_MASK, AncestralFasta, Genome
from coalflow.core.errors import CoalflowError

HEADER = "these options cannot be used:"
PANEL_COLUMNS = ("sample_column", "population_column")


def read_model_scan(given: Mapping[str, Any], spell: Callable[[str], str]) -> ModelScan:
    """Return the options of a scan, each checked by itself, and all together.

    Parameters
    ----------
    given : mapping
        Values by the names of options, as they are written in a shell.
    spell : callable
        Returns the name of an option as messages have it, such as ``--step``.

    Raises
    ------
    CoalflowError
        With a line for each mistake.
    """
    try:
        scan = ModelScan.model_validate(given)
    except pydantic.ValidationError as error:
        mistakes = list_mistakes(error, make_schema(ModelScan))
    else:
        mistakes = list(_check_together(scan))
        if not mistakes:
            return scan
    raise refuse_options(mistakes, spell)


def write_options(scan: ModelScan) -> list[str]:
    """Return options as the words of a command line, as ``scan_genome.py`` reads them.

    Examples
    --------
    >>> write_options(ModelScan(model="m.zip", genome="g.vcf", step=5, contigs=("2", "3")))
    ['--model', 'm.zip', '--genome', 'g.vcf', '--contigs', '2,3', '--step', '5']
    """
    words: list[str] = []
    for name, value in scan.model_dump(exclude_unset=True, exclude_none=True).items():
        words += [spell_option(name), *_write_value(value)]
    return words


def _write_value(value: Any) -> list[str]:
    if isinstance(value, tuple):
        return [",".join(value)]
    if isinstance(value, Mapping):
        return [f"{name}={_write_group(inner)}" for name, inner in value.items()]
    return [str(value)]


def _write_group(value: Any) -> str:
    """Return names, a number, or numbers of sexes, of one population or contig."""
    if isinstance(value, Mapping):
        return ",".join(f"{sex}:{number}" for sex, number in value.items())
    return ",".join(value) if isinstance(value, tuple) else str(value)


def spell_option(name: str) -> str:
    """Return an option as it is written.

    Examples
    --------
    >>> spell_option("sample_column")
    '--sample-column'
    """
    return f"--{name.replace('_', '-')}"


def refuse_options(mistakes: list[Mistake], spell: Callable[[str], str]) -> CoalflowError:
    """Return the error of some mistakes, one or more: in one line if it is one."""
    lines = [f"{_spell(path, spell)} {message}" for path, message in mistakes]
    return CoalflowError(lines[0] if len(lines) == 1 else "\n  ".join([HEADER, *lines]))


def _spell(path: tuple[str | int, ...], spell: Callable[[str], str]) -> str:
    option, *inner = path
    place = f" ({spell_path(tuple(inner))})" if any(isinstance(one, str) for one in inner) else ""
    return f"{spell(str(option))}{place}"


def _check_together(scan: ModelScan) -> Iterator[Mistake]:
    """Yield what contradicts something else, and what names files that cannot be read."""
    with_panel = scan.panel is not None or scan.populations is not None
    if scan.individuals is not None and with_panel:
        yield ("individuals",), "goes without `panel` and `populations`: leave one of them out"
    for name in PANEL_COLUMNS:
        if getattr(scan, name) is not None and scan.panel is None:
            yield (name,), "is a column of a panel: add `panel`, or leave this out"
    genome = scan.make_genome()
    if scan.low_confidence == "drop" and not isinstance(genome.ancestral, AncestralFasta):
        yield ("low_confidence",), "is about a FASTA file of ancestral alleles: leave it out"
    if scan.windows is not None and scan.step is not None:
        yield ("step",), "is not used, since `windows` lists the windows: leave one of them out"
    yield from check_selection(genome)
    yield from check_genotype_rules(genome)
    yield from _check_files(scan, genome)


def _check_files(scan: ModelScan, genome: Genome) -> Iterator[Mistake]:
    unusable = describe_unusable_genome(scan.genome)
    if unusable:
        yield ("genome",), f"is {show(scan.genome)}: {unusable}"
    yield from check_file("individuals", scan.individuals)
    yield from check_file("panel", scan.panel)
    yield from check_file("windows", scan.windows)
    yield from check_file("genes", scan.genes)
    if scan.mask != NO_MASK:
        yield from check_file("mask", scan.mask)
    if isinstance(genome.ancestral, AncestralFasta):
        unusable = describe_unusable_fasta(genome.ancestral)
        if unusable:
            yield ("ancestral",), f"is {show(genome.ancestral.fasta)}: {unusable}"
