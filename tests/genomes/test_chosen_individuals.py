"""Who is used: those named, or some drawn from them, from populations or from all; how often."""

import numpy as np
import pytest
from helpers.data import make_samples
from helpers.genomes import make_options, write

from coalflow.core.errors import CoalflowError
from coalflow.genomes.genotypes.carried import ABSENT
from coalflow.genomes.genotypes.individuals import choose_individuals
from coalflow.genomes.genotypes.sites import RecordBlock
from coalflow.genomes.readers.genome_file import FileContig, GenomeFile

NAMES = [f"i{number}" for number in range(12)]
PANEL = (
    "sample\tpop\tsuper_pop\tgender\t\t\n"
    + "".join(f"i{number}\tCEU\tEUR\tmale\n" for number in range(4))
    + "".join(f"i{number}\tGBR\tEUR\tfemale\n" for number in range(4, 7))
    + "".join(f"i{number}\tYRI\tAFR\tmale\t\t\n" for number in range(7, 12))
    + "elsewhere\tYRI\tAFR\tmale\n"
)


class FakeFile(GenomeFile):
    """A file with blocks of records of a given ploidy of each individual on each contig."""

    format, path = "VCF", "mine.vcf"

    def __init__(self, ploidies=None, can_seek=True, populations=None, blocks=3):
        self.ploidies = ploidies or {"1": [2] * len(NAMES)}
        self.individuals, self.populations = NAMES, populations or {}
        self.contigs = [FileContig(name) for name in self.ploidies]
        self.can_seek, self.blocks, self.read = can_seek, blocks, []

    def read_blocks(self, individuals, ancestral=None, region=None, most_records=100):
        for contig, ploidies in self.ploidies.items():
            if region is not None and contig != region.contig:
                continue
            rows = [NAMES.index(name) for name in individuals]
            there = np.arange(4) < np.array(ploidies)[rows][:, None]
            for number in range(self.blocks):
                self.read.append((contig, number))
                yield RecordBlock(
                    contig=contig,
                    positions=np.arange(60) + 60 * number + 1,
                    alleles=np.tile(np.where(there, 0, ABSENT).astype(np.int8), (60, 1, 1)),
                    phased=np.ones((60, len(rows)), dtype=np.bool_),
                    phase_sets=None,
                    has_genotypes=np.ones(60, dtype=np.bool_),
                    texts=[("A", "T")] * 60,
                    bases=np.zeros((60, 2), dtype=np.int8),
                    filters=[()] * 60,
                    ancestral=[""] * 60,
                )


def choose(individuals=None, needed=4, file=None, phased=None, ploidy=2, **options):
    given = make_options(individuals, **options)
    return choose_individuals(file or FakeFile(), make_samples(needed, ploidy), given, phased)


def refusal(*args, **options):
    with pytest.raises(CoalflowError) as caught:
        choose(*args, **options)
    return str(caught.value)


@pytest.fixture
def panel(tmp_path):
    return str(write(tmp_path / "samples.panel", PANEL))


# Names -------------------------------------------------------------------------------------------


def test_as_many_names_are_used_without_reading_any_record(tmp_path):
    names = ["i5", "i2", "i9", "i7"]
    listed = write(tmp_path / "names.txt", "\ufeff# mine\r\ni5\r\ni2\r\n\r\ni9 \r\ni7")
    for given in (names, str(listed)):
        file = FakeFile()
        chosen = choose(given, file=file)
        assert (chosen.names, chosen.how) == (["i2", "i5", "i7", "i9"], "named")
        assert (chosen.draws, chosen.numbers) == ([[0, 1, 2, 3]], [4])
        assert file.read == []


def test_unknown_names_of_a_list_are_refused(tmp_path):
    listed = write(tmp_path / "names.txt", "i1\nx\ny\nz\nu\n")
    assert refusal(str(listed)) == (
        f"mine.vcf: has no sample named x, y, z and 1 more, which {listed} lists; it has i0, i1, "
        "i2, ..."
    )


