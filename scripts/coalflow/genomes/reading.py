"""Genomes: VCF and BCF files to windows of segregating sites."""

import dataclasses
import gzip
import os
import pathlib
import zlib
from collections import Counter
from itertools import groupby, islice

import cyvcf2
import numpy as np

from coalflow.core.errors import CoalflowError
from coalflow.genomes.vcf_writer import BGZF_END
from coalflow.windows import masks
from coalflow.windows.observation import Sampled, can_be_missing

BASES = set("ACGT")
COLUMNS = ("#CHROM", "POS", "ID", "REF", "ALT", "QUAL", "FILTER", "INFO")
REASONS = (
    "no_genotypes",
    "other_ploidy",
    "not_two_alleles",
    "not_single_bases",
    "missing_genotypes",
    "not_varying",
    "allele_too_rare",
    "position_repeated",
    "ancestral_unknown",
    "outside_mask",
)
MISSING = 2  # in place of an allele, 0 or 1


@dataclasses.dataclass(frozen=True)
class Contig:
    """The usable sites of one contig.

    ``positions`` is int64 (sites,), 1-based as in the VCF; ``haplotypes`` uint8
    (sites, haplotypes), 1 for the alternative allele, or for the derived one
    where the ancestral allele is known. ``called`` is uint8 of the same shape, 1 where an
    allele was called, or None where all were; one that was not is 0. ``sampled`` tells
    whose haplotypes these are, :class:`coalflow.windows.observation.Sampled`.
    """

    name: str
    positions: np.ndarray
    haplotypes: np.ndarray
    called: np.ndarray
    sampled: Sampled


@dataclasses.dataclass(frozen=True)
class Tiles:
    """Windows over one contig, int64 (windows,) each.

    ``first`` is a window's first site and ``count`` its number of sites; ``start``
    and ``end`` are bases as in BED: from 0, end not included.
    """

    first: np.ndarray
    count: np.ndarray
    start: np.ndarray
    end: np.ndarray

    def __len__(self):
        return len(self.first)

    def __getitem__(self, rows):
        """Return some of the windows; ``rows`` is a slice or an array of indices."""
        return Tiles(self.first[rows], self.count[rows], self.start[rows], self.end[rows])


def read_genome(path, sampled, observation, samples=None, ancestral=None, most_records=None):
    """Read the haplotypes of individuals from a VCF or BCF file.

    ``sampled`` is the :class:`coalflow.windows.observation.Sampled` that models see. Of the file
    are taken the individuals named in ``samples``, a list, or with several populations a
    dict of lists; or else the first, as many as have so many haplotypes. Where the phase
    matters not, their ploidy must be that of ``sampled``.

    Kept are sites with two alleles of one base each, as ``observation`` says: within its
    mask, both alleles common enough, all chosen genotypes called unless some may be missing.
    A genotype of which a part is missing is missing. ``ancestral`` is None, "REF" or the
    name of an INFO field with the ancestral base; with a field, sites where it is neither
    allele are dropped, and where it is the alternative one the coding is turned round.
    Records that share a position are all dropped. No more than ``most_records`` are read.

    Returns the list of :class:`Contig`, in the order of the file, and a dict with
    what the file is like: samples used, and how many records were dropped and why.

    Raises CoalflowError for a file that is missing, cut off, not a VCF or out of
    order, that has too few samples, or whose genotypes are not phased but should be, and
    for a mask that does not fit it.
    """
    names, ploidy = peek_at_file(path, ancestral)
    chosen = _choose(path, names, ploidy, sampled, samples, observation["phased"])
    counts, keep_missing = Counter(), can_be_missing(observation)
    rows = {}
    coded = iterate_sites(path, names, chosen, ploidy, ancestral, counts, most_records)
    for contig, position, row, unphased in coded:
        reason = _reason(row, keep_missing, observation["minimum_allele_count"])
        counts[reason] += 1
        counts["unphased"] += unphased and reason != "missing_genotypes"
        if reason is None:
            rows.setdefault(contig, []).append((position, row))
    if observation["phased"] and counts["unphased"]:
        raise CoalflowError(
            f"{path}: {counts['unphased']:,} of {counts['records']:,} records have unphased "
            "heterozygotes (0/1), and the net was trained on haplotypes. Phase the file, for "
            "example with SHAPEIT or Beagle, or set observation.phased to false: nets then see "
            "genotypes, in simulations too"
        )
    contigs = [_contig(name, some, keep_missing, sampled) for name, some in rows.items()]
    accessible = None
    if "mask" in observation:
        contigs, accessible = _masked(contigs, masks.read_mask(observation["mask"]), path, counts)
    alleles = sum(contig.haplotypes.size for contig in contigs)
    missing = sum((contig.called == 0).sum() for contig in contigs) if keep_missing else 0
    return contigs, {
        "samples": chosen,
        "samples_in_file": len(names),
        "ploidy": ploidy,
        "records": counts["records"],
        "sites_used": sum(len(contig.positions) for contig in contigs),
        "missing": float(missing / max(alleles, 1)),
        "accessible": accessible,
        "dropped": {reason: counts[reason] for reason in REASONS},
    }


