"""Small VCF files, and genomes read from them."""

import pathlib
import tempfile

import cyvcf2
import pytest
from helpers.data import make_observation, make_samples

from coalflow.config.schema.observation import Observation
from coalflow.config.settings.genome_options import GenomeOptions
from coalflow.core.errors import CoalflowError
from coalflow.core.files import write_json
from coalflow.genomes.opening import open_genome
from coalflow.genomes.plan import list_parts, plan_genome
from coalflow.genomes.readers.formats import open_genome_file
from coalflow.genomes.reading import read_part

OBSERVED = Observation.model_fields.keys() - {"individuals"}
META = """\
##fileformat=VCFv4.2
##contig=<ID=1>
##contig=<ID=2>
##INFO=<ID=AA,Number=1,Type=String,Description="Ancestral allele">
##INFO=<ID=DP,Number=1,Type=Integer,Description="Depth">
##FORMAT=<ID=GT,Number=1,Type=String,Description="Genotype">
##FORMAT=<ID=DP,Number=1,Type=Integer,Description="Depth">
"""


def header(names):
    columns = ["#CHROM", "POS", "ID", "REF", "ALT", "QUAL", "FILTER", "INFO"]
    return META + "\t".join([*columns, "FORMAT", *names] if names else columns) + "\n"


def record(position, *genotypes, contig="1", ref="A", alt="T", info=".", form="GT"):
    columns = [contig, position, ".", ref, alt, ".", "PASS", info]
    return "\t".join(map(str, [*columns, form, *genotypes] if genotypes else columns)) + "\n"


def vcf(*records, names=("a", "b")):
    return header(names) + "".join(records)


PLAIN = vcf(record(10, "0|1", "0|0"), record(25, "1|1", "0|0"), record(31, "1|0", "0|1"))


def write(path, content):
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def write_by_htslib(path, text, mode):
    """Write VCF text compressed as BGZF ("wz"), as BCF ("wb") or as uncompressed BCF ("wbu")."""
    reader = cyvcf2.VCF(str(write(path.with_name("plain.vcf"), text)))
    writer = cyvcf2.Writer(str(path), reader, mode=mode)
    for line in reader:
        writer.write_record(line)
    writer.close()
    return path


def make_options(individuals=None, step=1, seed=1, **options):
    """Return how a genome is read and cut into windows; values may be as the config has them."""
    given = {"individuals": individuals, "step": step, "seed": seed, **options}
    return GenomeOptions.model_validate(given)


def read_genome(path, samples, observation, options):
    """Read a small genome at once: contigs with their sites in memory, and its description."""
    file = open_genome_file(path)
    plan = plan_genome(file, samples, options, observation.phased, parts=1)
    with tempfile.TemporaryDirectory() as folder:
        store = pathlib.Path(folder) / "genome.npz"
        read_part(file, plan, 0, options, store)
        genome = open_genome([store], plan, samples, observation, options)
        contigs = [each.read_sites(0, each.sites) for each in genome.contigs if each.sites]
    return contigs, genome.description


def read(path, haplotypes, ploidy=1, **options):
    """Read a file for a number of haplotypes; ``options`` change who is used, and how."""
    observed = {name: options.pop(name) for name in OBSERVED & options.keys() - {"mask"}}
    return read_genome(
        path,
        make_samples(haplotypes // ploidy, ploidy),
        make_observation(**observed),
        make_options(**options),
    )


def keep(path, folder, samples, options, phased=None, parts=1):
    """Plan and read a file as the workflow does; the plan and the stores are in ``folder``."""
    file = open_genome_file(path)
    plan = plan_genome(file, samples, options, phased, parts)
    write_json(folder / "plan.json", plan.as_json())
    for part, store in enumerate(list_parts(folder / "contigs", plan)):
        read_part(file, plan, part, options, store)
    return plan


def open_text(folder, text, samples, observation=None, options=None, parts=1):
    """Return a genome, from its stores."""
    path, options = write(folder / "genome.vcf", text), options or make_options()
    observation = observation or make_observation()
    plan = keep(path, folder, samples, options, observation.phased, parts)
    stores = list_parts(folder / "contigs", plan)
    return open_genome(stores, plan, samples, observation, options)


def read_text(folder, text, haplotypes=4, **options):
    return read(write(folder / "genome.vcf", text), haplotypes, **options)


def refusal(path, haplotypes=4, **options):
    """Return the message with which a file is refused; it begins with the file's path."""
    with pytest.raises(CoalflowError) as caught:
        read(path, haplotypes, **options)
    assert str(caught.value).startswith(f"{path}: ")
    return str(caught.value)


def refusal_of_text(folder, text, haplotypes=4, **options):
    return refusal(write(folder / "genome.vcf", text), haplotypes, **options)


def as_lists(contigs):
    return [(one.name, one.positions.tolist(), one.haplotypes.tolist()) for one in contigs]


def only(contigs):
    (one,) = contigs
    return one


def dropped(description):
    """Return for which reasons records were dropped, and how many."""
    return {reason: count for reason, count in description.dropped.items() if count}
