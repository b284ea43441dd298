import pytest
from helpers.data import make_observation

from coalflow.core.errors import CoalflowError
from coalflow.core.files import write_json
from coalflow.report.sequencing import Loss, summarise_sequencing

MEASURED = {
    "path": "mine.vcf",
    "individuals": 12,
    "ploidy": 2,
    "records": 100,
    "sites": 90,
    "not_varying": 10,
    "heterozygous_sites": 50,
    "unphased_sites": 50,
    "phased": False,
    "missing": 0.05,
    "missing_per_site": [60, 20],
    "rarer_allele": [0, 80],
    "minimum_allele_count": 2,
    "remarks": ["A remark."],
}


def summarise(folder, observation, **found):
    path = folder / "observation.json"
    write_json(path, {"observation": observation.as_json(), **found})
    return summarise_sequencing(path)


def test_perfect_data_have_lost_nothing(tmp_path):
    found = summarise(tmp_path, make_observation())
    assert found.losses == found.remarks == []
    assert found.file is None
    assert found.missing == 0


def test_every_loss_is_listed(tmp_path):
    observation = make_observation(
        phased=False,
        missing=0.1,
        genotype_error=0.001,
        switch_error=0.02,
        polarisation_error=0.02,
        minimum_allele_count=2,
        mask="mask.bed",
        individuals={"EUR": 5, "AFR": 4},
    )
    mask = {"accessible_bases": 800, "bases_spanned": 1000}
    found = summarise(tmp_path, observation, mask=mask)
    assert found.losses == [
        Loss("individuals", "9 of those simulated"),
        Loss("accessible bases", "stretches of mask.bed, of which 80 % are accessible"),
        Loss("alleles read wrongly", "0.1 %"),
        Loss("phase switches", "2 % of heterozygous sites"),
        Loss("missing genotypes", "10 %"),
        Loss("wrong ancestral alleles", "2 % of sites"),
        Loss("rarer allele", "2 copies or more"),
        Loss("phase", "lost: the models see genotypes of individuals"),
    ]


def test_losses_are_shown_next_to_those_of_the_file(tmp_path):
    missing = {"individuals": 12, "per_site": (60, 20)}
    observation = make_observation(phased=False, missing=missing)
    found = summarise(tmp_path, observation, measured=MEASURED)
    rate = "2.08 % on average, as many at a site as in the file"
    assert found.losses == [
        Loss("missing genotypes", rate, "5 %"),
        Loss("rarer allele", "1 copy or more", "2"),
        Loss("phase", "lost: the models see genotypes of individuals", "lost"),
    ]
    assert found.file.path == "mine.vcf"
    assert found.remarks == ["A remark."]


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(CoalflowError, match="observation.json: there is no such file"):
        summarise_sequencing(tmp_path / "observation.json")