def tile_contigs(contigs, sites, step, length=None):
    """Lay windows over contigs.

    With ``length`` they are so many bases long, one every ``step`` bases from a
    contig's first usable site to its last, and hold as many sites as lie there, also
    none. Without it they are ``sites`` sites long, one every ``step`` sites. What is
    left over at a contig's end belongs to no window.

    Returns a list of (contig, :class:`Tiles`) of the contigs that hold a window.
    Raises CoalflowError where none does.
    """
    contigs = [contig for contig in contigs if len(contig.positions)]
    tiled = [
        (contig, _by_bases(contig, step, length) if length else _by_sites(contig, sites, step))
        for contig in contigs
    ]
    tiled = [(contig, tiles) for contig, tiles in tiled if len(tiles)]
    if not tiled and length:
        longest = max((np.ptp(contig.positions) + 1 for contig in contigs), default=0)
        raise CoalflowError(
            f"no window: the net reads {length:,} bases, and the longest stretch between the "
            f"first and the last usable site of a contig has {longest:,}. Lower "
            "simulation.sequence_length or encoding.length"
        )
    if not tiled:
        most = max((len(contig.positions) for contig in contigs), default=0)
        raise CoalflowError(
            f"no window: the net reads {sites} sites, and the contig with the most usable sites "
            f"has {most}. Lower encoding.sites"
        )
    return tiled


def _by_sites(contig, sites, step):
    first = np.arange(0, len(contig.positions) - sites + 1, step)
    start = contig.positions[first] - 1
    end = contig.positions[first + sites - 1]
    return Tiles(first, np.full(len(first), sites), start, end)


def _by_bases(contig, step, length):
    # Before the first site and after the last nobody may have looked for sites at all.
    start = np.arange(contig.positions[0] - 1, contig.positions[-1] - length + 1, step)
    first, after = np.searchsorted(contig.positions, [start + 1, start + length + 1])
    return Tiles(first, after - first, start, start + length)


# Reading, step by step -----------------------------------------------------------------------


def _refuse_cut_off(path):
    """Htslib reads a file that was cut off at a block as if it ended there; we don't."""
    if not pathlib.Path(path).is_file():
        raise CoalflowError(f"{path}: there is no such file")
    cut = f"{path}: is cut off: copy or download it again"
    with open(path, "rb") as file:
        start = file.read(18)
        if start[:2] != b"\x1f\x8b":
            file.seek(max(file.seek(0, os.SEEK_END) - 1, 0))
            if start[:2] == b"##" and file.read() != b"\n":
                raise CoalflowError(f"{path}: is cut off: its last line has no end")
            return
        if start[12:14] == b"BC":  # BGZF, which closes with an empty block
            file.seek(0, os.SEEK_END)
            file.seek(-min(len(BGZF_END), file.tell()), os.SEEK_END)
            if file.read() != BGZF_END:
                raise CoalflowError(cut)
            return
    try:
        with gzip.open(path) as file:
            while file.read(1 << 20):
                pass
    except (EOFError, OSError, zlib.error):
        raise CoalflowError(cut) from None


def peek_at_file(path, ancestral=None):
    """Return the names of the samples and their ploidy, from the first record with a call.

    Raises CoalflowError for a file that is missing, cut off or without genotypes.
    """
    _refuse_cut_off(path)
    reader = _open(path)
    if ancestral not in (None, "REF") and not reader.contains(ancestral):
        raise CoalflowError(f"{path}: has no INFO field {ancestral} for the ancestral allele")
    names = list(reader.samples)
    if not names:
        raise CoalflowError(f"{path}: has no samples: a scan needs the genotypes of individuals")
    fields = set()
    for record in _checked(reader, path):
        fields.update(record.FORMAT)
        genotypes = _genotypes(record)
        if genotypes is not None and (genotypes[:, :-1] >= 0).any():
            return names, genotypes.shape[1] - 1
    if not fields:
        raise CoalflowError(f"{path}: has a header, but no records with genotypes")
    if "GT" not in fields:
        raise CoalflowError(f"{path}: has no genotypes (GT), only {', '.join(sorted(fields))}")
    raise CoalflowError(f"{path}: has no called genotype: every GT is missing")


