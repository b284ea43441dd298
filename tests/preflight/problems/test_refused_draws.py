"""Priors of which many draws are refused are found."""

from types import SimpleNamespace

import numpy as np
import pytest

from coalflow.preflight.problems import refused_draws


def shard_of(*refused):
    return SimpleNamespace(
        seed=np.arange(len(refused)), truth={"target/refused_draws": np.array(refused)}
    )


def test_the_share_is_of_all_draws():
    assert refused_draws.compute_refused_fraction(shard_of(0, 0, 3, 1)) == pytest.approx(4 / 8)


def test_imports_have_no_draws():
    assert refused_draws.compute_refused_fraction(SimpleNamespace(seed=np.arange(3), truth={})) == 0


def test_a_prior_that_is_mostly_refused_is_found_in_its_worst_cell():
    shards = {"a": shard_of(0, 0), "b": shard_of(1, 1), "c": shard_of(3, 3)}
    (finding,) = refused_draws.find_refused_draws(shards)
    assert finding.about == "2 of 3 cells"
    assert "75 % of the draws from simulation.prior in c" in finding.finding


def test_a_few_refused_draws_are_no_finding():
    assert list(refused_draws.find_refused_draws({"a": shard_of(*[0] * 9, 1)})) == []
