"""Tree sequences as genomes: individuals, populations, positions and alleles are the file's own."""

import shutil

import msprime
import numcodecs
import numpy as np
import pytest
import tskit
import tszip
from helpers.cases import CASES
from helpers.genome_files import list_records, read_records

from coalflow.core.errors import CoalflowError
from coalflow.genomes.genotypes.sites import USABLE, Rules, judge_block
from coalflow.genomes.readers.formats import open_genome_file
from coalflow.genomes.readers.genome_file import FileContig, Region
from coalflow.genomes.readers.simulated_sites import place_on_bases
from coalflow.genomes.readers.tree_sequence import TreeSequenceFile

LENGTH = 20_000


def simulate(samples=5, rate=1e-7, model=None, discrete=True, ploidy=2, **options):
    trees = msprime.sim_ancestry(
        samples,
        sequence_length=LENGTH,
        recombination_rate=1e-8,
        population_size=None if "demography" in options else 1000,
        ploidy=ploidy,
        random_seed=1,
        **options,
    )
    return msprime.sim_mutations(
        trees, rate=rate, random_seed=2, model=model, discrete_genome=discrete
    )


def edit(trees, change):
    tables = trees.dump_tables()
    change(tables)
    return tables.tree_sequence()


def dump(folder, trees, name="a.trees"):
    trees.dump(folder / name)
    return folder / name


def refusal(path, **options):
    with pytest.raises(CoalflowError) as caught:
        read_records(path, **options)
    assert "\n" not in str(caught.value)
    assert str(caught.value).startswith(f"{path}: ")
    return str(caught.value).removeprefix(f"{path}: ")


def with_metadata(trees, metadata):
    """Return trees whose individuals have this metadata, a dict each."""

    def change(tables):
        rows = [*tables.individuals]
        tables.individuals.metadata_schema = tskit.MetadataSchema.permissive_json()
        tables.individuals.clear()
        for row, each in zip(rows, metadata, strict=True):
            tables.individuals.append(row.replace(metadata=each))

    return edit(trees, change)


def split_demography(size=1000):
    demography = msprime.Demography()
    for name in "ABC":
        demography.add_population(name=name, initial_size=size)
    demography.add_population_split(time=500, derived=["A", "B"], ancestral="C")
    return demography


# Genotypes, alleles and positions -----------------------------------------------------------------


@pytest.mark.parametrize("most", [1, 7, 10_000])
def test_records_are_the_sites_of_tskit(tmp_path, most):
    trees = simulate()
    found = read_records(dump(tmp_path, trees), most_records=most)
    assert len(found) == trees.num_sites > 10
    for record, variant in zip(found, trees.variants(), strict=True):
        contig, position, genotypes, phased, sets, texts, _, filters, ancestral = record
        assert (contig, position - 1) == ("1", variant.position)
        assert genotypes == variant.genotypes.reshape(-1, 2).tolist()
        assert texts == tuple(variant.alleles)
        assert (phased, sets, filters, ancestral) == ([True] * 5, None, ("PASS",), "")


def test_individuals_are_those_chosen_in_their_order(tmp_path):
    trees = simulate()
    found = read_records(dump(tmp_path, trees), ["tsk_3", "tsk_0"])
    genotypes = trees.genotype_matrix().reshape(-1, 5, 2)[:, [3, 0]]
    texts = [variant.alleles for variant in trees.variants()]
    for record, expected, alleles in zip(found, genotypes, texts, strict=True):
        # Alleles that none of them has are not listed.
        assert [[(record[5] or alleles)[each] for each in one] for one in record[2]] == [
            [alleles[each] for each in one] for one in expected
        ]


@pytest.mark.parametrize(
    "region", [Region("1", 5000, 15_000), Region("1", 0, 4000), Region("1", 12_000, LENGTH)]
)
def test_a_region_has_its_records_and_no_others(tmp_path, region):
    path = dump(tmp_path, simulate())
    expected = [each for each in read_records(path) if region.start < each[1] <= region.end]
    assert expected
    assert read_records(path, region=region, most_records=4) == expected
    first = expected[0][1]
    assert read_records(path, region=Region("1", first - 1, first)) == expected[:1]
    assert read_records(path, region=Region("1", first, first)) == []
    assert read_records(path, region=Region("2", 0, LENGTH)) == []


def test_sites_of_a_continuous_genome_stay_apart(tmp_path):
    trees = simulate(rate=2e-5, discrete=False)
    assert len(np.unique(np.floor(trees.sites_position))) < trees.num_sites
    positions = np.array([each[1] for each in read_records(dump(tmp_path, trees))])
    assert (np.diff(positions) > 0).all()
    assert np.abs(positions - 1 - np.floor(trees.sites_position)).max() < 20
    assert positions.max() <= LENGTH


