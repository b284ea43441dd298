"""Genomes: VCF and BCF files to windows of segregating sites."""

import dataclasses
import gzip
import os
import pathlib
import tempfile
import zlib
from collections import Counter
from itertools import groupby, islice

import cyvcf2
import numpy as np

from coalflow.errors import CoalflowError
from coalflow.files import replacing

BGZF_END = bytes.fromhex("1f8b08040000000000ff0600424302001b0003000000000000000000")
BASES = set("ACGT")
REASONS = (
    "no_genotypes",
    "other_ploidy",
    "not_two_alleles",
    "not_single_bases",
    "missing_genotypes",
    "not_varying",
    "position_repeated",
    "ancestral_unknown",
)


@dataclasses.dataclass(frozen=True)
class Contig:
    """The usable sites of one contig.

    ``positions`` is int64 (sites,), 1-based as in the VCF; ``haplotypes`` uint8
    (sites, haplotypes), 1 for the alternative allele, or for the derived one
    where the ancestral allele is known.
    """

    name: str
    positions: np.ndarray
    haplotypes: np.ndarray


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


def read(path, haplotypes, samples=None, ancestral=None, most_records=None):
    """Read phased haplotypes from a VCF or BCF file.

    Takes the individuals named in ``samples``, or else the first of the file, as
    many as give ``haplotypes``. Kept are sites with two alleles of one base each,
    at which all chosen haplotypes are called and vary. ``ancestral`` is None, "REF"
    or the name of an INFO field with the ancestral base; with a field, sites where
    it is neither allele are dropped, and where it is the alternative one the coding
    is turned round. Records that share a position are all dropped. No more than
    ``most_records`` are read.

    Returns the list of :class:`Contig`, in the order of the file, and a dict with
    what the file is like: samples used, and how many records were dropped and why.

    Raises CoalflowError for a file that is missing, cut off, not a VCF or out of
    order, that has too few samples, or whose genotypes are not phased.
    """
    path = pathlib.Path(path)
    _refuse_cut_off(path)
    names, ploidy = _peek(path, ancestral)
    chosen = _choose(path, names, ploidy, haplotypes, samples)
    counts, rows, last = Counter(), {}, (None, 0)
    read = islice(_records(path, chosen), most_records)
    for place, group in groupby(read, key=lambda r: (r.CHROM, r.POS)):
        records = list(group)
        counts["records"] += len(records)
        _refuse_disorder(path, place, last, rows)
        last = place
        contig, position = place
        sites = rows.setdefault(contig, [])
        if len(records) > 1:  # none of them tells all alleles of the base
            counts["position_repeated"] += len(records)
            continue
        alleles = _alleles(records[0], ploidy, ancestral, counts)
        if isinstance(alleles, str):
            counts[alleles] += 1
        else:
            sites.append((position, alleles))
    if counts["unphased"]:
        raise CoalflowError(
            f"{path}: {counts['unphased']:,} of {counts['records']:,} records have unphased "
            "heterozygotes (0/1), and the net was trained on haplotypes. Phase the file, for "
            "example with SHAPEIT or Beagle"
        )
    contigs = [
        Contig(name, np.array([row[0] for row in sites]), np.array([row[1] for row in sites]))
        for name, sites in rows.items()
        if sites
    ]
    return contigs, {
        "samples": chosen,
        "samples_in_file": len(names),
        "ploidy": ploidy,
        "records": counts["records"],
        "sites_used": sum(len(contig.positions) for contig in contigs),
        "dropped": {reason: counts[reason] for reason in REASONS},
    }


def tile(contigs, sites, step, length=None):
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


def write_vcf(tree_sequence, path):
    """Write a simulated genome as a bgzipped VCF of contig 1; A is ancestral, T derived."""
    path = pathlib.Path(path)
    with replacing(path) as temporary, tempfile.TemporaryDirectory(dir=path.parent) as folder:
        plain = pathlib.Path(folder) / "plain.vcf"
        with open(plain, "w") as file:
            # A VCF counts bases from 1.
            _with_bases(tree_sequence).write_vcf(file, position_transform=lambda x: np.add(x, 1))
        reader = cyvcf2.VCF(str(plain))
        writer = cyvcf2.Writer(str(temporary), reader, mode="wz")
        for record in reader:
            writer.write_record(record)
        writer.close()


def _with_bases(tree_sequence):
    tables = tree_sequence.dump_tables()
    base = {"0": "A", "1": "T"}
    tables.sites.packset_ancestral_state([base[s.ancestral_state] for s in tree_sequence.sites()])
    tables.mutations.packset_derived_state(
        [base[m.derived_state] for m in tree_sequence.mutations()]
    )
    return tables.tree_sequence()


# Reading, step by step -----------------------------------------------------------------------


def _refuse_cut_off(path):
    """Htslib reads a file that was cut off at a block as if it ended there; we don't."""
    if not path.is_file():
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


def _peek(path, ancestral):
    """Return the names of the samples and their ploidy, from the first record with a call."""
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


def _choose(path, names, ploidy, haplotypes, samples):
    """Return the names of the individuals to use, in the order of the file."""
    needed, left_over = divmod(haplotypes, ploidy)
    if left_over:
        raise CoalflowError(
            f"{path}: individuals of ploidy {ploidy} cannot make up the {haplotypes} haplotypes "
            "that the net reads. Change simulation.samples"
        )
    wanted = (
        f"the net reads {haplotypes} haplotypes, which are {needed} individuals of ploidy {ploidy}"
    )
    if samples is None:
        if len(names) < needed:
            raise CoalflowError(
                f"{path}: has {len(names)} samples, and {wanted}. Lower simulation.samples"
            )
        return names[:needed]
    unknown = [name for name in samples if name not in names]
    if unknown:
        raise CoalflowError(f"{path}: has no sample named {', '.join(unknown)}")
    if len(set(samples)) != needed:
        raise CoalflowError(f"{path}: {len(set(samples))} samples are named for it, but {wanted}")
    return [name for name in names if name in samples]


def _open(path, samples=None):
    try:
        return cyvcf2.VCF(str(path), samples=samples, gts012=False)
    except Exception as error:  # cyvcf2 raises bare Exceptions
        raise CoalflowError(
            f"{path}: cannot be read as VCF or BCF ({error}). Look at its header: "
            "bcftools view --header-only"
        ) from None


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
            raise CoalflowError(f"{path}: damaged after record {number:,} ({error})") from None
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


def _alleles(record, ploidy, ancestral, counts):
    """Return the 0/1 alleles of the chosen haplotypes, or the reason why a record is dropped."""
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
    if (alleles < 0).any():
        return "missing_genotypes"
    if ((alleles != alleles[:, :1]).any(axis=1) & (phased == 0)).any():
        counts["unphased"] += 1
    row = alleles.ravel().astype(np.uint8)
    if row.min() == row.max():
        return "not_varying"
    if ancestral in (None, "REF"):
        return row
    base = str(record.INFO.get(ancestral) or "").split("|")[0].upper()
    if base == record.REF.upper():
        return row
    return row ^ 1 if base == record.ALT[0].upper() else "ancestral_unknown"
