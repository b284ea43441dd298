"""What a file is like, measured where it is known, and applied to simulations."""

import gzip
import itertools
import json
import pathlib
import sys
from unittest import mock

import msprime
import numpy as np
import pytest
import scipy.stats
from helpers import genomes as genome_files
from helpers.data import PROPERTY, make_observation, make_samples
from helpers.genomes import make_options, read_genome
from hypothesis import given
from hypothesis import strategies as st

import measure_contigs
import measure_observation
from coalflow.config.genomes import parts as genome_parts
from coalflow.config.loading import read_config
from coalflow.config.schema.observation import LikeFile, WrittenObservation
from coalflow.config.settings.making import SettingsMaker, write_settings
from coalflow.core.errors import CoalflowError
from coalflow.genomes.measuring.measured_counts import MeasuredCounts
from coalflow.genomes.measuring.measured_observation import complete_observation, describe_file
from coalflow.genomes.measuring.measured_parts import measure_part
from coalflow.genomes.readers.formats import open_genome_file
from coalflow.windows.sequencing_errors import draw_missing_genotypes

DATA = pathlib.Path(__file__).parents[3] / "shared" / "data"
HEADER = """\
##fileformat=VCFv4.2
##contig=<ID=1>
##FORMAT=<ID=GT,Number=1,Type=String,Description="Genotype">
"""
INDIVIDUALS = 30


def write(path, genotypes, missing, phased=True, positions=None):
    """Write genotypes, (sites, individuals, ploidy), with those ``missing``, bool, not called."""
    names = [f"i{number}" for number in range(genotypes.shape[1])]
    columns = ["#CHROM", "POS", "ID", "REF", "ALT", "QUAL", "FILTER", "INFO", "FORMAT"]
    lines = [HEADER + "\t".join([*columns, *names])]
    for site, (row, lost) in enumerate(zip(genotypes, missing, strict=True)):
        position = 10 * site + 1 if positions is None else positions[site]
        texts = [
            ("|" if phased else "/").join("." * len(one) if gone else map(str, one))
            for one, gone in zip(row.tolist(), lost, strict=True)
        ]
        lines.append("\t".join(["1", str(position), ".", "A", "T", ".", "PASS", ".", "GT", *texts]))
    path.write_text("\n".join(lines) + "\n")
    return path


def measure_file(path, simulated, **rules):
    """Measure a file for simulations of individuals of a ploidy; ``rules`` say what is used."""
    like = LikeFile(path=str(path), **rules)
    return describe_file(like.path, simulated, [measure_part(like, simulated)])


@pytest.fixture(scope="module")
def genotypes():
    """Return genotypes of 30 diploids at sites that all vary, uint8 (sites, 30, 2)."""
    trees = msprime.sim_ancestry(
        INDIVIDUALS,
        population_size=1000,
        sequence_length=1e6,
        recombination_rate=1e-7,
        random_seed=1,
    )
    trees = msprime.sim_mutations(trees, rate=2e-7, random_seed=1, discrete_genome=False)
    return trees.genotype_matrix().clip(max=1).reshape(-1, INDIVIDUALS, 2)


@pytest.mark.parametrize("phased", [True, False])
def test_known_rates_are_recovered(genotypes, phased, tmp_path):
    """Missing genotypes: the rate within its confidence interval, the numbers per site too."""
    random = np.random.default_rng(3)
    rate = 0.08
    missing = random.random(genotypes.shape[:2]) < rate
    found = measure_file(write(tmp_path / "a.vcf", genotypes, missing, phased), 2)
    assert found.phased is phased
    assert found.unphased_sites == (0 if phased else found.heterozygous_sites)
    assert found.records == found.sites == len(genotypes) > 1000
    number = sum(found.missing_per_site) * INDIVIDUALS
    lost = round(found.missing * number)
    assert scipy.stats.binomtest(lost, number, rate).pvalue > 0.001
    per_site = np.array(found.missing_per_site)
    expected = scipy.stats.binom(INDIVIDUALS, rate).pmf(np.arange(len(per_site))) * per_site.sum()
    large = expected > 5
    seen, expected = np.r_[per_site[large], per_site[~large].sum()], expected[large]
    expected = np.r_[expected, per_site.sum() - expected.sum()]
    assert scipy.stats.chisquare(seen, expected).pvalue > 0.001
    assert found.minimum_allele_count == 1