def test_sites_are_on_the_base_that_they_fall_on():
    assert place_on_bases(np.array([0.0, 3.9, 5.0]), 6, "a").tolist() == [0, 3, 5]
    assert place_on_bases(np.array([5.1, 5.2, 5.3]), 5.5, "a").tolist() == [3, 4, 5]
    assert place_on_bases(np.array([]), 5, "a").tolist() == []
    with pytest.raises(CoalflowError, match="a: has 3 sites on 2 bases: give the length in bases"):
        place_on_bases(np.array([0.1, 0.2, 0.3]), 2, "a")


def test_isolated_samples_are_missing(tmp_path):
    trees = simulate()
    child = trees.delete_intervals([[0, 10_000]], simplify=False)
    tables = child.dump_tables()
    site = tables.sites.add_row(5.0, "A")
    tables.mutations.add_row(site, 3, "T")
    tables.sort()
    found = read_records(dump(tmp_path, tables.tree_sequence()))
    assert found[0][1:3] == (6, [[-1, -1], [-1, 1], [-1, -1], [-1, -1], [-1, -1]])
    assert found[0][5] == ("A", "T")
    assert len(found) == child.num_sites + 1


def judged(path, ancestral="REF"):
    """Return how many records are usable sites."""
    file = open_genome_file(path)
    rules = Rules(None, ancestral=ancestral)
    blocks = [judge_block(each, rules) for each in file.read_blocks(file.individuals, ancestral)]
    return sum(int((block.reasons == USABLE).sum()) for block in blocks)


@pytest.mark.parametrize(
    "model", [msprime.BinaryMutationModel(), msprime.SLiMMutationModel(type=1), msprime.JC69()]
)
def test_sites_are_usable_whatever_states_are_called(tmp_path, model):
    """SLiM's are the numbers of mutations, behind an empty ancestral state."""
    trees = simulate(model=model)
    two = [set(row) == {0, row.max()} and row.max() > 0 for row in trees.genotype_matrix()]
    assert judged(dump(tmp_path, trees)) == sum(two) > 10


def test_numbers_of_mutations_become_states(tmp_path):
    tables = simulate().dump_tables()
    tables.sites.clear()
    tables.mutations.clear()
    states = {1: [(0, "17")], 2: [(0, "5"), (1, "5,6")], 3: [(0, "x")]}
    for position, above in states.items():
        site = tables.sites.add_row(position, "" if position < 3 else "A")
        for node, state in above:
            tables.mutations.add_row(site, node, state)
    path = dump(tmp_path, tables.tree_sequence())
    assert [each[5] for each in read_records(path)] == [("0", "1"), ("0", "5", "5,6"), ("A", "X")]
    assert [each[5] for each in read_records(path, ["tsk_3"])] == [()] * 3


def test_a_mutation_that_others_replaced_is_not_carried(tmp_path):
    tables = simulate().dump_tables()
    tables.sites.clear()
    tables.mutations.clear()
    site = tables.sites.add_row(1, "")
    first = tables.mutations.add_row(site, 0, "5", time=2.0)
    tables.mutations.add_row(site, 0, "5,6", time=1.0, parent=first)
    times = tables.nodes.time
    times[tables.edges.parent] += 10
    tables.nodes.time = times
    (record,) = read_records(dump(tmp_path, tables.tree_sequence()))
    assert record[5] == ("0", "5", "1")
    assert record[2][0] == [2, 0]


def test_ancestral_alleles_are_the_first_ones(tmp_path):
    path = dump(tmp_path, simulate())
    assert judged(path) > 10
    assert judged(path, "AA") == judged(path)
    found = read_records(path, ancestral="AA")
    assert [each[-1] for each in found] == [each[5][0] for each in found]
    assert refusal(path, ancestral="XA") == (
        "has no INFO field XA, but the ancestral allele of each site: write `ancestral: AA`"
    )


# Packed files -------------------------------------------------------------------------------------


def test_files_of_tszip_are_read(tmp_path):
    trees = simulate()
    tszip.compress(trees, tmp_path / "a.tsz")
    assert read_records(tmp_path / "a.tsz") == read_records(dump(tmp_path, trees))
    shutil.copy(tmp_path / "a.tsz", tmp_path / "b.trees")
    assert open_genome_file(tmp_path / "b.trees").format == "tree sequence"


