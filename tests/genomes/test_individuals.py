"""Those individuals are used that are named, or some drawn evenly, as many as nets read."""

import pytest
from helpers.data import make_observation, make_samples
from helpers.genomes import (
    as_lists,
    dropped,
    make_options,
    only,
    read,
    read_genome,
    read_text,
    record,
    refusal_of_text,
    vcf,
    write,
)

from coalflow.core.errors import CoalflowError

FOUR = vcf(
    record(10, "0|1", "0|0", "1|1", "0|0"),
    record(20, "0|0", "0|0", "1|0", "0|1"),
    names=("a", "b", "c", "d"),
)


def test_individuals_are_drawn_evenly_over_the_file(tmp_path):
    path = write(tmp_path / "genome.vcf", FOUR)
    drawn = set()
    for seed in range(30):
        contigs, description = read(path, 4, seed=seed)
        assert (description.samples_in_file, description.chosen) == (4, "drawn")
        drawn.add(description.samples)
        named, _ = read(path, 4, individuals=description.samples)
        assert as_lists(contigs) == as_lists(named)
    # One of each half of the file.
    assert drawn == {("a", "c"), ("a", "d"), ("b", "c"), ("b", "d")}
    assert read(path, 4, seed=3)[1] == read(path, 4, seed=3)[1]


def test_everybody_is_used_where_as_many_are_needed(tmp_path):
    _, description = read_text(tmp_path, FOUR, haplotypes=8)
    assert (description.samples, description.chosen) == (("a", "b", "c", "d"), "all")


def test_those_of_another_ploidy_or_never_called_are_not_drawn(tmp_path):
    text = vcf(
        *(record(n, "0|1", "1", "0|0", "./.", "1|0") for n in range(1, 9)), names=tuple("abcde")
    )
    drawn = {
        read_text(tmp_path, text, haplotypes=4, ploidy=2, seed=seed)[1].samples
        for seed in range(20)
    }
    assert drawn == {("a", "c"), ("a", "e")}


@pytest.mark.parametrize("names", [["b", "d"], ["d", "b"]])
def test_named_individuals_are_taken_in_the_order_of_the_file(names, tmp_path):
    contigs, description = read_text(tmp_path, FOUR, haplotypes=4, individuals=names)
    assert description.samples == ("b", "d")
    assert as_lists(contigs) == [("1", [20], [[0, 0, 0, 1]])]


def test_unknown_individuals_are_named(tmp_path):
    message = refusal_of_text(tmp_path, FOUR, individuals=["a", "x", "y"])
    assert "no sample named x, y" in message


def test_too_few_names_are_refused(tmp_path):
    message = refusal_of_text(tmp_path, FOUR, individuals=["a"])
    assert "has 1 sample to choose from (diploid on 1), and the net reads 4 haplotypes" in message
    assert message.endswith("or let genomes.<name>.samples have more")


def test_of_more_names_some_are_drawn(tmp_path):
    path = write(tmp_path / "genome.vcf", FOUR)
    drawn = [read(path, 4, individuals=["d", "a", "b"], seed=seed)[1] for seed in range(20)]
    assert {each.samples for each in drawn} == {("a", "b"), ("a", "d")}
    assert {each.chosen for each in drawn} == {"drawn"}


def test_too_few_individuals_are_refused(tmp_path):
    message = refusal_of_text(tmp_path, FOUR, haplotypes=10)
    assert "has 4 samples to choose from (diploid on 1)" in message
    assert "the net reads 10 haplotypes" in message


def test_populations_stand_in_the_order_of_the_simulated_ones(tmp_path):
    samples, observation = make_samples({"south": 1, "north": 2}), make_observation()
    named = {"north": ["d", "a"], "south": ["c"]}
    path = write(tmp_path / "genome.vcf", FOUR)
    (one,), description = read_genome(path, samples, observation, make_options(named))
    assert description.samples == ("c", "a", "d")
    assert one.haplotypes.tolist() == [[1, 1, 0, 1, 0, 0], [1, 0, 0, 0, 0, 1]]
    assert one.samples == samples
    with pytest.raises(CoalflowError, match="not assigned to populations: name those of south, no"):
        read_genome(path, samples, observation, make_options())
    few = make_options({"north": ["a"], "south": ["c"]})
    with pytest.raises(CoalflowError, match="has 1 sample of north to choose from"):
        read_genome(path, samples, observation, few)