def iterate_sites(path, names, chosen, ploidy, ancestral, counts, most_records=None):
    """Yield the sites of a file that can be coded, as (contig, position, alleles, unphased).

    ``names`` are those of all individuals of the file, ``chosen`` some of them. Alleles are
    uint8 (haplotypes,), in the order of these, 0 or 1, or ``MISSING`` in a genotype that is
    not wholly called; at least one is called. ``unphased`` tells whether a heterozygote is.
    ``counts`` gets the records, and how many are left out and why. No more than ``most_records``
    are read.
    """
    last, contigs = (None, 0), set()
    # Records have the chosen ones in the order of the file.
    in_file = [name for name in names if name in set(chosen)]
    order = np.array([in_file.index(name) for name in chosen])
    read = islice(_records(path, chosen), most_records)
    for place, group in groupby(read, key=lambda r: (r.CHROM, r.POS)):
        records = list(group)
        counts["records"] += len(records)
        _refuse_disorder(path, place, last, contigs)
        last = place
        contigs.add(place[0])
        if len(records) > 1:  # none of them tells all alleles of the base
            counts["position_repeated"] += len(records)
            continue
        coded = _alleles(records[0], order, ploidy, ancestral)
        if isinstance(coded, str):
            counts[coded] += 1
        else:
            yield *place, *coded


def _reason(row, keep_missing, fewest):
    """Return why a site is not used, or None."""
    called = row != MISSING
    if not called.all():
        if not keep_missing:
            return "missing_genotypes"
        row = row[called]
    copies = int(row.sum())
    rarer = min(copies, len(row) - copies)
    if rarer == 0:
        return "not_varying"
    return "allele_too_rare" if rarer < fewest else None


def _contig(name, rows, keep_missing, sampled):
    positions = np.array([position for position, _ in rows])
    haplotypes = np.array([row for _, row in rows])
    called = None
    if keep_missing:
        called = (haplotypes != MISSING).astype(np.uint8)
        haplotypes &= called
    return Contig(name, positions, haplotypes, called, sampled)


def _masked(contigs, mask, path, counts):
    """Return contigs with what lies within a mask, and its share of the bases between sites.

    These are the bases from each contig's first site that can be used to its last.
    """
    masks.refuse_unknown_contigs(mask, [contig.name for contig in contigs], path)
    left, accessible, bases = [], 0.0, 0
    for contig in contigs:
        start, end = int(contig.positions[0]) - 1, int(contig.positions[-1])
        accessible += mask.share(contig.name, start, end) * (end - start)
        bases += end - start
        within = mask.covers(contig.name, contig.positions - 1)
        counts["outside_mask"] += int((~within).sum())
        if within.any():
            called = None if contig.called is None else contig.called[within]
            arrays = contig.positions[within], contig.haplotypes[within], called
            left.append(Contig(contig.name, *arrays, contig.sampled))
    if contigs and not left:
        number = counts["outside_mask"]
        raise CoalflowError(
            f"{path}: none of its {number:,} usable sites lies within the mask {mask.path}. "
            "observation.mask lists what is accessible; if the file lists what is not, turn it "
            "round with bedtools complement"
        )
    return left, accessible / bases if bases else None


def _choose(path, names, ploidy, sampled, samples, phased):
    """Return the names of the individuals to use, in the order of haplotypes.

    Those of a population stand in the order of the file.
    """
    if not phased and ploidy != sampled.ploidy:
        raise CoalflowError(
            f"{path}: its individuals have ploidy {ploidy}, but simulation.ploidy is "
            f"{sampled.ploidy}, and without phase nets see individuals. Set simulation.ploidy "
            f"to {ploidy}"
        )
    several = len(sampled.individuals) > 1
    if several and not isinstance(samples, dict):
        wanted = ", ".join(name for name, _ in sampled.individuals)
        raise CoalflowError(
            f"{path}: its individuals are of no known population: name those of {wanted} in "
            "genomes.<name>.samples"
        )
    chosen = []
    for (population, _), haplotypes in zip(sampled.individuals, sampled.haplotypes, strict=True):
        listed = samples[population] if several else samples
        of_what = f" of {population}" if several else ""
        chosen += _choose_population(path, names, ploidy, haplotypes, listed, of_what)
    return chosen