def test_a_packed_file_runs_nothing(tmp_path):
    import json
    import pathlib
    import zipfile

    class Program:
        def __reduce__(self):
            return pathlib.Path.touch, (tmp_path / "it ran",)

    tszip.compress(simulate(), tmp_path / "a.tsz")
    for place in ("edges/left/.zarray", ".zmetadata"):
        path = tmp_path / "b.tsz"
        with zipfile.ZipFile(tmp_path / "a.tsz") as old, zipfile.ZipFile(path, "w") as new:
            for name in {*old.namelist()}:
                content = old.read(name)
                if name == "edges/left/.zarray" == place:
                    changed = {"filters": [{"id": "pickle"}], "compressor": None}
                    content = json.dumps(json.loads(content) | changed)
                if name == "edges/left/0":
                    content = numcodecs.Pickle().encode(np.array([Program()], dtype=object))
                new.writestr(name, content)
            if place == ".zmetadata":
                new.writestr(place, "{}")
        message = refusal(path)
        assert "'pickle', which is not read" in message or "has its metadata twice" in message
    assert not (tmp_path / "it ran").exists()


# Individuals and populations ----------------------------------------------------------------------


@pytest.mark.parametrize("key", ["name", "id", "variant_data_sample_id"])
def test_individuals_are_named_by_their_metadata(tmp_path, key):
    trees = with_metadata(simulate(3), [{key: each} for each in ("x", "NA 12", 7)])
    path = dump(tmp_path, trees)
    assert open_genome_file(path).individuals == ["x", "NA 12", "7"]
    assert len(read_records(path, ["7"])[0][2]) == 1


@pytest.mark.parametrize(
    "metadata",
    [[{}, {}, {}], [{"name": "x"}, {"name": "x"}, {"name": "y"}], [{"name": "x"}, {}, {}]],
)
def test_individuals_without_distinct_names_are_named_as_tskit_does(tmp_path, metadata):
    trees = with_metadata(simulate(3), metadata)
    assert TreeSequenceFile(dump(tmp_path, trees)).individuals == ["tsk_0", "tsk_1", "tsk_2"]


def test_individuals_without_samples_are_left_out(tmp_path):
    def change(tables):
        tables.individuals.add_row()
        flags = tables.nodes.flags
        flags[0:2] = 0
        tables.nodes.flags = flags

    assert TreeSequenceFile(dump(tmp_path, edit(simulate(3), change))).individuals == [
        "tsk_1",
        "tsk_2",
    ]


def test_individuals_may_be_of_different_ploidy(tmp_path):
    """The genotypes of the haploid one are shorter than those of others."""
    trees = simulate(3).simplify([0, 1, 2, 4, 5])
    found = read_records(dump(tmp_path, trees))
    assert {tuple(map(len, each[2])) for each in found} == {(2, 1, 2)}
    matrix = trees.genotype_matrix().tolist()
    assert [[g for one in each[2] for g in one] for each in found] == matrix


def test_samples_without_individuals_are_refused(tmp_path):
    def forget(number):
        def change(tables):
            individuals = tables.nodes.individual
            individuals[:number] = -1
            tables.nodes.individual = individuals

        return edit(simulate(3), change)

    assert refusal(dump(tmp_path, forget(6))) == (
        "has 6 samples, but no individuals that they are of, so it is not known which belong "
        "together: docs/genomes.md shows how to add them with tskit"
    )
    assert refusal(dump(tmp_path, forget(2))) == (
        "2 of 6 samples are of no individual, and the others are: simplify it to samples that have "
        "individuals, or add them (docs/genomes.md shows how to add them with tskit)"
    )


def test_populations_are_those_of_the_file(tmp_path):
    trees = simulate({"B": 2, "A": 1}, demography=split_demography())
    file = TreeSequenceFile(dump(tmp_path, trees))
    assert file.populations == {"A": ("tsk_2",), "B": ("tsk_0", "tsk_1")}

    def forget_names(tables):
        count = len(tables.populations)
        tables.populations.metadata_schema = tskit.MetadataSchema(None)
        tables.populations.packset_metadata([b""] * count)

    file = TreeSequenceFile(dump(tmp_path, edit(trees, forget_names)))
    assert file.populations == {"pop_0": ("tsk_2",), "pop_1": ("tsk_0", "tsk_1")}


def test_populations_of_the_case_are_interleaved():
    file = TreeSequenceFile(CASES / "28-trees-populations-interleaved/inter_0.trees")
    assert file.populations == {"A": ("tsk_2", "tsk_3"), "B": ("tsk_0", "tsk_1")}


