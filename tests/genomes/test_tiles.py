"""Windows are where contigs have sites, every step."""

import numpy as np
import pytest
from helpers.data import make_samples

from coalflow.core.errors import CoalflowError
from coalflow.genomes.contigs import Contig
from coalflow.genomes.tiles import tile_contigs


def contig(name, sites):
    return contig_at(range(1, sites + 1), name)


def test_windows_begin_every_step_of_each_contig():
    contigs = [contig("1", 10), contig("short", 3), contig("2", 4)]
    tiled = tile_contigs(contigs, sites=4, step=2)
    assert [(one.name, tiles.first.tolist()) for one, tiles in tiled] == [
        ("1", [0, 2, 4, 6]),
        ("2", [0]),
    ]


def contig_at(positions, name="1"):
    alleles = np.zeros((len(positions), 4), np.uint8)
    return Contig(name, np.array(positions), alleles, None, make_samples(4, ploidy=1))


@pytest.mark.parametrize("step", [1, 3, 10, 14])
def test_windows_of_bases_hold_the_sites_that_lie_there(step):
    generator = np.random.default_rng(step)
    positions = np.sort(generator.choice(np.arange(50, 150), size=12, replace=False))
    ((_, tiles),) = tile_contigs([contig_at(positions)], 99, step, length=10)
    start = positions[0] - 1
    starts = [*range(start, positions[-1] - 10 + 1, step)]
    assert tiles.start.tolist() == starts
    assert (tiles.end - tiles.start == 10).all()
    for first, count, left in zip(tiles.first, tiles.count, starts, strict=True):
        # A VCF counts bases from 1, so base p of it is [p - 1, p).
        inside = [i for i, position in enumerate(positions) if left <= position - 1 < left + 10]
        assert list(range(first, first + count)) == inside
    assert tiles.count[0] > 0
    assert tiles.end[-1] <= positions[-1]


def test_windows_of_bases_without_a_site_are_kept():
    ((_, tiles),) = tile_contigs([contig_at([1, 100])], 4, 10, length=10)
    assert tiles.count.tolist() == [1, *[0] * 8, 1]


def test_contigs_too_short_for_a_window_of_bases_are_left_out():
    contigs = [contig_at([5, 20], "short"), contig_at([], "empty"), contig_at([5, 30], "long")]
    ((one, tiles),) = tile_contigs(contigs, 4, 5, length=25)
    assert (one.name, tiles.start.tolist()) == ("long", [4])
    with pytest.raises(CoalflowError, match=r"reads 27 bases.* has 26\. .*sequence_length"):
        tile_contigs(contigs, 4, 5, length=27)


def test_tiles_can_be_chosen():
    ((_, tiles),) = tile_contigs([contig_at(range(1, 41))], 4, 4)
    assert len(tiles[2:5]) == 3
    assert tiles[2:5].start.tolist() == tiles.start.tolist()[2:5]


def test_genome_without_a_window_is_refused():
    with pytest.raises(CoalflowError, match="reads 4 sites.* has 3"):
        tile_contigs([contig("1", 3), contig("2", 1)], sites=4, step=1)
