"""The records of VCF and BCF files as sites, with the alleles of those who were chosen."""

import pathlib
from collections import Counter
from collections.abc import Iterator, Sequence

import cyvcf2
import numpy as np
import numpy.typing as npt

from coalflow.genomes.individuals import FileIndividuals
from coalflow.genomes.sites import MISSING, Site
from coalflow.genomes.vcf_files import iterate_positions, read_genotypes

BASES = set("ACGT")


def iterate_sites(
    path: str | pathlib.Path,
    in_file: FileIndividuals,
    chosen: Sequence[str],
    ancestral: str | None,
    counts: Counter[str],
    most_records: int | None = None,
) -> Iterator[Site]:
    """Yield the sites of a file that have two alleles of one base each.

    Records that share a position are all left out, since none of them has all alleles of the base.

    Parameters
    ----------
    path : path
    in_file : FileIndividuals
        Who is in the file; records of another ploidy are left out.
    chosen : sequence of str
        Names of individuals. The alleles of a site are in this order.
    ancestral : str, optional
        The INFO field with the ancestral base, or ``REF``. With a field, sites where it is neither
        allele are left out, and alleles are swapped where it is the alternative one.
    counts : Counter
        Gets the number of ``records``, and how many are left out for which reason
        (:data:`coalflow.genomes.sites.REASONS`).
    most_records : int, optional
        After how many records reading ends.

    Raises
    ------
    CoalflowError
        If the file is damaged, or its records are not sorted.
    """
    names = set(chosen)
    in_records = [name for name in in_file.names if name in names]
    order = np.array([in_records.index(name) for name in chosen])
    for contig, position, records in iterate_positions(path, chosen, most_records):
        counts["records"] += len(records)
        if len(records) > 1:
            counts["position_repeated"] += len(records)
            continue
        coded = _code_record(records[0], order, in_file.ploidy, ancestral)
        if isinstance(coded, str):
            counts[coded] += 1
        else:
            yield Site(contig, position, *coded)


def _code_record(
    record: cyvcf2.Variant, order: npt.NDArray[np.int64], ploidy: int, ancestral: str | None
) -> tuple[npt.NDArray[np.uint8], bool] | str:
    """Return the alleles of the chosen haplotypes and whether a heterozygote is unphased.

    Returns the reason where the record cannot be used.
    """
    genotypes = read_genotypes(record)
    if genotypes is None:
        return "no_genotypes"
    alleles, phased = genotypes[:, :-1], genotypes[:, -1]
    if (alleles < 0).all():
        return "missing_genotypes"
    if alleles.shape[1] != ploidy:
        return "other_ploidy"
    if len(record.ALT) != 1 or (alleles > 1).any():
        return "not_two_alleles"
    reference, alternative = record.REF.upper(), record.ALT[0].upper()
    if reference not in BASES or alternative not in BASES:
        return "not_single_bases"
    called = np.all(alleles >= 0, axis=1)
    if not called.any():
        return "missing_genotypes"
    is_swapped = False
    if ancestral not in (None, "REF"):
        base = str(record.INFO.get(ancestral) or "").split("|")[0].upper()
        if base not in (reference, alternative):
            return "ancestral_unknown"
        is_swapped = base == alternative
    unphased = (alleles != alleles[:, :1]).any(axis=1) & (phased == 0) & called
    coded = np.where(called[:, None], alleles ^ int(is_swapped), MISSING).astype(np.uint8)
    return coded[order].ravel(), bool(unphased.any())
