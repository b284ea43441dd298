"""Contig stores: what was read of a genome comes back, however it was cut and read."""

import numpy as np
import pytest
from helpers.data import PROPERTY, make_observation, make_samples
from helpers.genomes import make_options, read_genome, record, vcf, write
from hypothesis import given
from hypothesis import strategies as st

from coalflow.core.errors import CoalflowError
from coalflow.genomes.opening import open_genome
from coalflow.genomes.plan import plan_genome
from coalflow.genomes.readers.formats import open_genome_file
from coalflow.genomes.reading import read_part
from coalflow.genomes.store import stored_contigs
from coalflow.genomes.store.contig_store import open_store

GENOTYPES = st.sampled_from(["0|0", "0|1", "1|1", ".|.", "1|.", "1", "."])


@st.composite
def texts(draw):
    """Return a VCF with two individuals, several contigs and all kinds of genotypes."""
    lines = []
    for contig in ("1", "2"):
        positions = sorted(draw(st.lists(st.integers(1, 40), max_size=25)))
        lines += [
            record(position, draw(GENOTYPES), draw(GENOTYPES), draw(GENOTYPES), contig=contig)
            for position in positions
        ]
    lines.append(record(50, "0|1", "0|0", "1|1", contig="3"))
    return vcf(*lines, names=("a", "b", "c"))


def read_store(path, folder, observation, options, most_records=1000):
    """Read a genome through a store, in blocks of that many records."""
    samples = make_samples(3, 2)
    file = open_genome_file(path)
    plan = plan_genome(file, samples, options, observation.phased, parts=1)
    store = folder / "000.npz"
    read_part(file, plan, 0, options, store, most_records)
    return store, open_genome([store], plan, samples, observation, options)


@PROPERTY
@given(text=texts(), missing=st.sampled_from([0, 0.1]))
def test_blocks_do_not_matter(tmp_path_factory, text, missing):
    """Nor does it matter how many sites are taken from the disk at a time."""
    folder = tmp_path_factory.mktemp("genome")
    path = write(folder / "genome.vcf", text)
    observation, options = make_observation(missing=missing), make_options(["a", "b", "c"])
    whole, description = read_genome(path, make_samples(3, 2), observation, options)
    contents = set()
    for most in (1, 7, 10_000):
        store, genome = read_store(path, folder, observation, options, most)
        contents.add(store.read_bytes())
        assert genome.description == description
        for contig in genome.contigs:
            pieces = [contig.read_sites(site, site + 1) for site in range(contig.sites)]
            assert [piece.positions[0] for piece in pieces] == contig.read_positions(
                0, contig.sites
            ).tolist()
            for expected in (each for each in whole if each.name == contig.name):
                rows = np.concatenate([piece.haplotypes for piece in pieces])
                assert np.array_equal(rows, expected.haplotypes)
                bases = np.arange(60)
                before = np.searchsorted(expected.positions - 1, bases)
                assert np.array_equal(contig.count_sites_before(bases), before)
    assert len(contents) == 1


def test_stretches_do_not_matter(tmp_path, monkeypatch):
    """A contig is taken from the disk in stretches, whose borders do not show."""
    random = np.random.default_rng(1)
    kinds = ["0|0", "0|1", "1|1", "1", ".|."]
    lines = [
        record(position, *random.choice(kinds, 3, p=[0.4, 0.3, 0.2, 0.05, 0.05]))
        for position in range(1, 200)
    ]
    path = write(tmp_path / "genome.vcf", vcf(*lines, names=("a", "b", "c")))
    given = (tmp_path, make_observation(missing=0.1), make_options(["a", "b", "c"]))
    _, whole = read_store(path, *given)
    monkeypatch.setattr(stored_contigs, "MOST_ROWS", 7)
    _, cut = read_store(path, *given)
    assert cut.description == whole.description
    (one,), (other,) = whole.contigs, cut.contigs
    for first, last in ((0, one.sites), (3, 20), (6, 7), (5, 5)):
        left, right = one.read_sites(first, last), other.read_sites(first, last)
        assert np.array_equal(left.positions, right.positions)
        assert np.array_equal(left.haplotypes, right.haplotypes)
        assert np.array_equal(left.called, right.called)
    bases = np.arange(250)
    assert np.array_equal(one.count_sites_before(bases), other.count_sites_before(bases))


@pytest.mark.parametrize("place", [0, 26, 400, -30])
def test_damage_is_refused(place, tmp_path):
    text = vcf(*(record(position, "0|1", "0|0", "1|1") for position in range(1, 90)), names="abc")
    path = write(tmp_path / "genome.vcf", text)
    store, _ = read_store(path, tmp_path, make_observation(), make_options(["a", "b", "c"]))
    content = bytearray(store.read_bytes())
    content[place] ^= 0xFF
    store.write_bytes(bytes(content))
    with pytest.raises(CoalflowError, match="not the whole of what was read"):
        open_store(store)


def test_nothing_is_left_of_a_store_that_was_not_finished(tmp_path):
    text = vcf(record(10, "0|1", "0|0", "1|1"), record(5, "0|1", "0|0", "1|1"), names="abc")
    path = write(tmp_path / "genome.vcf", text)
    (tmp_path / "out").mkdir()
    with pytest.raises(CoalflowError, match="sort"):
        read_store(path, tmp_path / "out", make_observation(), make_options(["a", "b", "c"]))
    assert list((tmp_path / "out").iterdir()) == []
