"""How a genome is cut into parts: all of it is read, nothing twice, and all parts are as large."""

import itertools

import numpy as np
import pytest
from helpers.data import PROPERTY, make_samples
from helpers.genomes import make_options
from hypothesis import given
from hypothesis import strategies as st

from coalflow.core.errors import CoalflowError
from coalflow.core.files import write_json
from coalflow.genomes.genotypes.sites import BASES, RecordBlock
from coalflow.genomes.plan import MOST_POSITION, plan_genome, read_plan
from coalflow.genomes.readers.genome_file import FileContig, GenomeFile


class InMemory(GenomeFile):
    """A file with records at some positions of contigs, all of them the same site."""

    format = "memory"

    def __init__(self, lengths, positions, can_seek=True):
        self.path, self.individuals, self.can_seek = "memory", ["a", "b"], can_seek
        self.contigs = [FileContig(*each) for each in lengths.items()]
        self._positions = positions

    def read_blocks(self, individuals, ancestral=None, region=None, most_records=1000):
        for contig, positions in self._positions.items():
            bases = np.array(positions, dtype=np.int64)
            if region is not None:
                within = (bases > region.start) & (bases <= region.end)
                bases = bases[within & (contig == region.contig)]
            for start in range(0, len(bases), most_records):
                yield make_block(contig, bases[start : start + most_records], len(individuals))

    def list_fields(self):
        return ["GT"]


def make_block(contig, positions, individuals):
    records = len(positions)
    return RecordBlock(
        contig=contig,
        positions=positions,
        alleles=np.tile(np.array([0, 1], dtype=np.int8), (records, individuals, 1)),
        phased=np.ones((records, individuals), dtype=bool),
        phase_sets=None,
        has_genotypes=np.ones(records, dtype=bool),
        texts=[("A", "T")] * records,
        bases=np.array([[BASES["A"], BASES["T"]]] * records, dtype=np.int8),
        filters=[()] * records,
        ancestral=[""] * records,
    )


def plan(file, parts):
    return plan_genome(file, make_samples(2, 2), make_options(), phased=True, parts=parts)


@PROPERTY
@given(
    lengths=st.lists(st.integers(1, 10_000), min_size=1, max_size=6),
    parts=st.integers(2, 20),
)
def test_every_base_is_read_by_one_part(lengths, parts):
    named = {f"c{index}": length for index, length in enumerate(lengths)}
    planned = plan(InMemory(named, {name: [1] for name in named}), parts)
    assert len(planned.parts) == parts
    regions = [*itertools.chain(*planned.parts)]
    for name, length in named.items():
        own = [each for each in regions if each.contig == name]
        assert [own[0].start, own[-1].end] == [0, MOST_POSITION]
        assert all(one.end == other.start for one, other in itertools.pairwise(own))
        assert own[-1].start < length
    sizes = [
        sum(min(each.end, named[each.contig]) - each.start for each in part)
        for part in planned.parts
    ]
    assert max(sizes) - min(sizes) <= 1


def test_contigs_without_records_are_in_no_part():
    file = InMemory({"1": 100, "2": 10**9, "3": 100}, {"1": [5], "3": [7]})
    regions = [[each.contig for each in part] for part in plan(file, 2).parts]
    assert regions == [["1"], ["3"]]
    assert [each.name for each in plan(file, 2).contigs] == ["1", "2", "3"]


def test_contigs_stay_whole_where_a_length_is_not_known():
    file = InMemory({"1": 100, "2": None, "3": 100, "4": 5}, dict.fromkeys("1234", [5]))
    regions = [[each.contig for each in part] for part in plan(file, 2).parts]
    assert regions == [["1", "2"], ["3", "4"]]


def test_a_file_that_is_read_in_one_pass_is_read_by_the_first_part():
    planned = plan(InMemory({"1": 100}, {"1": [5]}, can_seek=False), 3)
    assert planned.in_one_pass
    assert planned.parts == ((), (), ())


def test_a_plan_is_read_as_it_was_written(tmp_path):
    planned = plan(InMemory({"1": 100, "2": None}, {"1": [5], "2": [7]}), 2)
    path = tmp_path / "plan.json"
    write_json(path, planned.as_json())
    assert read_plan(path) == planned
    path.write_text(path.read_text().replace("memory", "disk"))
    with pytest.raises(CoalflowError, match=r"plan\.json"):
        read_plan(path)


def test_one_job_reads_a_whole_file_without_its_index():
    assert plan(InMemory({"1": 100}, {"1": [5]}), 1).in_one_pass
    assert not plan(InMemory({"1": 100}, {"1": [5]}), 2).in_one_pass
