"""What is observed of simulations, and VCF and tree sequence alike."""

import contextlib
from unittest import mock

import cyvcf2
import numpy as np
import pytest
from helpers.data import (
    PROPERTY,
    genotypes,
    make_encoding,
    make_observation,
    make_samples,
    windows_of_alleles,
)
from helpers.genomes import read_genome
from helpers.windows import (
    FOLDED,
    LENGTH,
    POLARISED,
    find_common_alleles,
    make_shard_of_trees,
    make_windows,
    observe,
    simulate_trees,
    unpack,
)
from hypothesis import given
from hypothesis import strategies as st

from coalflow.config.settings.genome_options import GenomeOptions
from coalflow.core import seeds
from coalflow.core.errors import CoalflowError
from coalflow.genomes import vcf_writer
from coalflow.models import batches
from coalflow.windows import encoding, masks, observation


def test_where_nothing_is_lost_nothing_is_copied(shard):
    for changes in ({}, {"phased": False}, {"polarised": True}, {"individuals": {"north": 6}}):
        seen, places = observe(shard, [3, 1], **changes)
        assert seen.haplotypes is shard.haplotypes
        assert seen.positions is shard.positions
        assert seen.called is None
        assert places.tolist() == [3, 1]


def test_without_errors_the_same_sites_can_be_seen():
    noisy = make_observation(
        phased=False,
        missing={"individuals": 3, "per_site": (2, 1)},
        genotype_error=0.1,
        polarised=True,
        polarisation_error=0.1,
        minimum_allele_count=2,
        mask="a.bed",
        individuals={"all": 3},
    )
    kept = {"minimum_allele_count": 2, "mask": "a.bed", "individuals": {"all": 3}}
    assert noisy.without_errors() == make_observation(polarised=True, **kept)


@pytest.mark.parametrize("fewest", [2, 5])
def test_rare_alleles_are_not_seen(shard, fewest):
    seen, _ = observe(shard, minimum_allele_count=fewest)
    copies = np.unpackbits(shard.haplotypes, axis=1, count=20).sum(axis=1)
    kept = np.minimum(copies, 20 - copies) >= fewest
    assert 0 < kept.sum() < len(kept)
    np.testing.assert_array_equal(seen.positions, shard.positions[kept])
    np.testing.assert_array_equal(seen.haplotypes, shard.haplotypes[kept])
    owner = np.repeat(np.arange(40), shard.sites)[kept]
    np.testing.assert_array_equal(seen.sites, np.bincount(owner, minlength=40))


def test_fewer_individuals_are_the_first_of_each_population(shard):
    seen, _ = observe(shard, individuals={"south": 2})
    assert seen.samples == make_samples({"north": 6, "south": 2})
    alleles = np.unpackbits(shard.haplotypes, axis=1, count=20)[:, :16]
    varying = alleles.any(axis=1) & ~alleles.all(axis=1)
    assert not varying.all()
    np.testing.assert_array_equal(unpack(seen.haplotypes, seen), alleles[varying])


def test_each_window_is_given_a_stretch_of_the_mask(shard, tmp_path):
    path = tmp_path / "mask.bed"
    path.write_text("1\t1000\t150000\n1\t300000\t400000\n2\t0\t250000\n")
    seen, _ = observe(shard, mask=str(path))
    mask = masks.read_mask(str(path))
    share = 0
    for replicate in range(40):
        true_sites = slice(*shard.offsets[replicate : replicate + 2])
        left = set(seen.positions[slice(*seen.offsets[replicate : replicate + 2])])
        names = [int(shard.seed[replicate])]
        fraction = seeds.derive_fractions(0, "observation", "mask", names=names)
        (contig,), (base,) = mask.draw_stretches(np.array([200_000.0]), fraction)
        expected = {
            position
            for position in shard.positions[true_sites]
            if any(
                start <= base + int(position) < end
                for start, end in [[(1000, 150_000), (300_000, 400_000)], [(0, 250_000)]][contig]
            )
        }
        assert left == expected
        share += len(left) / 40 / (true_sites.stop - true_sites.start)
    assert 0.5 < share < 0.95


def test_a_mask_that_is_too_short_is_refused(shard, tmp_path):
    path = tmp_path / "short.bed"
    path.write_text("1\t0\t1000\n")
    with pytest.raises(CoalflowError, match=r"no contig has 200,000 bases .* longest has 1,000"):
        observe(shard, mask=str(path))