def _choose_population(path, names, ploidy, haplotypes, samples, of_what):
    needed, left_over = divmod(haplotypes, ploidy)
    if left_over:
        raise CoalflowError(
            f"{path}: individuals of ploidy {ploidy} cannot make up the {haplotypes} haplotypes"
            f"{of_what} that the net reads. Change simulation.samples"
        )
    wanted = (
        f"the net reads {haplotypes} haplotypes{of_what}, which are {needed} individuals of "
        f"ploidy {ploidy}"
    )
    if samples is None:
        if len(names) < needed:
            raise CoalflowError(
                f"{path}: has {len(names)} samples, and {wanted}. Lower simulation.samples, or "
                "observation.individuals"
            )
        return names[:needed]
    unknown = [name for name in samples if name not in names]
    if unknown:
        raise CoalflowError(f"{path}: has no sample named {', '.join(unknown)}")
    if len(set(samples)) != needed:
        raise CoalflowError(
            f"{path}: {len(set(samples))} samples{of_what} are named for it, but {wanted}"
        )
    return [name for name in names if name in samples]


def _open(path, samples=None):
    try:
        return cyvcf2.VCF(str(path), samples=samples, gts012=False)
    except Exception as error:  # cyvcf2 raises bare Exceptions
        mend = _misnamed_column(path) or "Look at its header: bcftools view --header-only"
        raise CoalflowError(f"{path}: cannot be read as VCF or BCF ({error}). {mend}") from None


def _misnamed_column(path):
    """Return what is wrong with the line that names a VCF's columns, or None."""
    with open(path, "rb") as file:
        opened = gzip.open if file.read(2) == b"\x1f\x8b" else open
    try:
        with opened(path, "rt", encoding="utf-8") as file:
            line = next((line for line in file if not line.startswith("##")), "")
    except (OSError, EOFError, zlib.error, UnicodeDecodeError):
        return None
    for number, (named, name) in enumerate(zip(line.rstrip().split("\t"), COLUMNS, strict=False)):
        if line.startswith("#CHROM") and named != name:
            said = f"Its header names column {number + 1} {named!r}, where VCF has {name}"
            return f"{said}: correct it"
    return None


def _records(path, samples):
    yield from _checked(_open(path, samples), path)


def _checked(reader, path):
    records = iter(reader)
    number = 0
    while True:
        try:
            record = next(records)
        except StopIteration:
            return
        except Exception as error:  # cyvcf2 raises bare Exceptions
            raise CoalflowError(
                f"{path}: damaged after record {number:,} ({error}): copy or download it again"
            ) from None
        number += 1
        yield record


def _refuse_disorder(path, place, last, contigs):
    contig, position = place
    backwards = contig == last[0] and position < last[1]
    again = contig != last[0] and contig in contigs
    if backwards or again:
        raise CoalflowError(
            f"{path}: {contig}:{position} comes after {last[0]}:{last[1]}: sort the file "
            "(bcftools sort)"
        )


def _genotypes(record):
    """Return int16 (individuals, ploidy + 1), the last column 1 where phased; None without GT."""
    try:
        return record.genotype.array()
    except Exception:  # cyvcf2 raises bare Exceptions
        return None


def _alleles(record, order, ploidy, ancestral):
    """Return the alleles of the chosen haplotypes and whether a heterozygote is unphased.

    Returns the reason where a record is of no use.
    """
    genotypes = _genotypes(record)
    if genotypes is None:
        return "no_genotypes"
    alleles, phased = genotypes[:, :-1], genotypes[:, -1]
    if (alleles < 0).all():
        return "missing_genotypes"
    if alleles.shape[1] != ploidy:
        return "other_ploidy"
    if len(record.ALT) != 1 or (alleles > 1).any():
        return "not_two_alleles"
    if record.REF.upper() not in BASES or record.ALT[0].upper() not in BASES:
        return "not_single_bases"
    called = (alleles >= 0).all(axis=1)
    if not called.any():
        return "missing_genotypes"
    turned = 0
    if ancestral not in (None, "REF"):
        base = str(record.INFO.get(ancestral) or "").split("|")[0].upper()
        if base not in (record.REF.upper(), record.ALT[0].upper()):
            return "ancestral_unknown"
        turned = int(base == record.ALT[0].upper())
    unphased = (alleles != alleles[:, :1]).any(axis=1) & (phased == 0) & called
    coded = np.where(called[:, None], alleles ^ turned, MISSING).astype(np.uint8)
    return coded[order].ravel(), bool(unphased.any())
