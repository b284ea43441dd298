import numpy as np
import pytest
from helpers.data import make_observation, make_samples
from helpers.scans import ContigInMemory
from matplotlib.figure import Figure

from coalflow.report.figures.regions import haplotypes
from coalflow.report.figures.regions.haplotypes import draw_haplotypes, make_haplotype_image


def make_contig(positions, alleles, samples=None):
    """Return a contig; ``alleles`` has a text of 0 and 1 for each haplotype."""
    matrix = np.array([[int(allele) for allele in text] for text in alleles], np.uint8).T
    contig = ContigInMemory(np.array(positions), 1000, "1", None, matrix)
    contig.samples = samples or contig.samples
    return contig


def make_image(contig, stretch=(0, 120), centre=(0, 120), **observation):
    return make_haplotype_image(contig, stretch, centre, make_observation(**observation))


def test_alleles_are_in_the_column_of_their_position():
    contig = make_contig([1, 61, 120, 121], ["1001", "1101", "0111"])
    image = make_image(contig, polarised=True)
    assert image.shares.shape == (3, haplotypes.FEWEST_COLUMNS)  # a base each
    assert np.flatnonzero(image.is_site).tolist() == [0, 60, 119]
    rows = [tuple(row) for row in image.shares[:, image.is_site].tolist()]
    assert sorted(rows) == [(0, 1, 1), (1, 0, 0), (1, 1, 0)]
    assert (image.sites, image.left_out, image.rows) == (3, 0, "haplotypes")


def test_without_polarisation_the_rarer_allele_is_dark():
    contig = make_contig([1, 61], ["10", "10", "11", "00"])
    image = make_image(contig, polarised=False)
    shown = image.shares[:, image.is_site]
    assert sorted(map(tuple, shown.tolist())) == [(0, 0), (0, 0), (0, 1), (1, 0)]


def test_similar_haplotypes_are_next_to_each_other_by_the_centre():
    contig = make_contig([1, 2, 3, 100], ["1110", "0001", "1110", "0001"])
    image = make_image(contig, centre=(0, 50), polarised=True)
    first = image.shares[:, 0].tolist()
    assert first in ([1, 1, 0, 0], [0, 0, 1, 1])


def test_without_phase_rows_are_individuals():
    contig = make_contig([1, 2], ["11", "01", "00", "00"], make_samples(2))
    image = make_image(contig, polarised=True, phased=False)
    assert image.rows == "individuals"
    assert sorted(image.shares[:, 0].tolist()) == [0, 0.5]


def test_populations_stay_together():
    samples = make_samples({"A": 2, "B": 1}, ploidy=1)
    contig = make_contig([1, 2], ["10", "10", "01"], samples)
    image = make_image(contig, polarised=True)
    assert image.populations == [("A", 2), ("B", 1)]
    assert image.shares[:, 0].tolist() == [1, 1, 0]


def test_many_sites_are_read_some_at_a_time_with_the_same_result(monkeypatch):
    generator = np.random.default_rng(1)
    alleles = generator.integers(0, 2, (2000, 10), dtype=np.uint8)
    contig = ContigInMemory(np.arange(1, 2001), 2000, "1", None, alleles)
    first = make_image(contig, (0, 2000), (900, 1100), polarised=True)
    monkeypatch.setattr(haplotypes, "MOST_AT_ONCE", 77)
    second = make_image(contig, (0, 2000), (900, 1100), polarised=True)
    assert np.array_equal(first.shares, second.shares)
    assert first.shares.shape == (10, haplotypes.MOST_COLUMNS)
    assert np.nanmean(first.shares) == pytest.approx(alleles.mean(), abs=0.01)


def test_where_sites_are_crowded_rare_alleles_are_left_out():
    alleles = np.zeros((1000, 40), np.uint8)
    alleles[:, 0] = 1  # .025
    alleles[::2, :2] = 1  # .05
    contig = ContigInMemory(np.arange(1, 1001), 1000, "1", None, alleles)
    image = make_image(contig, (0, 1000), (0, 1000), polarised=True)
    assert (image.sites, image.left_out) == (500, 500)
    assert "500 whose rarer allele is below 5 %" in haplotypes.describe_haplotypes(image, True)


def test_a_stretch_without_sites_is_blank():
    image = make_image(make_contig([500], ["1", "0"]), polarised=True)
    assert not image.is_site.any()
    axis = Figure().subplots()
    draw_haplotypes(axis, image)
    assert (np.asarray(axis.images[0].get_array()) == 255).all()


def test_more_rows_than_the_image_has_are_merged():
    generator = np.random.default_rng(2)
    alleles = generator.integers(0, 2, (30, 1001), dtype=np.uint8)
    contig = ContigInMemory(np.arange(1, 31), 30, "1", None, alleles)
    image = make_image(contig, (0, 30), (0, 30), polarised=True)
    axis = Figure().subplots()
    draw_haplotypes(axis, image)
    assert axis.images[0].get_array().shape[0] == 251
