"""What of a genome is refused before it is scanned, where something of it is to be drawn."""

import pytest
from helpers.data import make_encoding, make_observation, make_samples
from helpers.genomes import make_options, open_text, record, vcf

from coalflow.core.errors import CoalflowError
from coalflow.genomes.plan import read_plan
from coalflow.genomes.suitability.describing import describe_genome


def test_who_is_not_painted_is_counted_and_named(tmp_path):
    names = [f"i{number:02}" for number in range(15)]
    text = vcf(*(record(10 * site, *(["0|1"] * 15)) for site in range(1, 40)), names=names)
    samples, options = make_samples({"north": 2}), make_options(names, draws=2)
    genome = open_text(tmp_path, text, samples, options=options)
    plan = read_plan(tmp_path / "plan.json")
    described = describe_genome(
        genome, plan, make_encoding(sites=8), make_observation(), options, painted="north"
    )
    left = [name for name in names if name not in plan.individuals]
    assert described.content["not_painted"] == left
    (remark,) = (text for text in described.notes if "not painted" in text)
    said = f"{len(left)} of 15 individuals of north are in none of 2 draws, and not painted (i00"
    assert remark.startswith(said) and f"and {len(left) - 10} more" in remark
    assert "set genomes.<name>.draws to more than 2" in remark
    whole = describe_genome(genome, plan, make_encoding(sites=8), make_observation(), options)
    assert not whole.content["not_painted"]
    assert not [text for text in whole.notes if "not painted" in text]


def describe(folder, *regions):
    text = vcf(*(record(10 * site, "0|1", "1|0", contig="2L") for site in range(1, 40)))
    genome = open_text(folder, text, make_samples(2))
    encoding, observation = make_encoding(sites=8), make_observation()
    plan = read_plan(folder / "plan.json")
    return describe_genome(genome, plan, encoding, observation, make_options(), regions=regions)


def test_pictures_of_regions_that_it_does_not_have_are_refused(tmp_path):
    assert describe(tmp_path, "2L:1-390", "2L").content["windows"] == {"2L": 32}
    key = r"^genomes\.<name>\.show_regions: "
    with pytest.raises(CoalflowError, match=key + r"names contig chr2L, .* did you mean 2L"):
        describe(tmp_path, "2L:1-390", "chr2L:1-390")
    with pytest.raises(CoalflowError, match=key + "ends at base 391 of contig 2L, which has 390"):
        describe(tmp_path, "2L:1-391")
