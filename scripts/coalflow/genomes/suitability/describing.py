"""What is found of a genome before it is scanned: written down, and refused if it cannot be."""

import dataclasses
from collections.abc import Iterator, Sequence
from typing import Any

from coalflow.config.schema.encoding import Encoding
from coalflow.config.schema.genomes import GenomeSelection
from coalflow.config.schema.observation import Observation
from coalflow.config.settings.genome_options import GenomeOptions
from coalflow.core.errors import CoalflowError
from coalflow.genomes.opening import UsableGenome
from coalflow.genomes.plan import GenomePlan
from coalflow.genomes.selecting.selection import parse_regions
from coalflow.genomes.suitability.dropped import explain_dropped
from coalflow.genomes.suitability.refused import refuse_unknown_shown
from coalflow.genomes.suitability.remarks import (
    describe_without_records,
    find_uncovered,
    find_unpainted,
    list_remarks,
)
from coalflow.genomes.windows.laid_windows import count_windows, refuse_unpredictable
from coalflow.genomes.windows.window_bed import (
    describe_unused_windows,
    read_window_bed,
    refuse_unfit_windows,
)


@dataclasses.dataclass(frozen=True)
class DescribedGenome:
    """A genome in words.

    Attributes
    ----------
    content : dict
        That of its ``observation.json``.
    notes : list of str
        What is worth knowing before it is scanned.
    """

    content: dict[str, Any]
    notes: list[str]


def describe_genome(
    genome: UsableGenome,
    plan: GenomePlan,
    encoding: Encoding,
    observation: Observation,
    options: GenomeOptions,
    shown: Sequence[str] = (),
    regions: Sequence[str] = (),
    painted: str | None = None,
) -> DescribedGenome:
    """Return what was found of a genome.

    Parameters
    ----------
    genome : UsableGenome
    plan : GenomePlan
        How it was read.
    encoding : Encoding
        What nets read.
    observation : Observation
        As in simulations.
    options : GenomeOptions
    shown : sequence of str
        Contigs of which a picture is wanted.
    regions : sequence of str
        Regions of which a picture is wanted, such as ``2L:1001-2000``.
    painted : str, optional
        The population whose haplotypes are painted, if any are.

    Raises
    ------
    CoalflowError
        If none of its windows can be predicted, if the user's own windows do not fit it, or if it
        does not have one of the contigs or regions that are to be shown.
    """
    description, path = genome.description, plan.path
    unused = _check_windows(genome, plan, options)
    try:
        refuse_unpredictable(genome.contigs, encoding, options)
    except CoalflowError as error:
        why = explain_dropped(description.records, description.dropped, description.left_out)
        raise CoalflowError(f"{path}: {error}. {why}") from None
    refuse_unknown_shown(path, shown, [contig.name for contig in genome.contigs])
    parse_regions(regions, "genomes.<name>.show_regions", path, description.lengths)
    remarks = [*_list_remarks(genome, encoding, observation, options), *unused]
    left_over = plan.left_over.get(painted or "", ())
    if painted is not None and left_over:
        remarks.append(_describe_unpainted(genome, plan, painted))
    without_records = describe_without_records(description.without_records)
    content = {
        **description.model_dump(mode="json"),
        "not_painted": list(left_over),
        "step": options.step,
        "windows": {
            contig.name: count_windows(contig, encoding, options) for contig in genome.contigs
        },
        "remarks": remarks,
    }
    return DescribedGenome(content, [*remarks, *([without_records] if without_records else [])])


def _check_windows(genome: UsableGenome, plan: GenomePlan, options: GenomeOptions) -> list[str]:
    """Refuse the user's own windows if they do not fit; return in words if some are not used."""
    if options.windows is None:
        return []
    own = read_window_bed(options.windows)
    lengths = {contig.name: contig.length for contig in plan.contigs}
    refuse_unfit_windows(own, lengths, plan.path, options.selection != GenomeSelection())
    unused = describe_unused_windows(own, [contig.name for contig in genome.contigs])
    return [unused] if unused else []


def _describe_unpainted(genome: UsableGenome, plan: GenomePlan, population: str) -> str:
    """Return in words which individuals of a population are not painted."""
    draws = plan.list_draws(list(genome.contigs[0].samples.slices).index(population))
    return str(find_unpainted(population, plan.left_over[population], draws))


def _list_remarks(
    genome: UsableGenome, encoding: Encoding, observation: Observation, options: GenomeOptions
) -> Iterator[str]:
    """Yield what of a genome is not used, or not covered by its file."""
    if not options.simulated:
        yield from map(str, list_remarks(genome.description, observation, options))
    is_whole = options.windows is None and options.selection.regions is None
    if encoding.pad and is_whole and (uncovered := find_uncovered(genome.contigs)):
        yield str(uncovered)