ALL = {
    "missing": 0.1,
    "genotype_error": 0.02,
    "polarised": True,
    "polarisation_error": 0.1,
    "minimum_allele_count": 2,
    "individuals": {"north": 5},
}


@pytest.mark.parametrize("missing", [0.2, {"individuals": 12, "per_site": (5, 0, 3, 2)}])
def test_a_replicate_is_seen_the_same_alone_and_among_others(shard, monkeypatch, missing):
    errors = {**ALL, "missing": missing}
    together, _ = observe(shard, **errors)
    monkeypatch.setattr(observation, "ALLELES_AT_ONCE", 20 * 20)
    for replicate in (0, 7, 39):
        alone, places = observe(shard, [replicate], **errors)
        assert places.tolist() == [0]
        own_sites = slice(*together.offsets[replicate : replicate + 2])
        for name in ("haplotypes", "called", "positions"):
            expected = getattr(together, name)[own_sites]
            np.testing.assert_array_equal(getattr(alone, name), expected)
    again, _ = observe(shard, **errors)
    np.testing.assert_array_equal(again.called, together.called)


# The same bits from a tree sequence and from its VCF -----------------------------------------


def write_vcf(trees, called, path, phased):
    """Write what tskit writes, with genotypes that are not called, and alleles in any order."""
    vcf_writer.write_vcf(trees, path)
    random = np.random.default_rng(1)
    reader = cyvcf2.VCF(str(path))
    lines = reader.raw_header.splitlines()
    for record, called_at_site in zip(reader, called, strict=True):
        columns = str(record).rstrip("\n").split("\t")
        for number, lost in enumerate(called_at_site == 0):
            alleles = columns[9 + number].split("|")
            if not phased:
                random.shuffle(alleles)
            text = ["."] * len(alleles) if lost else alleles
            columns[9 + number] = ("|" if phased else "/").join(text)
        lines.append("\t".join(columns))
    text = path.with_suffix("").with_suffix(".vcf")
    text.write_text("\n".join(lines) + "\n")
    return text


@PROPERTY
@given(
    phased=st.booleans(),
    polarised=st.booleans(),
    missing=st.booleans(),
    ploidy=st.sampled_from([1, 2, 4]),
    order=st.sampled_from(["sampled", "similarity", "frequency"]),
    fewest=st.integers(1, 2),
    pad=st.booleans(),
    seed=st.integers(1, 3),
)
def test_a_tree_sequence_and_its_vcf_are_encoded_to_the_same_bits(
    tmp_path_factory, phased, polarised, missing, ploidy, order, fewest, pad, seed
):
    samples = make_samples({"north": 3, "south": 5}, ploidy)
    trees = simulate_trees(8, ploidy, seed, rate=3e-7 / ploidy)
    called = np.ones((trees.num_sites, 8), np.uint8)
    if missing:
        called -= np.random.default_rng(seed).random(called.shape) < 0.2
        called[called.sum(axis=1) == 0] = 1
    changes = {"phased": phased, "polarised": polarised, "minimum_allele_count": fewest}
    # Real data have genotypes missing, and none are drawn for them.
    seen_in_file = make_observation(**changes, missing=0.2 if missing else 0)
    encoded = make_encoding(sites=30, order=order, pad=pad, length=LENGTH)

    path = write_vcf(
        trees, called, tmp_path_factory.mktemp("vcf") / "genome.vcf.gz", phased or ploidy == 1
    )
    names = [f"tsk_{number}" for number in range(8)]
    options = GenomeOptions(
        individuals={"south": tuple(names[3:]), "north": tuple(names[:3])},
        ancestral="REF" if polarised else None,
        step=1,
        seed=1,
    )
    ((contig,), description) = read_genome(path, samples, seen_in_file, options)
    window = make_windows(0, len(contig.positions), 0, LENGTH)
    by_vcf = encoding.encode_contig(contig, window, encoded, seen_in_file)

    shard = make_shard_of_trees([trees], samples)
    # What is missing is given, for in the file it was not drawn by the replicate's seed.
    seen = with_missing(shard, np.repeat(called, ploidy, axis=1), fewest) if missing else None
    with (
        mock.patch.object(encoding, "observe_replicates", lambda *_: (seen, np.array([0])))
        if missing
        else (contextlib.nullcontext())
    ):
        by_trees = encoding.encode_shard(shard, np.array([0]), encoded, make_observation(**changes))
    assert by_trees.mask.any()
    assert description.missing == pytest.approx(0.2 if missing else 0, abs=0.05)
    assert by_vcf.rows == (8 * ploidy if phased else 8)
    for ours, theirs in zip(by_trees.arrays, by_vcf.arrays, strict=True):
        assert ours.dtype == theirs.dtype
        assert ours.tobytes() == theirs.tobytes()
    ours, theirs = (
        batches.DeviceWindows(windows, encoded, "cpu").make_batch(slice(None))
        for windows in (by_trees, by_vcf)
    )
    assert [a.numpy().tobytes() for a in ours] == [b.numpy().tobytes() for b in theirs]


