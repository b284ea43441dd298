import pytest
from helpers.data import make_encoding, make_observation, make_targets
from helpers.genomes import PLAIN, write

from coalflow.config.genomes.model_scan_reading import read_model_scan
from coalflow.config.schema.samples import Samples
from coalflow.config.settings.view import View
from coalflow.genomes.suitability.model_needs import check_needs, check_painting, name_options

ONE, TWO = (("all", 3),), (("EUR", 2), ("AFR", 1))


def find_mistakes(folder, given, individuals=ONE, **observation):
    """Return what is wrong with some options, by their names, for a model of these individuals."""
    view = View(
        observation=make_observation(**observation),
        encoding=make_encoding(),
        samples=Samples(individuals=individuals, ploidy=2),
        targets=make_targets("diversity"),
    )
    genome = str(write(folder / "genome.vcf", PLAIN))
    scan = read_model_scan({"model": genome, "genome": genome, **given}, "--{}".format)
    return {path[0]: message for path, message in check_needs(scan, view)}


def test_known_ancestral_alleles(tmp_path):
    assert find_mistakes(tmp_path, {}) == {}
    found = find_mistakes(tmp_path, {}, polarised=True)
    assert "REF, an INFO field such as AA, or a FASTA file" in found["ancestral"]
    assert find_mistakes(tmp_path, {"ancestral": "AA"}, polarised=True) == {}
    assert "is not used" in find_mistakes(tmp_path, {"ancestral": "AA"})["ancestral"]


def test_a_mask(tmp_path):
    trained = {"mask": "elsewhere.bed"}
    assert "or none for all of it" in find_mistakes(tmp_path, {}, **trained)["mask"]
    assert find_mistakes(tmp_path, {"mask": "none"}, **trained) == {}
    own = {"mask": str(write(tmp_path / "mask.bed", "1\t0\t100\n"))}
    assert find_mistakes(tmp_path, own, **trained) == find_mistakes(tmp_path, own) == {}


@pytest.mark.parametrize(
    ("individuals", "given", "message"),
    [
        (TWO, {"individuals": "a,b"}, "write EUR=... AFR=..."),
        (
            TWO,
            {"individuals": "EUR=a ASN=b"},
            "about EUR, ASN, but the model reads those",
        ),
        (TWO, {"populations": "CEU"}, "write EUR=... AFR=..."),
        (ONE, {"individuals": "EUR=a AFR=b"}, "but the model reads one population"),
    ],
)
def test_populations(individuals, given, message, tmp_path):
    (option,) = given
    assert message in find_mistakes(tmp_path, given, individuals)[option]


@pytest.mark.parametrize(
    ("individuals", "given"),
    [
        (ONE, {"individuals": "a,b"}),
        (TWO, {"individuals": "AFR=a EUR=b,c"}),
        (TWO, {"populations": "AFR=YRI EUR=CEU,GBR"}),
        (TWO, {}),  # a tree sequence may have them
    ],
)
def test_populations_that_models_read(individuals, given, tmp_path):
    assert find_mistakes(tmp_path, given, individuals) == {}


def test_haplotypes_are_not_painted_in_windows_of_the_users_own(tmp_path):
    genome, windows = write(tmp_path / "a.vcf", PLAIN), write(tmp_path / "w.bed", "1\t0\t9\n")
    given = {"model": str(genome), "genome": str(genome)}
    assert not [*check_painting(read_model_scan(given, str))]
    scan = read_model_scan({**given, "windows": str(windows)}, str)
    ((path, message),) = check_painting(scan)
    assert (path, message[:27]) == (("windows",), "is for windows of your own,")


def test_keys_of_a_panel_are_options_of_their_own():
    told = "genomes.<name>.samples.populations names X; set genomes.<name>.samples.population to Y"
    assert name_options(told, str) == "populations names X; set population_column to Y"
