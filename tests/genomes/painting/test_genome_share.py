"""How common the ancestry is in a genome: found where it differs from that of training."""

import numpy as np
import pytest

from coalflow.evaluation.ancestry.ancestry_calibration import AncestryCalibration
from coalflow.evaluation.ancestry.haplotype_chain import HaplotypeChain
from coalflow.evaluation.ancestry.odds_calibration import OddsCalibration
from coalflow.genomes.painting import genome_share
from coalflow.genomes.painting.genome_share import estimate_share
from coalflow.genomes.painting.joined_contigs import join_contigs, paint_together
from coalflow.genomes.painting.painted_rows import PaintedRow
from coalflow.genomes.painting.predicted_contigs import PredictedContig

AS_THEY_ARE = OddsCalibration(slope=1, shift=0, threshold=0, average_precision=1)
APART = 500  # bases, from site to site
STRETCH = 50_000  # mean bases of a stretch
TRAINED = 0.05
CHAIN = HaplotypeChain(entry=TRAINED / (1 - TRAINED) / STRETCH, exit=1 / STRETCH)
CALIBRATION = AncestryCalibration(bases=AS_THEY_ARE, chain=CHAIN, segments=AS_THEY_ARE)
BETWEEN = 3.0  # means of what is seen with the ancestry and without, in standard deviations


def predict_contig(share, seed, sites=3000, haplotypes=40, name="1"):
    """Return what a net that is calibrated for TRAINED predicts of a contig, and the truth.

    Predictions are drawn afresh for every quarter of a mean stretch, as the chain takes them.
    """
    generator = np.random.default_rng(seed)
    leave = APART / STRETCH
    enter = leave * share / (1 - share)
    state = generator.random(haplotypes) < share
    truth = np.empty((sites, haplotypes), bool)
    for site in range(sites):
        drawn = generator.random(haplotypes)
        state = np.where(state, drawn >= leave, drawn < enter)
        truth[site] = state
    every = STRETCH // 4 // APART
    noise = generator.normal(size=(-(-sites // every), haplotypes)).repeat(every, axis=0)[:sites]
    ratio = BETWEEN * (BETWEEN * truth + noise) - BETWEEN**2 / 2
    odds = (ratio + np.log(TRAINED / (1 - TRAINED))).astype(np.float32)
    rows = tuple(PaintedRow(index, 1, f"i{index}") for index in range(haplotypes))
    positions = 1 + APART * np.arange(sites)
    return PredictedContig(name, APART * sites, positions, odds, rows), truth


def join(contig, calibration, share):
    ((_, probability),) = join_contigs([contig], calibration, share)
    return probability


@pytest.mark.parametrize("share", [0.005, 0.05, 0.3])
def test_the_share_of_a_genome_is_found_whatever_that_of_training(share):
    predicted = [predict_contig(share, seed, name=str(seed)) for seed in (1, 2)]
    contigs, true = [contig for contig, _ in predicted], np.mean([truth for _, truth in predicted])
    found = estimate_share(contigs, CALIBRATION)
    assert found == pytest.approx(true, rel=0.25)
    mean = np.mean([join(contig, CALIBRATION, found).mean() for contig in contigs])
    assert mean == pytest.approx(found, rel=0.03)


def test_with_the_share_of_the_genome_probabilities_are_closer_to_the_truth():
    contig, truth = predict_contig(0.3, seed=3)

    def compute_loss(share):
        chance = join(contig, CALIBRATION, share).astype(float).clip(1e-9, 1 - 1e-9)
        return -np.log(np.where(truth, chance, 1 - chance)).mean()

    assert compute_loss(estimate_share([contig], CALIBRATION)) < 0.9 * compute_loss(None)


def test_a_genome_without_any_has_next_to_none():
    contig, truth = predict_contig(1e-9, seed=4)
    assert not truth.any()
    assert estimate_share([contig], CALIBRATION) < 1e-3


def test_where_nothing_can_be_estimated_there_is_no_share():
    contig, _ = predict_contig(0.05, seed=5, sites=20)
    assert estimate_share([contig], AncestryCalibration(bases=AS_THEY_ARE)) is None
    assert estimate_share([], CALIBRATION) is None


def test_the_share_of_training_changes_nothing():
    contig, _ = predict_contig(0.05, seed=6, sites=300)
    given = join(contig, CALIBRATION, CHAIN.share)
    np.testing.assert_allclose(given, join(contig, CALIBRATION, None), rtol=1e-4)


def test_calibration_keeps_what_a_share_adds():
    half = OddsCalibration(slope=0.5, shift=-1, threshold=0, average_precision=1)
    calibration = AncestryCalibration(bases=AS_THEY_ARE, chain=CHAIN, segments=half)
    contig, _ = predict_contig(0.05, seed=7, sites=1)
    contig.odds[...] = np.log(TRAINED / (1 - TRAINED))  # the site says nothing
    before, after = (
        np.log(p / (1 - p)) for p in (join(contig, calibration, share) for share in (None, 0.2))
    )
    added = np.log(0.2 / 0.8) - np.log(TRAINED / (1 - TRAINED))
    np.testing.assert_allclose(after - before, added, rtol=1e-3)


def test_few_shares_are_tried(monkeypatch):
    contig, _ = predict_contig(0.2, seed=8, sites=500)
    tried = []
    average = genome_share._average_probabilities

    def count(contigs, calibration, share):
        tried.append(share)
        return average(contigs, calibration, share)

    monkeypatch.setattr(genome_share, "_average_probabilities", count)
    estimate_share([contig], CALIBRATION)
    assert len(tried) == len(set(tried)) <= 8


def test_contigs_that_are_joined_together_are_as_each_alone(monkeypatch):
    sizes = [(30, 4), (7, 2), (30, 2), (1, 5), (12, 4)]
    contigs = [
        predict_contig(0.05, seed, sites=sites, haplotypes=haplotypes)[0]
        for seed, (sites, haplotypes) in enumerate(sizes)
    ]
    for most in (1, 150, 5_000):
        monkeypatch.setattr("coalflow.genomes.painting.joined_contigs.JOINED_AT_ONCE", most)
        painted = paint_together(contigs, CALIBRATION, 0.1)
        for one, contig in zip(painted, contigs, strict=True):
            assert one.rows == contig.rows
            np.testing.assert_array_equal(one.probability, join(contig, CALIBRATION, 0.1))