def test_haploids_are_as_many_as_have_the_haplotypes():
    file = FakeFile({"1": [1] * 12})
    chosen = choose(NAMES[:8], file=file)
    assert (chosen.names, chosen.how) == (NAMES[:8], "named")
    assert (len(choose(file=file).names), choose(file=file).how) == (8, "drawn")
    assert "has 8 samples to choose from (haploid on 1)" in refusal(
        NAMES[:8], file=file, phased=False
    )


def test_those_named_may_fit_on_one_contig_alone():
    """Three women and two men have the eight X that nets read; on 1 they would be drawn from."""
    file = FakeFile({"1": [2] * 12, "X": [1, 2, 1, 2, 2] + [2] * 7})
    assert choose(NAMES[:5], file=file).how == "drawn"
    chosen = choose(NAMES[:5], file=file, genotypes={"ploidy": {"Y": 1}})
    assert (chosen.names, chosen.how) == (NAMES[:5], "named")


@pytest.mark.parametrize("can_seek", [True, False])
def test_no_more_is_read_than_needed(can_seek):
    file = FakeFile({"1": [2] * 12, "2": [2] * 12}, can_seek)
    choose(file=file)
    assert file.read == [("1", 0), ("1", 1)]
    file = FakeFile({"1": [3] * 12, "2": [2] * 12}, can_seek=True)
    assert choose(file=file).draws == choose().draws
    assert file.read == [("1", 0), ("1", 1), ("2", 0), ("2", 1)]


# Populations -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "pool"),
    [
        ({"populations": ["CEU"]}, NAMES[:4]),
        ({"populations": ["GBR", "CEU"]}, NAMES[:7]),
        ({"populations": ["EUR"], "population": "super_pop"}, NAMES[:7]),
        ({}, NAMES),
    ],
)
def test_individuals_are_drawn_from_populations_of_a_panel(given, pool, panel):
    drawn = [choose({"panel": panel, **given}, needed=4, seed=seed) for seed in range(40)]
    assert {name for each in drawn for name in each.names} == set(pool)
    assert all(each.names == sorted(each.names, key=NAMES.index) for each in drawn)


def test_of_several_populations_each_has_its_own(panel):
    of_each = {"north": ["CEU", "GBR"], "south": ["YRI"]}
    for given, needed in (
        ({"panel": panel, "populations": of_each}, {"south": 2, "north": 3}),
        ({"panel": panel, "population": "super_pop"}, {"AFR": 2, "EUR": 3}),
    ):
        chosen = choose(given, needed)
        assert chosen.numbers == [2, 3]
        south, north = (
            {chosen.names[index] for index in part}
            for part in (chosen.draws[0][:2], chosen.draws[0][2:])
        )
        assert south < set(NAMES[7:])
        assert north < set(NAMES[:7])


def test_populations_of_the_file_itself():
    populations = {"A": tuple(NAMES[:5]), "B": tuple(NAMES[5:])}
    file = FakeFile(populations=populations)
    assert choose(None, {"B": 7, "A": 5}, file=file).names == [*NAMES[5:], *NAMES[:5]]
    given = {"populations": {"x": ["B"], "y": ["A"]}}
    assert choose(given, {"x": 7, "y": 5}, file=file).names == [*NAMES[5:], *NAMES[:5]]
    assert set(choose({"populations": ["A"]}, file=file).names) < set(NAMES[:5])
    assert "names 'C', but the populations of the file are: A, B" in refusal(
        {"populations": ["C"]}, file=file
    )
    assert refusal(None, {"A": 1, "C": 1}, file=file).endswith(
        "Name those of each simulated population in genomes.<name>.samples.populations"
    )


