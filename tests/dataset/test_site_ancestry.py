"""The true ancestry of rows at each site that models see."""

import numpy as np
import pytest
from helpers.data import make_encoding, make_observation

from coalflow.config.schema.samples import Samples
from coalflow.config.schema.targets import StatisticTarget, Targets
from coalflow.config.settings.view import View
from coalflow.dataset.site_ancestry import find_site_ancestry, unpack_site_ancestry
from coalflow.windows.ancestry import Runs
from coalflow.windows.encoding import encode_shard, locate_sites
from coalflow.windows.shards import ShardMeta, ShardWriter, read_shard

SAMPLES = Samples(individuals=(("afr", 3), ("eur", 4)), ploidy=2)
LENGTH, REPLICATES, HAPLOTYPES = 1000.0, 5, 14
TARGET = StatisticTarget(statistic="introgression", of=("eur", "nea"), mode="branch", at_sites=True)


def make_view(**changes):
    encoding = {"pad": True, "length": 1000, "order": "sampled", "sites": 20, **changes}
    phased = encoding.pop("phased", True)
    individuals = encoding.pop("individuals", {})
    observation = make_observation(polarised=True, phased=phased, individuals=individuals)
    return View(
        observation=observation,
        encoding=make_encoding(**encoding),
        samples=observation.observe(SAMPLES),
        targets=Targets(definitions={"ancestry": TARGET}),
    )


@pytest.fixture(scope="module")
def shard(tmp_path_factory):
    """Return a shard whose ancestry shows in the alleles: those with it have allele 1."""
    random = np.random.default_rng(1)
    writer = ShardWriter()
    for index in range(REPLICATES):
        positions = np.sort(random.choice(int(LENGTH), 12 + 6 * index, replace=False)) + 0.5
        left = random.integers(0, 600, 8).astype(float)
        right = left + 300
        alleles = np.zeros((len(positions), HAPLOTYPES), bool)
        alleles[:, 6:] = (left <= positions[:, None]) & (positions[:, None] < right)
        alleles[:, 0] = ~alleles.any(axis=1)  # so that all sites segregate
        writer.add_alleles(alleles, positions, index, index)
        writer.add_ancestry(Runs(np.arange(6, 14, dtype=np.int32), left, right))
    meta = ShardMeta(cell="all", samples=SAMPLES)
    path = tmp_path_factory.mktemp("shard") / "0.npz"
    writer.write(path, {"parameter/sequence_length": np.full(REPLICATES, LENGTH)}, meta)
    return read_shard(path)


ROWS = np.array([3, 0, 4, 3])


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"sites": 60},
        {"stretch": "first"},
        {"stretch": "random", "seed": 5},
        {"length": 400},
        {"length": 400, "stretch": "first", "sites": 60},
        {"individuals": {"afr": 2, "eur": 3}},
    ],
)
def test_ancestry_is_that_of_the_sites_and_haplotypes_that_are_seen(shard, changes):
    view = make_view(**changes)
    windows = encode_shard(shard, ROWS, view.encoding, view.observation)
    rows = windows.rows - dict(windows.populations)["afr"]
    ancestry = unpack_site_ancestry(find_site_ancestry(shard, ROWS, view), rows)
    # By how the shard was made, alleles of eur are 1 where the ancestry is.
    expected = windows.haplotypes[:, :, -rows:].astype(bool)
    np.testing.assert_array_equal(ancestry, expected)
    assert ancestry.any() and not ancestry.all()


def test_individuals_have_the_ancestry_that_one_of_their_haplotypes_has(shard):
    phased, unphased = make_view(), make_view(phased=False)
    haplotypes = unpack_site_ancestry(find_site_ancestry(shard, ROWS, phased), 8)
    individuals = unpack_site_ancestry(find_site_ancestry(shard, ROWS, unphased), 4)
    np.testing.assert_array_equal(individuals, haplotypes[:, :, ::2] | haplotypes[:, :, 1::2])


def test_padding_does_not_count(shard):
    view = make_view(sites=60)
    packed = find_site_ancestry(shard, ROWS, view)
    _, mask = locate_sites(shard, ROWS, view.encoding, view.observation)
    counted = np.unpackbits(packed[:, :, : packed.shape[2] // 2], axis=2, count=8)
    np.testing.assert_array_equal(counted, mask[:, :, None].repeat(8, axis=2))


def test_located_sites_are_those_that_are_encoded(shard):
    view = make_view(sites=60)
    windows = encode_shard(shard, ROWS, view.encoding, view.observation)
    bases, mask = locate_sites(shard, ROWS, view.encoding, view.observation)
    np.testing.assert_array_equal(mask, windows.mask)
    np.testing.assert_allclose(bases / LENGTH, windows.positions, atol=1e-6)
