"""What is worth knowing of a genome: what it does not have, and what it has that is not used."""

import dataclasses
from collections.abc import Iterator, Sequence

from coalflow.config.schema.observation import Observation
from coalflow.config.settings.genome_options import GenomeOptions
from coalflow.core.shown_names import shorten_name
from coalflow.genomes.opening import GenomeDescription
from coalflow.genomes.plan import ANCESTRAL
from coalflow.genomes.store.usable_contigs import UsableContig
from coalflow.genomes.suitability.refused import name_mask

NAMES_SHOWN = 10
FEWEST_COVERED = 0.5  # of the bases of contigs; fewer are worth a remark


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
    description: GenomeDescription, observation: Observation, options: GenomeOptions
) -> Iterator[Remark]:
    """Yield what of a file is not used.

    Parameters
    ----------
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
            f"{name_mask(options.mask or '', observation)}, and none of their sites is used: "
            f"{_name_first(description.not_in_mask)}",
            "add them to it if they are accessible",
        )
    if not observation.phased and description.phased:
        yield Remark(
            "all heterozygotes of the file are phased, and the phase is not used, since "
            "observation.phased is false",
            "set observation.phased to true if haplotypes are right along whole windows",
        )
    if not observation.polarised and options.ancestral is None and description.has_ancestral:
        yield Remark(
            f"its records have the ancestral allele (INFO field {ANCESTRAL}), which is not used, "
            "since observation.polarised is false",
            "set observation.polarised to true and genomes.<name>.ancestral to "
            f"{ANCESTRAL} if you trust it",
        )


def find_uncovered(contigs: Sequence[UsableContig]) -> Remark | None:
    """Return the remark that a file covers only a part of its contigs; None if it covers most.

    Windows are laid along whole contigs, so most of them then have no sites.

    Parameters
    ----------
    contigs : sequence of UsableContig
        Those that are used.
    """
    spans = {each.name: each.counts.span for each in contigs if each.counts.span is not None}
    covered = sum(end - start + 1 for start, end in spans.values())
    bases = sum(contig.length for contig in contigs)
    if covered >= FEWEST_COVERED * bases:
        return None
    regions = [f"{name}:{start}-{end}" for name, (start, end) in spans.items()]
    listed = ", ".join(regions[:NAMES_SHOWN]) + (", ..." if len(regions) > NAMES_SHOWN else "")
    return Remark(
        f"from the first usable site of each contig to its last there are {covered:,} of "
        f"{bases:,} bases, and windows elsewhere have no sites",
        f"if the file covers no more, set genomes.<name>.regions to [{listed}]",
    )


def find_unpainted(
    population: str, left_over: Sequence[str], draws: Sequence[Sequence[int]]
) -> Remark:
    """Return the remark that some individuals are not painted.

    Parameters
    ----------
    population : str
        Whose haplotypes are painted.
    left_over : sequence of str
        Those of its individuals who are in no draw.
    draws : sequence of sequence of int
        The others, in each draw.
    """
    painted = len({index for draw in draws for index in draw})
    where = f"in none of {len(draws)} draws" if len(draws) > 1 else "not drawn"
    return Remark(
        f"{len(left_over):,} of {painted + len(left_over):,} individuals of {population} are "
        f"{where}, and not painted ({_name_first(left_over)})",
        f"to paint more of them, set genomes.<name>.draws to more than {len(draws)}",
    )


def describe_without_records(names: Sequence[str]) -> str:
    """Return in words that a file names contigs of which it has no record; nothing without any.

    Examples
    --------
    >>> describe_without_records(["chrY", "chrM"])
    '2 contigs that the file names have no records in it: chrY, chrM'
    """
    if not names:
        return ""
    has = "has" if len(names) == 1 else "have"
    return (
        f"{_count(len(names), 'contig')} that the file names {has} no records in it: "
        f"{_name_first(names)}"
    )


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun if number == 1 else f'{noun}s'}"


def _name_first(names: Sequence[str]) -> str:
    shown = ", ".join(map(shorten_name, names[:NAMES_SHOWN]))
    more = len(names) - NAMES_SHOWN
    return shown + (f" and {more:,} more" if more > 0 else "")
