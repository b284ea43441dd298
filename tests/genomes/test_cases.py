"""Files as people have them, in ``tests/cases``, whose right answers were computed elsewhere."""

import numpy as np
import pytest
from helpers.cases import CASES
from helpers.data import compute, make_encoding, make_observation, make_samples, make_targets
from helpers.genomes import dropped, make_options, read, read_genome, refusal
from helpers.windows import SitesInMemory, make_windows

from coalflow.genomes.windows.laid_windows import lay_windows
from coalflow.statistics.site_statistics import compute_site_statistics
from coalflow.windows.encoding import encode_contig

FIRST_FOUR = tuple(f"s{number}" for number in range(4))
MALES = tuple(f"m{number}" for number in range(8))


def path_of(case):
    (path,) = (CASES / case).glob("in.[vb]cf")
    return path


def read_case(case, individuals=FIRST_FOUR, **options):
    """Read a case as model a does: eight haplotypes, simulated as four diploids."""
    return read(path_of(case), 8, ploidy=2, individuals=individuals, **options)


def tabulate_tajimas_d(contigs):
    """Return Tajima's D of windows of ten sites, every five sites, as in a scan."""
    encoding = make_encoding(sites=10, order="sampled")
    options = make_options(step=5)
    windows = [
        encode_contig(contig, lay_windows(sites, encoding, options), encoding, make_observation())
        for contig in contigs
        for sites in [SitesInMemory(contig.positions, contig.positions[-1])]
    ]
    return np.concatenate([compute("tajimas_d", each) for each in windows])


# case: (individuals, sites, Tajima's D of the first window or None, dropped)
SCANNED = {
    "01-haploid-chrM-first": (FIRST_FOUR, 30, 0.642289, {"not_varying": 3, "contig_left_out": 12}),
    "12-male-X": (MALES, 28, 1.513281, {"not_varying": 2}),
    "12b-male-X-bcf": (MALES, 28, 1.513281, {"not_varying": 2}),
    "12c-male-X-first-4-of-each": (MALES, 30, None, {}),
    "02-tskit-01-alleles": (FIRST_FOUR, 30, 1.375756, {}),
    "11-all-dropped-gvcf": (FIRST_FOUR, 30, None, {}),
    "31-allsites-concatenated-twice": (FIRST_FOUR, 30, None, {"not_varying": 2010}),
    "05-star-nonref-unused-alt": (FIRST_FOUR, 36, None, {"not_single_bases": 5}),
    "23-panel-third-allele-elsewhere": (FIRST_FOUR, 40, None, {}),
    "24-overlapping-chunks": (FIRST_FOUR, 40, None, {"duplicate": 10}),
    "13-FILTER-failed": (FIRST_FOUR, 30, None, {"filtered": 10}),
    "17-POS-0-and-1.2e9": (FIRST_FOUR, 29, None, {"position_0": 1}),
    "36-alt-fixed-sites": (FIRST_FOUR, 28, 1.650806, {"not_varying": 2}),
    "37-ref-N-iupac": (FIRST_FOUR, 26, None, {"not_single_bases": 4}),
}