@pytest.mark.parametrize("fewest", [2, 4])
def test_a_filter_of_rare_alleles_is_found(genotypes, fewest, tmp_path):
    copies = genotypes.sum(axis=(1, 2))
    kept = genotypes[np.minimum(copies, 60 - copies) >= fewest]
    path = write(tmp_path / "a.vcf", kept, np.zeros(kept.shape[:2], bool))
    found = measure_file(path, 2)
    assert found.minimum_allele_count == fewest
    assert found.missing == 0
    for individuals, expected, remarks in ((30, fewest, 1), (10, 1, 2)):
        filled, remarked = complete_observation(
            WrittenObservation(), found, make_samples(individuals)
        )
        assert filled.minimum_allele_count == expected
        assert len(remarked) == remarks
        assert not filled.can_be_missing


def test_without_a_file_the_observation_is_as_written():
    written = WrittenObservation(
        phased=False, missing=0.1, minimum_allele_count=2, mask="a.bed", individuals={"all": 2}
    )
    filled, remarks = complete_observation(written, None, make_samples(3))
    assert filled.as_json() == {
        "polarised": False,
        "polarisation_error": 0,
        "phased": False,
        "missing": 0.1,
        "genotype_error": 0,
        "switch_error": 0,
        "complete": False,
        "minimum_allele_count": 2,
        "mask": "a.bed",
        "individuals": {"all": 2},
    }
    assert remarks == []


def test_only_individuals_that_are_observed_must_be_in_the_file(genotypes, tmp_path):
    missing = np.random.default_rng(3).random(genotypes.shape[:2]) < 0.3
    found = measure_file(write(tmp_path / "a.vcf", genotypes, missing), 2)
    written = WrittenObservation(individuals={"all": 30})
    filled, _ = complete_observation(written, found, make_samples(50))
    assert filled.individuals == {"all": 30}
    assert filled.missing.individuals == 30


def test_what_is_written_down_wins_over_what_is_measured(genotypes, tmp_path):
    missing = np.random.default_rng(3).random(genotypes.shape[:2]) < 0.3
    found = measure_file(write(tmp_path / "a.vcf", genotypes, missing, phased=False), 2)
    written = {"polarised": True, "phased": True, "missing": 0.1, "minimum_allele_count": 3}
    samples = make_samples(50)  # more than in the file
    filled, remarks = complete_observation(WrittenObservation(**written), found, samples)
    assert filled == make_observation(**written)
    assert [remark for remark in remarks if "polarisation_error" in remark]


def test_simulations_have_as_much_missing_as_the_file_they_are_like(genotypes, tmp_path):
    """Some sites have half of their genotypes missing, most none: not the same rate at all."""
    random = np.random.default_rng(4)
    rate = np.where(random.random(len(genotypes)) < 0.1, 0.5, 0.0)
    missing = random.random(genotypes.shape[:2]) < rate[:, None]
    path = write(tmp_path / "a.vcf", genotypes, missing)
    found = measure_file(path, 2)
    samples = make_samples(12)
    filled, _ = complete_observation(WrittenObservation(), found, samples)
    one = np.array([20_000]), np.array([5], np.uint64)
    incomplete, missing = draw_missing_genotypes(*one, filled.missing, 12)
    lost = np.zeros(20_000, int)
    lost[incomplete] = missing.sum(axis=1)
    # As in the same number of the file's own individuals.
    observation = make_observation(missing=filled.missing)
    (contig,), _ = read_genome(path, samples, observation, make_options())
    in_file = (contig.called[:, ::2] == 0).sum(axis=1)
    several = [np.bincount(np.minimum(one, 6), minlength=7) for one in (lost, in_file)]
    several = [np.r_[one[0], one[1:4].sum(), one[4:].sum()] for one in several]
    assert scipy.stats.chi2_contingency(several).pvalue > 0.001
    assert several[0][2] > 500


