"""What is worth knowing of a genome: what is left out of it, and what it knows that is not used."""

import dataclasses
import pathlib
from collections.abc import Iterable, Iterator, Sequence

from coalflow.config.schema.observation import Observation
from coalflow.config.settings.genome_options import GenomeOptions
from coalflow.core.shown_names import shorten_name
from coalflow.genomes.contigs import Contig
from coalflow.genomes.readers.formats import open_genome_file
from coalflow.genomes.opening import GenomeDescription

NAMES_SHOWN = 10
ANCESTRAL = "AA"  # the field that VCF reserves for the ancestral allele
PEEKED = 100  # records, among which one has that field if the file has it


@dataclasses.dataclass(frozen=True)
class Remark:
    """Something worth knowing.

    Attributes
    ----------
    remark : str
    fix : str
        What to do, if something else is meant.
    """

    remark: str
    fix: str

    def __str__(self) -> str:
        return f"{self.remark}: {self.fix}"


def list_remarks(
    path: str | pathlib.Path,
    description: GenomeDescription,
    observation: Observation,
    options: GenomeOptions,
) -> Iterator[Remark]:
    """Yield what of a file is not used.

    Parameters
    ----------
    path : path
        The file.
    description : GenomeDescription
        What was read of it.
    observation : Observation
    options : GenomeOptions
        How it was read.
    """
    if description.not_in_mask:
        yield Remark(
            f"{_count(len(description.not_in_mask), 'contig')} of the file "
            f"{'is' if len(description.not_in_mask) == 1 else 'are'} not in the mask "
            f"{options.mask}, and none of their sites is used: "
            f"{_name_first(description.not_in_mask)}",
            "add them to it if they are accessible",
        )
    if not observation.phased and description.phased:
        yield Remark(
            "all heterozygotes of the file are phased, and the phase is not used, since "
            "observation.phased is false",
            "set observation.phased to true if haplotypes are right along whole windows",
        )
    if not observation.polarised and options.ancestral is None and _has_ancestral_alleles(path):
        yield Remark(
            f"its records have the ancestral allele (INFO field {ANCESTRAL}), which is not used, "
            "since observation.polarised is false",
            "set observation.polarised to true and genomes.<name>.ancestral to "
            f"{ANCESTRAL} if you trust it",
        )


def describe_untiled(contigs: Sequence[Contig], tiled: Iterable[str]) -> str:
    """Return in words which contigs are too short for a window; nothing if there are none.

    Parameters
    ----------
    contigs : sequence of Contig
        All contigs with usable sites.
    tiled : iterable of str
        Names of those that have a window.

    Returns
    -------
    str
    """
    with_window = set(tiled)
    short = [contig for contig in contigs if contig.name not in with_window]
    if not short:
        return ""
    bases = sum(int(contig.positions[-1] - contig.positions[0]) + 1 for contig in short)
    sites = sum(len(contig.positions) for contig in short)
    has = "has" if len(short) == 1 else "have"
    return (
        f"{len(short):,} of {_count(len(contigs), 'contig')} {has} no room for a window: "
        f"{_count(bases, 'base')} from the first usable site to the last, together, with "
        f"{_count(sites, 'usable site')} ({_name_first([contig.name for contig in short])})"
    )


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun if number == 1 else f'{noun}s'}"


def _name_first(names: Sequence[str]) -> str:
    shown = ", ".join(map(shorten_name, names[:NAMES_SHOWN]))
    more = len(names) - NAMES_SHOWN
    return shown + (f" and {more:,} more" if more > 0 else "")


def _has_ancestral_alleles(path: str | pathlib.Path) -> bool:
    """Return whether one of the first records has an ancestral base, declared or not."""
    file = open_genome_file(path)
    first = next(file.read_blocks(file.individuals[:1], ANCESTRAL, most_records=PEEKED), None)
    return first is not None and any(first.ancestral)