def with_missing(shard, called, fewest):
    """Return a shard's sites with these alleles called, as if they had been drawn."""
    number = called.shape[1]
    alleles = np.unpackbits(shard.haplotypes, axis=1, count=number) & called
    kept = find_common_alleles(alleles, called, fewest)
    return observation.ObservedSites(
        np.packbits(alleles[kept], axis=1),
        np.packbits(called[kept], axis=1),
        shard.positions[kept],
        np.array([0, kept.sum()]),
        shard.seed,
        shard.truth["parameter/sequence_length"],
        shard.samples,
    )


# How alleles are coded -----------------------------------------------------------------------


@PROPERTY
@given(windows_of_alleles())
def test_known_ancestry_leaves_alleles_as_they_are(drawn):
    np.testing.assert_array_equal(observation.code_alleles(drawn, None, POLARISED, 1), drawn)


@PROPERTY
@given(windows_of_alleles())
def test_unknown_ancestry_codes_the_rarer_allele_as_1(drawn):
    folded = observation.code_alleles(drawn, None, FOLDED, 1)
    copies = folded.sum(axis=2, dtype=int)
    assert (2 * copies <= drawn.shape[2]).all()
    assert (folded[:, :, 0][2 * copies == drawn.shape[2]] == 0).all()
    np.testing.assert_array_equal(observation.code_alleles(folded, None, FOLDED, 1), folded)
    # Each site is as it was, or turned round as a whole.
    turned = folded ^ drawn
    assert (turned == turned[:, :, :1]).all()


@PROPERTY
@given(windows_of_alleles(), st.data())
def test_unknown_ancestry_does_not_see_which_allele_was_called_1(drawn, data):
    windows, sites, _ = drawn.shape
    bits = data.draw(
        st.lists(st.integers(0, 1), min_size=windows * sites, max_size=windows * sites)
    )
    flips = np.array(bits, np.uint8).reshape(windows, sites, 1)
    np.testing.assert_array_equal(
        observation.code_alleles(drawn ^ flips, None, FOLDED, 1),
        observation.code_alleles(drawn, None, FOLDED, 1),
    )


@PROPERTY
@given(genotypes(), st.booleans(), st.randoms(use_true_random=False))
def test_without_phase_the_order_of_an_individuals_alleles_leaves_no_trace(drawn, known, random):
    alleles, called, ploidy = drawn
    shuffled = alleles.reshape(*alleles.shape[:2], -1, ploidy).copy()
    for genotype in shuffled.reshape(-1, ploidy):
        random.shuffle(genotype)
    seen = make_observation(phased=False, polarised=known)
    coded = observation.code_alleles(alleles, called, seen, ploidy)
    again = observation.code_alleles(shuffled.reshape(alleles.shape), called, seen, ploidy)
    np.testing.assert_array_equal(coded, again)
    copies = coded.reshape(shuffled.shape)
    assert (np.diff(copies.astype(int), axis=3) <= 0).all()  # the copies of 1 first
    if known:
        np.testing.assert_array_equal(copies.sum(axis=3), shuffled.sum(axis=3))


@PROPERTY
@given(genotypes(), st.booleans())
def test_folding_does_not_see_which_allele_was_called_1(drawn, phased):
    alleles, called, ploidy = drawn
    other = alleles ^ 1 if called is None else (alleles ^ 1) & called
    seen = make_observation(phased=phased)
    coded = observation.code_alleles(alleles, called, seen, ploidy)
    np.testing.assert_array_equal(coded, observation.code_alleles(other, called, seen, ploidy))
    number = alleles.shape[2] if called is None else called.sum(axis=2)
    assert (2 * coded.sum(axis=2) <= number).all()


def test_a_damaged_observation_is_refused(tmp_path):
    path = tmp_path / "observation.json"
    path.write_text("{")
    with pytest.raises(CoalflowError, match="damaged. Delete it"):
        observation.read_observation(path)