def test_a_file_without_populations():
    assert refusal(None, {"A": 1, "B": 1}).endswith(
        "not assigned to populations: name those of A, B in genomes.<name>.samples"
    )


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"populations": ["FIN"]}, "names 'FIN', but the populations in column 'pop' are: CEU, G"),
        ({"populations": ["EUR"]}, "but column 'super_pop' has: set genomes.<name>.samples.pop"),
        ({"population": "region"}, "has no column named 'region', but sample, pop, super_pop, ge"),
        ({"sample": "name"}, "set genomes.<name>.samples.sample to one of them"),
    ],
)
def test_what_a_panel_does_not_have_is_refused(given, message, panel):
    said = refusal({"panel": panel, **given})
    assert message in said
    assert panel in said


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", ": is empty"),
        ("i0\tCEU\ni1\tCEU\n", ": its first line has no column named 'sample', but i0, CEU"),
        ("sample\tpop\ni0\tCEU\ni1\n", ":3: has 1 columns, but the first line has 2: correct it"),
        ("sample\tpop\ni0\tA\ni1\tA\ni0\tB\n", ":4: has i0 again, after line 2"),
        ("sample\tpop\tpop\ni0\tA\tA\n", ": its first line has several columns named 'pop'"),
        ("sample pop\ni0 .\n", ": column 'pop' has no population"),
        (
            "sample pop\nx A\ny A\n",
            ": none of its 2 individuals of A (x, y) is in mine.vcf, which ",
        ),
    ],
)
def test_panels_that_cannot_be_used_are_refused(text, message, tmp_path):
    path = str(write(tmp_path / "odd.panel", text))
    assert refusal({"panel": path}).startswith(f"{path}{message}")


def test_too_few_of_a_population_are_refused(panel):
    message = refusal({"panel": panel, "populations": ["YRI"]}, needed=6)
    assert "has 5 samples to choose from (diploid on 1), and the net reads 12" in message
    message = refusal({"panel": panel, "population": "super_pop"}, {"EUR": 7, "AFR": 6})
    assert "has 5 samples of AFR to choose from" in message


# Draws -------------------------------------------------------------------------------------------


def test_draws_differ_and_the_first_is_that_of_one_draw():
    once, often = choose(), choose(draws=5)
    sets = [[often.names[index] for index in each] for each in often.draws]
    assert sets[0] == [once.names[index] for index in once.draws[0]]
    assert len({tuple(each) for each in sets}) > 1
    assert often.names == sorted({name for each in sets for name in each}, key=NAMES.index)
    # One of each quarter of the file.
    assert all([NAMES.index(name) // 3 for name in each] == [0, 1, 2, 3] for each in sets)
    assert choose(draws=5) == often
    assert choose(draws=5, seed=2) != often


def test_draws_of_several_populations(panel):
    given = {"panel": panel, "population": "super_pop"}
    chosen = choose(given, {"AFR": 2, "EUR": 3}, draws=4)
    for draw in chosen.draws:
        names = [chosen.names[index] for index in draw]
        assert set(names[:2]) < set(NAMES[7:])
        assert set(names[2:]) < set(NAMES[:7])


@pytest.mark.parametrize("individuals", [None, NAMES[:4]])
def test_draws_of_all_are_refused(individuals):
    needed = 12 if individuals is None else 4
    message = refusal(individuals, needed, draws=3)
    assert "genomes.<name>.draws is 3, but there are no more than the " in message
    assert f"{needed} individuals that the net reads" in message


# Fewer -------------------------------------------------------------------------------------------


def test_fewer_are_used_where_nets_can_do_with_fewer():
    chosen = choose(needed=20, fewest=10)
    assert (chosen.names, chosen.how) == (NAMES, "all")
    assert chosen.samples == make_samples(12, 2)
    chosen = choose(NAMES[3:8], needed=20, fewest=10)
    assert (chosen.names, chosen.samples) == (NAMES[3:8], make_samples(5, 2))
    chosen = choose(needed=20, fewest=10, file=FakeFile({"1": [1] * 11 + [2]}))
    assert (len(chosen.names), chosen.samples) == (10, make_samples(5, 2))
    assert choose(fewest=4).samples == make_samples(4, 2)


def test_fewer_than_the_fewest_are_refused():
    assert "and the net reads 40 haplotypes, 26 at least, such as" in refusal(needed=20, fewest=26)
    file = FakeFile({"1": [1] * 12})
    assert "the net reads 40 haplotypes" in refusal(needed=20, fewest=10, file=file, phased=False)
