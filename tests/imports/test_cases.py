"""Files as users have them (``tests/cases``): read as what they are, or refused."""

import pathlib

import numpy as np
import pytest
import tskit
import yaml
from helpers.cases import CASES

from coalflow.config.loading import read_config
from coalflow.config.settings.making import SettingsMaker
from coalflow.core.errors import CoalflowError
from coalflow.imports.imported_replicates import read_replicates
from coalflow.imports.remarks import Remarks, list_unused_knowledge


def make_settings(case, files, **changes):
    """Return the settings for the files of a case, of its own config."""
    (path,) = (CASES / case).glob("*.yaml")
    written = yaml.safe_load(path.read_text())
    found = sorted(str(file) for file in (CASES / case).glob(files))
    written["simulation"]["import"]["files"] = {"all": found}
    written["simulation"] |= {"replicates": 20, **changes}
    maker = SettingsMaker(read_config(written), None)
    (cell,) = maker.cells.values()
    settings = maker.import_simulations(cell)
    return settings.model_copy(update={"replicates": min(len(found), 6)})


def refusal(settings):
    with pytest.raises(CoalflowError) as caught:
        list(read_replicates(settings, Remarks()))
    assert "\n" not in str(caught.value)
    return str(caught.value)


def compute_fst(alleles):
    """Return Hudson's Fst of the first and last four haplotypes, as tskit defines it."""
    first, last = (half.mean(axis=1) for half in (alleles[:, :4], alleles[:, 4:]))
    within = sum((2 * p * (1 - p) * 4 / 3).sum() for p in (first, last))
    between = (first * (1 - last) + last * (1 - first)).sum()
    return 1 - 2 * within / (within + 2 * between)


def test_populations_interleaved():
    """28: Fst by the file's own populations, not by the order of its nodes."""
    settings = make_settings("28-trees-populations-interleaved", "inter_*.trees")
    found, expected = [], []
    for replicate, path in zip(
        read_replicates(settings, Remarks()), sorted(settings.files), strict=True
    ):
        trees = tskit.load(path)
        sets = [
            [node for node in trees.samples() if trees.node(node).population == number]
            for number in (1, 2)
        ]
        found.append(compute_fst(replicate.alleles.astype(float)))
        expected.append(trees.Fst(sets))
    np.testing.assert_allclose(found, expected, rtol=1e-9)
    assert 0.4 < np.mean(found) < 0.65


def test_not_recapitated():
    """29: trees with several roots."""
    message = refusal(make_settings("29-trees-not-recapitated", "uncoal_*.trees"))
    assert "the samples have no common ancestor from " in message
    assert "recapitate it" in message


def test_ancient_samples():
    """30: samples of 5,000 generations ago among those of today."""
    message = refusal(make_settings("30-trees-ancient-samples", "ancient_*.trees"))
    assert (
        "has samples of 0 (4), 5,000 (4) generations ago, but simulation.samples is of today"
        in (message)
    )


def test_length_and_populations_of_discoal():
    """47: the command line has other sites and populations than the config."""
    settings = make_settings("47-discoal-length-and-populations", "in.ms")
    assert refusal(settings) == (
        f"{CASES / '47-discoal-length-and-populations' / 'in.ms'}:1: the command line says 6 + 2 "
        "haplotypes by population, but simulation.samples makes 4 (A) + 4 (B), in this order; and "
        "55,000 sites, but simulation.sequence_length is 100,000: change the config, or simulate "
        "again"
    )
    right = {"samples": {"A": 3, "B": 1}, "sequence_length": 55_000}
    settings = make_settings("47-discoal-length-and-populations", "in.ms", **right)
    (replicate,) = read_replicates(settings, Remarks())
    assert replicate.alleles.shape[1] == 8


@pytest.mark.parametrize("polarised", [True, False])
def test_polarisation_that_is_not_used_is_named(polarised):
    (path,) = (CASES / "47-discoal-length-and-populations").glob("*.yaml")
    written = yaml.safe_load(path.read_text())
    written["simulation"]["import"]["files"] = {"all": [str(pathlib.Path(path.parent, "in.ms"))]}
    written["observation"] = {"polarised": polarised}
    found = list_unused_knowledge(read_config(written))
    assert ["write `observation: {polarised: true}`" in one.fix for one in found] == (
        [] if polarised else [True]
    )
