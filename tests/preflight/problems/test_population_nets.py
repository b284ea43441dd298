"""Nets that do not know whose haplotypes they read are named where that matters."""

import pytest
from helpers.data import make_samples

from coalflow.config.schema.targets import ParameterTarget, StatisticTarget, Targets
from coalflow.preflight.problems.population_nets import find_mixing_nets

TWO = make_samples({"sech": 7, "sim": 10})
FST = StatisticTarget(statistic="fst")
PI = StatisticTarget(statistic="diversity")


def find(*nets, samples=TWO, **targets):
    return list(find_mixing_nets(nets, samples, Targets(definitions=targets)))


def test_a_net_that_mixes_populations_is_named():
    (finding,) = find("coalflow", "spidna", fst=FST)
    assert finding.about == "spidna"
    assert finding.finding == (
        "it takes means or maxima over all haplotypes, and does not know whose they are, but fst "
        "depends on the populations (sech, sim)"
    )
    assert finding.fix.startswith("rely on coalflow, which compares each haplotype with")


def test_without_another_net_it_is_coalflows_own():
    first, second = find("exchangeable", "spidna", rate=ParameterTarget(parameter="rate"))
    assert (first.about, second.about) == ("exchangeable", "spidna")
    assert "rely on coalflow" in second.fix


@pytest.mark.parametrize("of", [(), ("sech",)])
def test_what_is_of_one_population_is_about_populations(of):
    pi = PI.model_copy(update={"of": of})
    assert bool(find("spidna", pi=pi)) == bool(of)


def test_one_population_cannot_be_mixed_up():
    assert find("spidna", fst=FST, samples=make_samples(8)) == []
    assert find("coalflow", "flagel_introgression", "axial_transformer", fst=FST) == []