@pytest.mark.parametrize("case", SCANNED)
def test_cases_are_read_right(case):
    individuals, sites, tajimas_d, reasons = SCANNED[case]
    contigs, description = read_case(case, individuals)
    assert description.samples == individuals
    assert description.sites_used == sites
    assert dropped(description) == reasons
    found = tabulate_tajimas_d(contigs)
    assert len(found) == -(-(sites - 10) // 5) + 1
    if tajimas_d is not None:
        assert found[0] == pytest.approx(tajimas_d, abs=1e-6)


def test_haploid_contig_is_named():
    _, description = read_case("01-haploid-chrM-first")
    assert description.left_out == {"chrM": "haploid, 4 haplotypes; the net reads 8"}


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize(
    ("case", "of"),
    [
        ("01-haploid-chrM-first", "s"),
        ("32-chrM-first-few-samples", "s"),
        ("12-male-X", "f"),
        ("12b-male-X-bcf", "f"),
        ("12c-male-X-first-4-of-each", "f"),
    ],
)
def test_nobody_named_takes_four_diploids(case, of, seed):
    """Whoever is first in the file, and whatever is its first record."""
    contigs, description = read_case(case, None, seed=seed)
    assert (len(description.samples), description.chosen) == (4, "drawn")
    assert all(name.startswith(of) for name in description.samples)
    assert {contig.name for contig in contigs} <= {"chr1", "X"}


@pytest.mark.parametrize(
    ("names", "tajimas_d"),
    [
        (("pop A,1", "1001", "ind 5", "NA"), 0.825656),
        (("^x2", "1001", "ind 5", "NA"), 0.413080),
        (("pop A,1", "^x2", "-", "1001"), 0.642289),
    ],
)
def test_those_who_are_named_are_used_whatever_their_names(names, tajimas_d):
    contigs, description = read_case("10-odd-sample-names", names)
    assert description.samples == names
    assert tabulate_tajimas_d(contigs)[0] == pytest.approx(tajimas_d, abs=1e-6)


def test_every_odd_name_is_that_of_one_individual():
    """Read on its own, each is the column of that name."""
    path = path_of("10-odd-sample-names")
    lines = [line.split("\t") for line in path.read_text(encoding="utf-8").splitlines()]
    (header,) = (line for line in lines if line[0] == "#CHROM")
    for column, name in enumerate(header[9:], 9):
        calls = [line[column] for line in lines if len(line) > 9 and line[0] != "#CHROM"]
        (contig,), description = read(path, 2, individuals=(name,))
        assert description.samples == (name,)
        expected = [[int(call[0]), int(call[2])] for call in calls if call[0] != call[2]]
        assert contig.haplotypes.tolist() == expected


def test_nobody_named_among_odd_names():
    contigs, description = read_case("10-odd-sample-names", None)
    assert len(description.samples) == 4
    assert description.sites_used == len(contigs[0].positions)


def test_filters_are_counted_by_name_and_may_be_accepted():
    _, description = read_case("13-FILTER-failed")
    assert description.failed_filters == {"LowQual": 10}
    for filters in ("any", ("PASS", "LowQual")):
        _, description = read_case("13-FILTER-failed", genotypes={"filters": filters})
        assert description.sites_used + description.dropped["not_varying"] == 40
        assert description.failed_filters == {}


@pytest.mark.parametrize(
    ("case", "words"),
    [
        (
            "11-all-dropped-missing",
            [
                "30 have genotypes that are not called",
                "set observation.missing",
                "Nothing at all is called of s0",
            ],
        ),
        (
            "11-all-dropped-sv",
            ["30 records", "have alleles that are not single bases", "use a file with SNPs"],
        ),
        ("14-phase-sets", ["phase sets (PS)", "1:21700", "observation.phased to false"]),
        ("15-vcf44-leading-phase", ["leading phase of VCF 4.4", "sed"]),
    ],
)
def test_cases_are_refused_in_the_right_words(case, words):
    message = refusal(path_of(case), 8, ploidy=2, individuals=FIRST_FOUR)
    for word in words:
        assert word in message
    assert "encoding.sites" not in message
    assert "damaged" not in message


def test_phase_sets_do_not_matter_without_phase():
    contigs, _ = read_case("14-phase-sets", phased=False)
    assert len(contigs[0].positions) > 20


def test_inbred_lines_are_refused_and_read_as_haploids():
    path = path_of("21-inbred-lines")
    lines = [f"line_{number}" for number in range(10)]
    message = refusal(path, 8, ploidy=2, individuals=lines[:4])
    assert "homozygous at nearly all sites" in message
    assert "genomes.<name>.ploidy to 1" in message
    assert "simulation.ploidy to 1" in message
    options = make_options(individuals=lines[:8], genotypes={"ploidy": 1})
    (contig,), description = read_genome(path, make_samples(8, 1), make_observation(), options)
    assert description.sites_used == 40
    text = path.read_text(encoding="utf-8")
    calls = [line.split("\t")[9:17] for line in text.splitlines() if not line.startswith("#")]
    assert contig.haplotypes.tolist() == [[int(call[0]) for call in row] for row in calls]


# Missing genotypes, ancestral alleles, populations ------------------------------------------------


def test_half_calls_are_missing_genotypes():
    (contig,), description = read_case("03-half-calls", missing=0.1)
    assert len(contig.positions) == 28
    assert description.missing == pytest.approx(0.0446, abs=5e-5)


def read_two_populations(case, named, **observed):
    samples = make_samples({"A": 2, "B": 2})
    options = make_options(named, ancestral="AA" if observed else "REF")
    return read_genome(path_of(case), samples, make_observation(**observed), options)


def test_ancestral_alleles_that_the_header_does_not_declare():
    named = {"A": ["s0", "s1"], "B": ["s2", "s3"]}
    (contig,), description = read_two_populations("07-AA-not-in-header", named, polarised=True)
    assert description.dropped["ancestral_unknown"] == 5  # . - N ? and T
    # At 1151, C is ancestral: 1|0 0|0 1|1 0|1.
    row = contig.haplotypes[contig.positions.tolist().index(1151)]
    assert row.tolist() == [0, 1, 1, 1, 0, 0, 1, 0]


def test_order_of_populations():
    named = {"B": ["s5", "s0"], "A": ["s7", "s1"]}
    contigs, description = read_two_populations("09-order-of-populations", named)
    assert description.samples == ("s1", "s7", "s0", "s5")
    (contig,) = contigs
    start = contig.positions[0] - 1
    window = make_windows(0, 0, start, start + 1000).locate_in(contig.positions)
    encoding = make_encoding(sites=40, pad=True, length=1000, order="sampled")
    windows = encode_contig(contig, window, encoding, make_observation(polarised=True))
    statistics = make_targets(
        fst={"statistic": "fst", "of": ["A", "B"]},
        h_A={"statistic": "theta_h", "of": "A"},
        pi_B={"statistic": "diversity", "of": "B"},
    ).site_statistics
    found = compute_site_statistics(windows, statistics, make_samples({"A": 2, "B": 2}).slices)
    assert found["h_A"][0] == pytest.approx(9.16667, abs=1e-5)
    assert found["pi_B"][0] == pytest.approx(4.33333, abs=1e-5)
    assert found["fst"][0] == pytest.approx(0.01786, abs=1e-5)