def test_too_few_individuals_are_refused_where_some_are_missing(genotypes, tmp_path):
    missing = np.random.default_rng(3).random(genotypes.shape[:2]) < 0.3
    found = measure_file(write(tmp_path / "a.vcf", genotypes, missing), 2)
    with pytest.raises(CoalflowError, match="has 30 individuals, but 50 are observed"):
        complete_observation(WrittenObservation(), found, make_samples(50))


def test_another_ploidy_is_refused(genotypes, tmp_path):
    path = write(tmp_path / "a.vcf", genotypes, np.zeros(genotypes.shape[:2], bool))
    with pytest.raises(CoalflowError) as caught:
        measure_file(path, 4)
    assert "individuals have another ploidy than 4, which simulation.ploidy is" in str(caught.value)


def test_a_file_in_which_nothing_varies_is_refused(tmp_path):
    path = write(tmp_path / "a.vcf", np.zeros((5, 3, 2), int), np.zeros((5, 3), bool))
    with pytest.raises(CoalflowError, match="none of its 5 records is a site .* that varies"):
        measure_file(path, 2)


def lines_of(folder, *records, names="ab"):
    return genome_files.write(folder / "a.vcf", genome_files.vcf(*records, names=names))


def test_filters_apply_to_the_file_that_is_measured(tmp_path):
    failed = genome_files.record(20, "0|1", ".|.").replace("PASS", "q10")
    path = lines_of(tmp_path, genome_files.record(10, "0|1", "1|1"), failed)
    found = measure_file(path, 2)
    assert (found.sites, found.missing, found.dropped) == (1, 0, {"filtered": 1})
    assert measure_file(path, 2, filters="any").missing == 0.25


def test_records_of_another_ploidy_are_not_measured(tmp_path):
    haploid = [genome_files.record(n, "0", "1", contig="X") for n in (1, 2, 3)]
    diploid = genome_files.record(10, "0/1", "1/1")
    path = lines_of(tmp_path, *haploid, diploid)
    found = measure_file(path, 2)
    assert (found.sites, found.phased, found.dropped) == (1, False, {"other_ploidy": 3})
    assert measure_file(path, 1).sites == 3
    lines = lines_of(tmp_path, *(genome_files.record(n, "0/0", "1/1") for n in (1, 2, 3)))
    assert measure_file(lines, 1, ploidy=1).sites == 3


def test_several_phase_sets_are_no_phase(tmp_path):
    records = [
        genome_files.record(10, "0|1:10", "1|1:10", form="GT:PS"),
        genome_files.record(20, "0|1:10", "0|1:20", form="GT:PS"),
    ]
    assert measure_file(lines_of(tmp_path, *records), 2).phased
    more = genome_files.record(30, "0|1:30", "1|1:30", form="GT:PS")
    assert not measure_file(lines_of(tmp_path, *records, more), 2).phased


def test_alleles_that_nobody_carries_and_repeated_records_are_not_measured(tmp_path):
    records = [
        genome_files.record(10, "0|1", "1|1", alt="T,<NON_REF>"),
        genome_files.record(10, "0|1", "1|1"),
        genome_files.record(20, "0|0", "0|0", alt="."),
        genome_files.record(20, "0|0", "0|1", alt="T"),
    ]
    found = measure_file(lines_of(tmp_path, *records), 2)
    assert (found.sites, found.not_varying) == (3, 1)
    assert found.dropped == {"duplicate": 1, "not_varying": 1}


# Parts ----------------------------------------------------------------------------------------

KINDS = ["0|0:1", "0|1:1", "1|0:2", "0/1:.", ".|.:1", "1|1:1", "0:1"]


