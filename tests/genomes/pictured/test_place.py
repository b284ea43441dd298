import numpy as np
import pytest
from helpers.data import make_encoding
from helpers.genomes import keep, make_options, record, vcf, write
from helpers.models import make_view

from coalflow.config.schema.interpreting.explain import GenomePlace
from coalflow.core.errors import CoalflowError
from coalflow.genomes.pictured.place import read_place

NAMES = ("a", "b", "c")


@pytest.fixture
def view():
    return make_view().model_copy(update={"encoding": make_encoding(sites=4, order="sampled")})


@pytest.fixture
def genome(tmp_path, view):
    """Eight sites on a contig, and three on another."""
    sites = [(10 * i, "1") for i in range(1, 9)] + [(10 * i, "2") for i in range(1, 4)]
    records = [
        record(position, "0|1", "0|0", f"{i % 2}|0", contig=contig, info="AA=A")
        for i, (position, contig) in enumerate(sites)
    ]
    path = write(tmp_path / "genome.vcf", vcf(*records, names=NAMES))
    options = make_options(step=1)
    keep(path, tmp_path, view.samples, options, phased=True)
    return tmp_path, options


def read(genome, view, contig, position):
    folder, options = genome
    return read_place(folder, GenomePlace("mine", contig, position), view, options)


def test_the_window_around_a_base_is_read(genome, view):
    windows, where = read(genome, view, "1", 46)
    assert where == "1:30-60"
    assert len(windows) == 1
    np.testing.assert_allclose(windows.positions[0], np.arange(4) / 3, rtol=1e-6)
    assert windows.haplotypes[0].tolist() == [[0, 1, 0, 0, i % 2, 0] for i in range(2, 6)]


@pytest.mark.parametrize(
    ("contig", "position", "message"),
    [
        ("", 46, "has 2 contigs: name one, as in genome:mine:1:46"),
        ("3", 46, "has no usable contig 3"),
        ("1", 500, "has no window with base 500 of contig 1"),
        ("2", 15, "has too few usable sites for the nets"),
    ],
)
def test_a_base_without_a_window_is_refused(genome, view, contig, position, message):
    with pytest.raises(CoalflowError) as caught:
        read(genome, view, contig, position)
    assert message in str(caught.value)
