"""Contigs painted by a net that is simple enough to foresee, in one draw and in several."""

import functools
import types

import numpy as np
import pandas as pd
import pytest
from helpers.data import make_encoding, make_observation, make_samples
from helpers.genomes import make_options, open_text, record, vcf

from coalflow.config.schema.targets import StatisticTarget, Targets
from coalflow.config.settings.view import View
from coalflow.evaluation.ancestry.ancestry_calibration import AncestryCalibration
from coalflow.evaluation.ancestry.haplotype_chain import HaplotypeChain
from coalflow.evaluation.ancestry.odds_calibration import OddsCalibration
from coalflow.genomes.painting.joined_contigs import paint_together
from coalflow.genomes.painting.painted_contigs import Painter
from coalflow.genomes.painting.painted_genome import paint_genome
from coalflow.genomes.painting.painted_rows import PaintedIndividuals
from coalflow.genomes.painting.predicted_contigs import predict_contigs
from coalflow.genomes.plan import read_plan
from coalflow.genomes.windows.window_batches import WindowBatches

LENGTH, DRAWS = 200, 3
NORTH, SOUTH = [f"n{index}" for index in range(8)], [f"s{index}" for index in range(5)]
SAMPLES = make_samples({"north": 3, "south": 2})
AS_THEY_ARE = OddsCalibration(slope=1, shift=0, threshold=0, average_precision=0.5)
TARGET = StatisticTarget(statistic="introgression", of=("north", "ghost"), at_sites=True)


class ByAlleles:
    """Log odds by the derived alleles of a haplotype, here and in the whole window."""

    def predict_parts(self, windows):
        alleles = windows.haplotypes[:, :, : dict(windows.populations)["north"]].astype(np.float32)
        carried = alleles.sum(axis=1, keepdims=True)
        odds = 4 * alleles + carried - carried.mean(axis=2, keepdims=True) - 3
        yield slice(0, len(windows)), {"net": odds}


def make_painter(chain=None):
    segments = None if chain is None else AS_THEY_ARE
    calibration = AncestryCalibration(bases=AS_THEY_ARE, chain=chain, segments=segments)
    view = View(
        observation=make_observation(),
        encoding=make_encoding(sites=12, pad=True, length=LENGTH, order="sampled"),
        samples=SAMPLES,
        targets=Targets(definitions={"ancestry": TARGET}),
    )
    return Painter(ByAlleles(), "net", calibration, view)


@functools.cache
def make_text():
    generator = np.random.default_rng(3)
    names, records = NORTH + SOUTH, []
    for contig in ("1", "2"):
        for position in range(15, 1000, 15):
            carried = generator.random((len(names), 2)) < generator.beta(0.2, 1.5)
            genotypes = ["|".join("01"[int(allele)] for allele in each) for each in carried]
            records.append(record(position, *genotypes, contig=contig))
    return vcf(*records, names=names)


class Genome:
    """A genome that is read from the text, and who of it is painted."""

    def __init__(self, folder, north=NORTH, south=SOUTH, draws=1):
        folder.mkdir()
        self.options = make_options(
            {"north": north, "south": south}, draws=draws, step=LENGTH // 2, length=LENGTH
        )
        self.genome = open_text(folder, make_text(), SAMPLES, options=self.options)
        self.plan = read_plan(folder / "plan.json")

    def paint(self, painter):
        individuals = PaintedIndividuals.from_plan(self.plan, SAMPLES, "north", True)
        batches = WindowBatches.plan(self.genome.contigs, painter.view.encoding, self.options)
        return [
            paint_together(contig, painter.calibration, share=None)
            for contig in predict_contigs(batches, painter, individuals)
        ]

    def name_draws(self):
        numbers = [[self.plan.individuals[index] for index in draw] for draw in self.plan.draws]
        return [(names[:3], names[3:]) for names in numbers]


@pytest.fixture
def several(tmp_path):
    return Genome(tmp_path / "several", draws=DRAWS)


def list_odds(contigs):
    """Return log odds by contig, haplotype and position, of what is painted."""
    return {
        (part.name, row.label, position): np.log(p / (1 - p))
        for contig in contigs
        for part in contig
        for row, column in zip(part.rows, part.probability.T.astype(np.float64), strict=True)
        for position, p in zip(part.positions.tolist(), column, strict=True)
    }