# Ploidy --------------------------------------------------------------------------------------


def test_haploid_individuals_give_one_haplotype_each(tmp_path):
    text = vcf(
        record(10, "0", "1", "1", "0"), record(20, "1", "0", "1", "0"), names=("a", "b", "c", "d")
    )
    contigs, _ = read_text(tmp_path, text, haplotypes=3, individuals=["a", "b", "c"])
    assert only(contigs).haplotypes.tolist() == [[0, 1, 1], [1, 0, 1]]


def test_tetraploid_individuals_give_four_haplotypes_each(tmp_path):
    contigs, _ = read_text(tmp_path, vcf(record(10, "0|1|1|0", "0|0|0|1")), haplotypes=8)
    assert only(contigs).haplotypes.tolist() == [[0, 1, 1, 0, 0, 0, 0, 1]]


def test_odd_records_of_another_ploidy_are_counted_and_named(tmp_path):
    """Wherever they are, also first of all."""
    usual = [record(position, "0|1", "0|0") for position in (10, 20, 30)]
    for place, odd in enumerate(
        [record(5, "0|1", "1"), record(15, "0", "1"), record(25, "1", "0")]
    ):
        records = [*usual[:place], odd, *usual[place:]]
        contigs, description = read_text(tmp_path, vcf(*records))
        assert only(contigs).positions.tolist() == [10, 20, 30]
        assert dropped(description) == {"other_ploidy": 1}
        assert description.odd_ploidy == {"1": f"1 site, the first at {10 * place + 5}"}


MIXED_PLOIDY = {
    "triploids, no multiple of which is 4": [record(10, "0|1|1", "0|0|0")],
    "haploid contig after a diploid one": [
        record(10, "0|1", "0|0"),
        record(10, "0", "1", contig="2"),
    ],
    "diploid contig after a haploid one": [
        record(10, "0", "1", contig="2"),
        record(10, "0|1", "0|0"),
    ],
    "haploid record among diploid ones": [
        record(10, "0|1", "0|0"),
        record(20, "0", "1"),
        record(30, "0|1", "0|0"),
    ],
    "tetraploid record among diploid ones": [
        record(10, "0|1", "0|0"),
        record(20, "0|1|0|0", "0|0|0|0"),
    ],
    "first record without a call": [record(5, ".", "."), record(10, "0|1", "0|0")],
}


@pytest.mark.parametrize("haplotypes", [2, 4])
@pytest.mark.parametrize("records", MIXED_PLOIDY.values(), ids=MIXED_PLOIDY.keys())
def test_every_contig_has_as_many_haplotypes_as_the_net_reads(records, haplotypes, tmp_path):
    path = write(tmp_path / "genome.vcf", vcf(*records))
    try:
        contigs, _ = read(path, haplotypes)
    except CoalflowError as error:
        assert str(path) in str(error)
    else:
        shapes = [one.haplotypes.shape for one in contigs]
        assert shapes == [(len(one.positions), haplotypes) for one in contigs]


def test_first_record_without_a_call_does_not_tell_the_ploidy(tmp_path):
    """A lone "." is how some callers write that a diploid individual was not called."""
    contigs, _ = read_text(tmp_path, vcf(record(5, ".", "."), record(10, "0|1", "0|0")))
    assert as_lists(contigs) == [("1", [10], [[0, 1, 0, 0]])]


@pytest.mark.parametrize("place", [0, 1])
def test_lone_dots_are_missing_genotypes_and_no_other_ploidy(place, tmp_path):
    records = [record(10, "0|1", "0|0"), record(20, "0|1", "0|0")]
    records.insert(place, record([5, 15][place], ".", "."))
    _, description = read_text(tmp_path, vcf(*records))
    assert dropped(description) == {"missing_genotypes": 1}
