"""One simulated genome in all formats: the same sites and the same windows, bit for bit."""

import io
import itertools

import msprime
import numpy as np
import pysam
import pytest
import tszip
from helpers.data import make_encoding, make_observation, make_samples
from helpers.genome_files import write_vcf_zarr
from helpers.genomes import make_options, write, write_by_htslib
from helpers.models import SITES
from helpers.scans import make_scanned_view
from hypothesis import given, settings
from hypothesis import strategies as st

from coalflow.config.schema.observation import LikeFile
from coalflow.genomes.genotypes.judged_records import iterate_judged
from coalflow.genomes.genotypes.ploidy import ExpectedPloidy
from coalflow.genomes.genotypes.sites import Rules
from coalflow.genomes.measuring.measured_observation import describe_file
from coalflow.genomes.measuring.measured_parts import measure_part
from coalflow.genomes.opening import open_genome
from coalflow.genomes.plan import list_parts, plan_genome
from coalflow.genomes.readers.formats import open_genome_file
from coalflow.genomes.readers.genome_file import FileContig, Region
from coalflow.genomes.reading import read_part
from coalflow.genomes.windows.window_batches import WindowBatches, encode_batch

LENGTH = 40_000
INDIVIDUALS = 6
FORMATS = [
    "a.vcf",
    "a.vcf.gz",
    "indexed.vcf.gz",
    "a.bcf",
    "2.vcz",
    "3.vcz",
    "a.zip",
    "a.trees",
    "a.tsz",
]
BLOCKS = (1, 7, 10_000)
EXPECTED = FORMATS[0]  # with which others are compared
each_format = pytest.mark.parametrize("name", FORMATS[1:])


def simulate():
    """Return trees of a discrete genome; a haplotype is missing from a part of it."""
    trees = msprime.sim_ancestry(
        INDIVIDUALS,
        sequence_length=LENGTH,
        recombination_rate=1e-8,
        population_size=10_000,
        random_seed=1,
    )
    tables = trees.dump_tables()
    edges = [*tables.edges]
    tables.edges.clear()
    for edge in edges:
        left = max(edge.left, LENGTH / 10) if edge.child == 3 else edge.left
        if left < edge.right:
            tables.edges.append(edge.replace(left=left))
    tables.sort()
    return msprime.sim_mutations(tables.tree_sequence(), rate=2e-7, random_seed=2)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("genome")
    trees = simulate()
    trees.dump(folder / "a.trees")
    tszip.compress(trees, folder / "a.tsz")
    # A VCF counts bases from 1, and has no base beyond the last.
    text = io.StringIO()
    trees.write_vcf(text, position_transform=lambda x: np.minimum(np.add(x, 1), LENGTH))
    ancestral = '##INFO=<ID=AA,Number=1,Type=String,Description="Ancestral allele">\n'
    lines = []
    for line in text.getvalue().splitlines(keepends=True):
        columns = line.split("\t")
        if not line.startswith("#"):
            columns[7] = f"AA={columns[3]}"
        lines.append(ancestral * line.startswith("#CHROM") + "\t".join(columns))
    for name, mode in (("a.vcf.gz", "wz"), ("indexed.vcf.gz", "wz"), ("a.bcf", "wb")):
        write_by_htslib(folder / name, "".join(lines), mode)
    write(folder / "a.vcf", "".join(lines))
    pysam.tabix_index(str(folder / "indexed.vcf.gz"), preset="vcf")
    source = write_by_htslib(folder / "source.vcf.gz", "".join(lines), "wz")
    for version in (2, 3):
        write_vcf_zarr(folder / f"{version}.vcz", source, version, variants=40, samples=4)
    write_vcf_zarr(folder / "a.zip", source, variants=64)
    return folder


def list_judged(path, names=None, ancestral="AA", region=None, most_records=1000):
    """Return what is judged of each record: why it is not used, or its alleles."""
    file = open_genome_file(path)
    names = names or file.individuals
    expected = ExpectedPloidy(make_options().genotypes, names)
    rules = Rules(("PASS", "."), ancestral=ancestral)
    judged = iterate_judged(file, names, rules, expected, region, most_records)
    return [
        (
            block.block.contig,
            int(block.block.positions[row]),
            int(block.reasons[row]),
            block.alleles[row].tolist() if block.reasons[row] == 0 else None,
            block.block.phased[row].tolist(),
            block.block.ancestral[row],
        )
        for block, _ in judged
        for row in range(len(block.block))
    ]