def test_samples_of_the_past_are_populations_of_their_own(tmp_path):
    trees = simulate([msprime.SampleSet(2), msprime.SampleSet(1, time=500)])
    file = TreeSequenceFile(dump(tmp_path, trees))
    assert file.individuals == ["tsk_0", "tsk_1", "tsk_2"]
    assert file.populations == {"pop_0": ("tsk_0", "tsk_1"), "pop_0@500": ("tsk_2",)}
    # Those of one time are of today, whenever the clock was stopped.
    trees = simulate([msprime.SampleSet(2, time=500)])
    assert TreeSequenceFile(dump(tmp_path, trees)).populations == {"pop_0": ("tsk_0", "tsk_1")}
    file = TreeSequenceFile(CASES / "30-trees-ancient-samples/ancient_0.trees")
    assert {name: len(who) for name, who in file.populations.items()} == {
        "pop_0": 2,
        "pop_0@5000": 2,
    }


def test_migrations_do_not_matter(tmp_path):
    trees = msprime.sim_ancestry(
        {0: 2, 1: 2},
        demography=msprime.Demography.island_model([500, 500], 1e-3),
        sequence_length=LENGTH,
        recombination_rate=1e-8,
        record_migrations=True,
        random_seed=1,
    )
    trees = msprime.sim_mutations(trees, rate=1e-7, random_seed=2)
    assert trees.num_migrations
    path = dump(tmp_path, trees)
    found = read_records(path, region=Region("1", 0, 9000))
    assert len(found) == (trees.sites_position < 9000).sum()


# The contig ---------------------------------------------------------------------------------------


def name_contig(metadata):
    def change(tables):
        tables.metadata_schema = tskit.MetadataSchema.permissive_json()
        tables.metadata = metadata

    return edit(simulate(2), change)


@pytest.mark.parametrize(
    ("metadata", "name"),
    [
        ({}, "1"),
        ({"SLiM": {"this_chromosome": {"symbol": "2L"}}}, "2L"),
        ({"contig": "chr7"}, "chr7"),
        ({"contig": {"a": 1}, "SLiM": 3}, "1"),
    ],
)
def test_the_contig_has_the_name_in_metadata(tmp_path, metadata, name):
    path = dump(tmp_path, name_contig(metadata))
    assert open_genome_file(path).contigs == [FileContig(name, LENGTH)]
    assert read_records(path)[0][0] == name


# What is refused ----------------------------------------------------------------------------------


def test_damaged_files_are_refused(tmp_path):
    path = dump(tmp_path, simulate())
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    assert refusal(path).startswith("is not a whole tree sequence (")
    tables = simulate().dump_tables()
    tables.mutations.derived_state = np.full_like(tables.mutations.derived_state, -35)
    assert "is not a whole tree sequence ('utf-8'" in refusal(
        dump(tmp_path, tables.tree_sequence())
    )
    tszip.compress(simulate(), path)
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    assert "is a damaged zip file" in refusal(path)
    middle = whole.index(b"nodes/time/0") + 60
    path.write_bytes(whole[:middle] + bytes([whole[middle] ^ 1]) + whole[middle + 1 :])
    assert "is not a whole tree sequence (Bad CRC-32" in refusal(path)


def test_lineages_without_a_common_ancestor_are_refused(tmp_path):
    trees = simulate(end_time=100)
    assert "the samples have no common ancestor from 0 to" in refusal(dump(tmp_path, trees))
    case = CASES / "29-trees-not-recapitated/uncoal_0.trees"
    assert "no common ancestor from 0 to 11,757, where the tree has 2 roots" in refusal(case)
    # Of those who are not used, it does not matter.
    apart = simulate({"A": 2, "B": 2}, demography=split_demography(20), end_time=499, rate=1e-5)
    path = dump(tmp_path, apart)
    assert "recapitate it (pyslim.recapitate" in refusal(path)
    assert len(read_records(path, ["tsk_0", "tsk_1"])) == apart.num_sites


def test_files_without_samples_are_refused(tmp_path):
    path = dump(tmp_path, tskit.TableCollection(100).tree_sequence())
    assert "has no samples: a scan needs the genotypes of individuals" in refusal(path)


def test_a_file_without_sites_has_no_records(tmp_path):
    assert read_records(dump(tmp_path, simulate(rate=0))) == []


def test_blocks_are_bounded(tmp_path):
    file = TreeSequenceFile(dump(tmp_path, simulate()))
    blocks = [*file.read_blocks(file.individuals, most_records=4)]
    assert {len(block) for block in blocks[:-1]} == {4}
    assert [row for block in blocks for row in list_records(block)] == read_records(file.path)
