"""The verdict on a genome: false alarms as stated, differences found, named, and what to change."""

import json

import numpy as np
import pandas as pd
import pytest
import scipy.stats

from coalflow.genomes.novelty.fixes import FIXES
from coalflow.genomes.novelty.genome_fit import GenomeFit
from coalflow.genomes.novelty.verdict import Verdict

NAMES = ["segregating sites", "Tajima's D", "H12", "ZnS", "haplotypes", "omega"]
MIX = np.random.default_rng(8).normal(size=(3, 6))
BLOCK = 20


def draw(windows, generator, shift=0.0, parameters=0.0):
    """Return windows side by side, linked to their neighbours, of one parameter."""
    return tabulate(draw_values((1, windows), generator, shift, parameters)[0])


def draw_values(shape, generator, shift=0.0, parameters=0.0):
    """Return logarithms of statistics, (stretches, windows, statistics)."""
    noise = generator.normal(size=(*shape, 3))
    noise[:, 1:] = 0.4 * noise[:, :-1] + 0.9 * noise[:, 1:]
    own = parameters * generator.uniform(-1.7, 1.7, size=(shape[0], 1, 1)) * MIX[:1]
    return noise @ MIX + 0.5 * generator.normal(size=(*shape, 6)) + own + shift


def tabulate(values):
    return pd.DataFrame(np.exp(0.3 * values), columns=NAMES)


def make_null(blocks, generator, cell="neutral", shift=0.0, parameters=0.0):
    values = draw_values((blocks, BLOCK), generator, shift, parameters)
    names = [f"{cell}/{block}" for block in range(blocks)]
    return tabulate(values.reshape(-1, 6)).assign(block=np.repeat(names, BLOCK))


def judge(fit, table, generator=None):
    random = generator or np.random.default_rng(0)
    return fit.judge(table, random.random(len(table)))


@pytest.fixture(scope="module")
def fit():
    return GenomeFit.fit(make_null(100, np.random.default_rng(1)), varies=False)


@pytest.mark.parametrize(
    ("blocks", "parameters", "windows"), [(50, 0.0, 1000), (150, 0.0, 60), (50, 0.7, 1000)]
)
def test_false_alarms_are_at_most_1_percent(blocks, parameters, windows):
    """72 genomes against 12 nulls; one-sided at .001, as if all were independent."""
    generator = np.random.default_rng([blocks, int(10 * parameters), windows])
    found = []
    for _ in range(12):
        fit = GenomeFit.fit(
            make_null(blocks, generator, parameters=parameters), varies=parameters > 0
        )
        found += [
            judge(fit, draw(windows, generator, parameters=parameters)).p <= 0.01 for _ in range(6)
        ]
    assert np.sum(found) <= scipy.stats.binom.isf(0.001, len(found), 0.01)


def test_a_genome_that_differs_is_found_and_the_reason_named(fit):
    generator = np.random.default_rng(2)
    table = draw(400, generator)
    table["Tajima's D"] *= np.exp(-0.3)
    verdict = judge(fit, table)
    assert verdict.level != "fits" and verdict.p < 0.001
    worst = verdict.differences[0]
    assert (worst.statistic, worst.is_above) == ("Tajima's D", False)
    assert worst.genome < worst.simulated
    assert verdict.fixes[0] == FIXES["Tajima's D"][0]
    assert "Tajima's D (lower)" in verdict.headline
    assert "Tajima's D is lower than simulated" in verdict.findings[0]
    assert verdict.causes == ()  # of six statistics, no pattern is recognised


def test_large_differences_do_not_fit_and_small_ones_differ_slightly(fit):
    generator = np.random.default_rng(3)
    large = judge(fit, draw(400, generator, shift=2.0))
    assert large.level == "does not fit"
    small = draw(6000, generator)
    small["H12"] *= np.exp(0.3 * 0.35 * small["H12"].map(np.log).std() / 0.3)
    assert judge(fit, small).level == "differs slightly"


def test_a_few_swept_windows_are_tolerated(fit):
    generator = np.random.default_rng(4)
    table = draw(2000, generator)
    table.loc[::50, ["H12", "ZnS"]] *= 100
    assert judge(fit, table).level == "fits"


def test_a_combination_that_differs_is_found(fit):
    """Two statistics that go together, and against each other in the genome."""
    generator = np.random.default_rng(5)
    table = draw(1000, generator)
    logs = np.log(table.to_numpy())
    scale = logs.std(axis=0)
    direction = np.linalg.svd((logs - logs.mean(axis=0)) / scale)[2][-1]
    moved = pd.DataFrame(np.exp(logs + 0.25 * direction * scale), columns=NAMES)
    assert judge(fit, moved).p <= 0.01
    assert judge(fit, moved).differences


def test_a_genome_like_one_of_several_cells_fits(fit):
    generator = np.random.default_rng(6)
    null = pd.concat(
        [make_null(40, generator, "a"), make_null(40, generator, "b", shift=3.0)],
        ignore_index=True,
    )
    several = GenomeFit.fit(null)
    for cell, shift in (("a", 0.0), ("b", 3.0)):
        verdict = judge(several, draw(400, generator, shift))
        assert (verdict.level, verdict.like) == ("fits", cell)
    assert judge(several, draw(400, generator, 1.5)).level == "does not fit"


def test_whether_parameters_vary_is_found_out():
    generator = np.random.default_rng(7)
    assert GenomeFit.fit(make_null(80, generator, parameters=1.0)).varies
    assert not GenomeFit.fit(make_null(80, generator)).varies


def test_novel_windows_are_counted_and_neighbours_count_less(fit):
    generator = np.random.default_rng(8)
    table = draw(1000, generator)
    p = np.full(1000, 0.5)
    p[::100] = 0.005
    assert fit.judge(table, p).novel_p > 0.1
    p[::20] = 0.005
    verdict = fit.judge(table, p)
    assert verdict.novel_share == 0.05 and verdict.novel_p < 0.001
    assert any("5 % of its windows" in finding for finding in verdict.findings)
    assert "fit the genome as a whole, but 5 % of its windows" in verdict.headline
    together = np.full(1000, 0.5)
    together[:20] = 0.005
    alone = np.full(1000, 0.5)
    alone[::50] = 0.005
    assert fit.judge(table, together).novel_p > fit.judge(table, alone).novel_p


def test_the_furthest_window_is_a_finding_where_chance_makes_none(fit):
    table = draw(500, np.random.default_rng(9))
    table = table.assign(contig="2", start=np.arange(500) * 10, end=np.arange(500) * 10 + 10)
    p = np.linspace(0.002, 1, 500)
    verdict = fit.judge(table, p)
    assert verdict.furthest.p_of_genome == pytest.approx(1 - 0.998**500)
    p[7] = 1e-7
    verdict = fit.judge(table, p)
    assert verdict.furthest.name == "2:71-80"
    assert verdict.furthest.p_of_genome == pytest.approx(5e-5, rel=0.01)
    assert "2:71-80" in verdict.findings[-1]


def test_a_verdict_is_read_back_from_json_and_a_fit_from_arrays(fit):
    table = draw(200, np.random.default_rng(10), shift=1.0)
    verdict = judge(fit, table)
    assert Verdict.model_validate_json(json.dumps(verdict.as_json())) == verdict
    assert judge(GenomeFit.from_arrays(fit.to_arrays()), table) == verdict


def test_few_windows_are_not_judged(fit):
    table = draw(4, np.random.default_rng(11))
    assert judge(fit, table).level == "unknown"
    nothing = draw(10, np.random.default_rng(11)) * np.nan
    assert judge(fit, nothing).windows == 0