@each_format
def test_files_say_the_same_of_themselves(folder, name):
    file, expected = (open_genome_file(folder / each) for each in (name, EXPECTED))
    assert file.individuals == expected.individuals
    assert file.contigs == [FileContig("1", LENGTH)]


@each_format
def test_records_are_judged_alike(folder, name):
    expected = list_judged(folder / EXPECTED)
    reasons = {each[2] for each in expected}
    assert len(expected) > 200 and len(reasons) >= 2
    assert any(2 in itertools.chain(*each[3]) for each in expected if each[3])  # missing
    assert list_judged(folder / name) == expected


@settings(max_examples=6, deadline=None, derandomize=True, database=None)
@given(
    names=st.lists(st.integers(0, INDIVIDUALS - 1), min_size=1, max_size=INDIVIDUALS, unique=True),
    most=st.sampled_from(BLOCKS),
    edges=st.tuples(st.integers(0, LENGTH), st.integers(0, LENGTH)),
    ancestral=st.sampled_from([None, "AA", "REF"]),
)
@pytest.mark.parametrize("name", ["indexed.vcf.gz", "a.bcf", "2.vcz", "a.trees"])
def test_sites_are_the_same_whoever_is_chosen(folder, name, names, most, edges, ancestral):
    file = open_genome_file(folder / name)
    names = [file.individuals[each] for each in names]
    region = Region("1", min(edges), max(edges)) if file.can_seek else None
    found = list_judged(folder / name, names, ancestral, region, most)
    expected = list_judged(folder / EXPECTED, names, ancestral)
    if region is not None:
        expected = [each for each in expected if region.start < each[1] <= region.end]
    # Alleles that nobody carries are known to some formats only.
    assert [each[:2] for each in found] == [each[:2] for each in expected]
    assert [each for each in found if each[3]] == [each for each in expected if each[3]]


# Windows ------------------------------------------------------------------------------------------


def encode(path, folder, parts, most_records, encoding):
    """Return all windows of a genome as nets read them, read in some parts."""
    samples, observation = make_samples(INDIVIDUALS), make_observation(polarised=True, missing=0.1)
    options = make_options(step=1000 if encoding.pad else 7, ancestral="AA")
    file = open_genome_file(path)
    plan = plan_genome(file, samples, options, observation.phased, parts)
    stores = list_parts(folder, plan)
    for part, store in enumerate(stores):
        read_part(file, plan, part, options, store, most_records)
    genome = open_genome(stores, plan, samples, observation, options)
    batches = WindowBatches.plan(genome.contigs, encoding, options)
    view = make_scanned_view(**encoding.model_dump())
    encoded = [encode_batch(batches.lay(batch), view) for batch in range(len(batches))]
    return genome.description, encoded


@pytest.fixture(scope="module", params=[True, False], ids=["bases", "sites"])
def windows(request, folder, tmp_path_factory):
    """How windows are encoded, and those of the plain file."""
    encoding = make_encoding(
        sites=SITES, **({"pad": True, "length": 2500} if request.param else {})
    )
    stores = tmp_path_factory.mktemp("expected")
    return encoding, *encode(folder / EXPECTED, stores, 1, 1000, encoding)


@each_format
def test_windows_are_the_same_bit_for_bit(folder, tmp_path, name, windows):
    encoding, described, expected = windows
    assert sum(len(batch.encoded) for batch in expected) > 20
    for parts, most in zip((1, 2, 3), BLOCKS, strict=True):
        (tmp_path / str(parts)).mkdir()
        description, found = encode(folder / name, tmp_path / str(parts), parts, most, encoding)
        assert description.model_copy(update={"format": described.format}) == described
        for one, other in zip(found, expected, strict=True):
            for array, wanted in zip(one.encoded.arrays, other.encoded.arrays, strict=True):
                np.testing.assert_array_equal(array, wanted)
            np.testing.assert_array_equal(one.sites, other.sites)


@each_format
def test_what_is_measured_is_the_same_in_any_number_of_parts(folder, name):
    def measure(file, parts):
        like = LikeFile(path=str(folder / file))
        counted = [measure_part(like, 2, part, parts) for part in range(parts)]
        return describe_file("", 2, counted)

    assert measure(EXPECTED, 1).missing > 0
    assert measure(name, 1) == measure(EXPECTED, 1) == measure(name, 3)