@st.composite
def texts(draw):
    """Return a file of three individuals and several contigs, with phase sets."""
    genotypes = st.lists(st.sampled_from(KINDS), min_size=3, max_size=3)
    rows = draw(st.lists(st.tuples(st.sampled_from("1222344"), genotypes), min_size=1))
    records = [
        genome_files.record(10 * site, *row, contig=contig, form="GT:PS")
        for site, (contig, row) in enumerate(sorted(rows, key=lambda row: row[0]), 1)
    ]
    last = genome_files.record(9999, "0|1:1", "0|0:1", "0|0:1", contig="4", form="GT:PS")
    return genome_files.vcf(*records, last, names="abc")


@PROPERTY
@given(text=texts(), data=st.data())
def test_how_a_file_is_cut_does_not_matter(text, data, tmp_path_factory):
    path = genome_files.write(tmp_path_factory.mktemp("like") / "a.vcf", text)
    file = open_genome_file(path)
    blocks = list(file.read_blocks(file.individuals, most_records=data.draw(st.integers(1, 5))))
    cuts = sorted(data.draw(st.sets(st.integers(0, len(blocks)), max_size=4)))
    parts = []
    for first, last in itertools.pairwise([0, *cuts, len(blocks)]):
        counts = MeasuredCounts(LikeFile(path=str(path)), file.individuals, 2)
        for block in blocks[first:last]:
            counts.count(block)
        parts.append(counts.summarise())
    whole = measure_part(LikeFile(path=str(path)), 2)
    assert describe_file("a.vcf", 2, parts) == describe_file("a.vcf", 2, [whole])


def run(program, settings, *arguments):
    given = ["--settings", write_settings(settings, code=""), *map(str, arguments)]
    with mock.patch.object(sys, "argv", [program.__name__, *given]):
        program.main()


def test_programs_measure_the_file_in_parts(genotypes, tmp_path, monkeypatch):
    path = write(tmp_path / "a.vcf", genotypes, np.zeros(genotypes.shape[:2], bool), phased=False)
    assert make_maker().measure_observation().parts == 0
    maker = make_maker(observation={"like": str(path)})
    assert maker.measure_observation().parts == 1
    monkeypatch.setattr(genome_parts, "BYTES_OF_PART", path.stat().st_size // 3)
    for part in range(3):
        output = tmp_path / "measured" / f"00{part}.json"
        run(measure_contigs, maker.measure_contigs(part), "--output", output)
    given = ["--measured", tmp_path / "measured", "--output", tmp_path / "observation.json"]
    run(measure_observation, maker.measure_observation(), *given)
    written = json.loads((tmp_path / "observation.json").read_text())
    assert written["observation"]["phased"] is False
    assert written["measured"]["sites"] == len(genotypes)
    assert written["measured"]["individuals"] == INDIVIDUALS


def make_maker(**sections):
    rates = dict.fromkeys(("mutation_rate", "recombination_rate"), 1.0e-8)
    simulation = {"samples": 5, "replicates": 100, "sequence_length": 100_000, **rates}
    simulation["demography"] = {"population_size": 1000}
    config = {"run": "a", "seed": 1, "simulation": simulation, "target": "tajimas_d", **sections}
    return SettingsMaker(read_config(config))


@pytest.mark.skipif(not DATA.exists(), reason="needs data that are not in the repository")
def test_real_files(tmp_path):
    human = measure_file(DATA / "lct_ceu_80kb.vcf.gz", 2)
    assert human.phased
    assert human.missing == 0
    assert (human.sites, human.not_varying) == (2200, 1984)
    fly = tmp_path / "fly.vcf"
    packed = (DATA / "drosophila_10hap_5contigs.vcf.gz").read_bytes()
    fly.write_bytes(gzip.decompress(packed).replace(b"QAUL", b"QUAL"))
    found = measure_file(fly, 1)
    assert found.phased
    assert (found.individuals, found.ploidy) == (10, 1)
