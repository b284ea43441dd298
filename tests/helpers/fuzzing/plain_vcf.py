"""VCF as text, read without any library: what a genome must be read as."""

import gzip
import pathlib
from collections.abc import Iterator, Sequence

from helpers.fuzzing.running import ReadWrong
from helpers.genomes import read_genome

from coalflow.config.settings.observing import ObserveGenomeSettings
from coalflow.windows.observation import read_observation


def compare_with_text(
    path: pathlib.Path, settings: ObserveGenomeSettings, observation: str, records: int
) -> None:
    """Compare what is read of a genome with the lines of its file.

    Parameters
    ----------
    path : path
        The genome; nothing is compared where it is not text, compressed or not.
    settings : ObserveGenomeSettings
        How it is read.
    observation : str
        The file of the observation.
    records : int
        How many records the program found.

    Raises
    ------
    ReadWrong
        If records were lost, or a site has other alleles than its line.
    """
    content = path.read_bytes()
    if content[:2] == b"\x1f\x8b":
        content = gzip.decompress(content)
    if content[:2] != b"##":
        return
    lines = [line for line in content.decode(errors="replace").split("\n") if line.strip()]
    found = [line for line in lines if not line.startswith("#")]
    if len(found) != records:
        raise ReadWrong(f"{records} records of {len(found)} lines")
    names = next(line for line in lines if line.startswith("#CHROM")).rstrip("\r").split("\t")[9:]
    observed = read_observation(observation)
    samples = observed.observe(settings.samples)
    contigs, description = read_genome(path, samples, observed, settings.options)
    columns = [names.index(name) for name in description.samples]
    at_position: dict[tuple[str, int], list[list[int]]] = {}
    for contig, position, haplotypes in _list_haplotypes(found, columns):
        at_position.setdefault((contig, position), []).append(haplotypes)
    for one in contigs:
        for position, haplotypes in zip(one.positions, one.haplotypes, strict=True):
            written = at_position.get((one.name, int(position)), [])
            if haplotypes.tolist() not in written:
                raise ReadWrong(f"{one.name}:{position}: {haplotypes.tolist()}, not {written}")


def _list_haplotypes(
    lines: Sequence[str], columns: Sequence[int]
) -> Iterator[tuple[str, int, list[int]]]:
    """Yield contig, position and alleles, 0 or 1, of individuals; 0 where they are missing."""
    for line in lines:
        contig, position, *rest = line.rstrip("\r").split("\t")
        cells = rest[7:]
        if not position.isdecimal() or len(cells) <= max(columns):
            continue
        alleles: list[int] = []
        for column in columns:
            genotype = cells[column].split(":")[0].lstrip("|/").replace("|", "/").split("/")
            called = "." not in genotype
            alleles += [int(called and allele.strip("0") != "") for allele in genotype]
        yield contig, int(position), alleles