def test_everybody_has_the_mean_of_the_draws_and_the_sites_of_all_of_them(several, tmp_path):
    painter, found, expected = make_painter(), list_odds(several.paint(make_painter())), {}
    for draw, (north, south) in enumerate(several.name_draws()):
        alone = Genome(tmp_path / f"draw{draw}", north, south).paint(painter)
        assert [len(contig) for contig in alone] == [1, 1]
        for key, odds in list_odds(alone).items():
            expected.setdefault(key, []).append(odds)
    assert found.keys() == expected.keys()
    for key, odds in expected.items():
        assert found[key] == pytest.approx(np.mean(odds), abs=1e-3), key
    # Some sites vary in one of the draws of an individual, and not in the other.
    individuals = PaintedIndividuals.from_plan(several.plan, SAMPLES, "north", True)
    twice = {name for name, number in individuals.count_draws().items() if number == 2}
    assert {len(odds) for (_, row, _), odds in expected.items() if row[:2] in twice} == {1, 2}


def test_those_in_the_same_draws_are_painted_together(several):
    numbers = PaintedIndividuals.from_plan(several.plan, SAMPLES, "north", True).count_draws()
    assert max(numbers.values()) > 1
    for contig in several.paint(make_painter()):
        labels = [row.label for part in contig for row in part.rows]
        assert sorted(labels) == sorted(f"{name}_{h}" for name in numbers for h in (1, 2))
        for part in contig:
            assert (np.diff(part.positions) > 0).all()
            assert len({numbers[row.individual] for row in part.rows}) == 1


def test_log_odds_are_averaged_before_the_chain_joins_them(several, tmp_path):
    chain = HaplotypeChain(entry=0.001, exit=0.01)
    (first, *_) = several.paint(make_painter())
    (joined, *_) = several.paint(make_painter(chain))
    for part, other in zip(first, joined, strict=True):
        p = part.probability.astype(np.float64)
        odds = np.log(p / (1 - p)).astype(np.float32)
        smoothed = chain.smooth(odds[None], np.diff(part.edges)[None])[0]
        np.testing.assert_allclose(other.probability, 1 / (1 + np.exp(-smoothed)), atol=1e-3)


def test_the_table_has_all_who_are_painted_with_their_draws(several, tmp_path):
    painted = paint_genome(several.genome, several.plan, several.options, make_painter())
    table = painted.table
    drawn = [name for north, _ in several.name_draws() for name in north]
    assert table["individual"].unique().tolist() == sorted(set(drawn))
    assert table["draws"].tolist() == [drawn.count(name) for name in table["individual"]]
    assert table["segments"].sum() == len(painted.segments) > 0
    in_order = painted.segments.sort_values(["contig", "start", "end", "name"], ignore_index=True)
    pd.testing.assert_frame_equal(painted.segments, in_order)
    assert set(several.plan.left_over["north"]) == set(NORTH) - set(drawn)
    once = Genome(tmp_path / "once")
    alone = paint_genome(once.genome, once.plan, once.options, make_painter())
    assert "draws" not in alone.table and len(alone.table) == 6


def test_haplotypes_are_those_that_individuals_have_on_a_contig():
    individuals = PaintedIndividuals("north", ("a", "b", "c"), ((0, 1, 2),), phased=True)
    rows = individuals.name_rows(0, np.array([1, 2, 1]).tolist())
    assert [row.label for row in rows] == ["a_1", "b_1", "b_2", "c_1"]


def test_the_best_in_validation_paints_and_an_ensemble_comes_before_its_members():
    pytest.importorskip("torch")
    card = types.SimpleNamespace(view=None)

    def make(*members):
        return types.SimpleNamespace(members=members, card=card)

    trained = {"net": make("net/0", "net/1"), "net/0": make(), "net/1": make()}

    def choose(*precisions):
        fitted = [AS_THEY_ARE.model_copy(update={"average_precision": p}) for p in precisions]
        calibrations = {
            name: AncestryCalibration(bases=bases)
            for name, bases in zip(trained, fitted, strict=True)
        }
        painter = Painter.choose(trained, calibrations)
        return painter.name, list(painter.models.nets)

    assert choose(0.5, 0.5, 0.4) == ("net", ["net/0", "net/1", "net"])
    assert choose(0.5, 0.4, 0.6) == ("net/1", ["net/1"])
