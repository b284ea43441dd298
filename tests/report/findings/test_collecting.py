import dataclasses

import numpy as np
import pandas as pd
import pytest
from helpers.data import make_config
from helpers.evidence import (
    CLEAN,
    FITS,
    MISFIT,
    NUMBERS,
    make_coverage,
    make_genome,
    make_history,
    make_models,
)

from coalflow.report.findings.collecting import (
    Evidence,
    collect_findings,
    describe_nothing_found,
)
from coalflow.report.sequencing import Sequencing


@pytest.fixture
def evidence():
    """Return a run without anything to say against it."""
    flat = make_history(np.r_[np.linspace(2, 1, 15), [1.0] * 5])
    return Evidence(
        config=make_config().model_copy(update={"targets": NUMBERS}),
        dataset=CLEAN,
        sequencing=Sequencing([], None, [], 0.0),
        models=make_models(NUMBERS, net=(0.5, 0.4, 0.6), mean=(1.6,)),
        genomes=[make_genome(verdict=FITS)],
        comparisons=pd.DataFrame(
            columns=["net", "baseline", "target", "metric", "difference", "verdict"]
        ),
        coverage=make_coverage(),
        errors=None,
        histories={"net/0": flat},
        epochs={"net/0": 20},
    )


def test_nothing_speaks_against_a_run_without_findings(evidence):
    assert collect_findings(evidence) == []
    said = describe_nothing_found(evidence)
    assert said.startswith("Nothing speaks against these results: ")
    assert said.endswith("and the simulations fit mine.")


def test_what_matters_most_comes_first(evidence):
    evidence = dataclasses.replace(
        evidence,
        dataset=dataclasses.replace(CLEAN, leaks=1, many_trimmed=True),
        sequencing=Sequencing([], None, ["errors could not be measured: state them"], 0.0),
        models=make_models(NUMBERS, net=(1.5, 1.4, 1.7), mean=(1.6,)),
        genomes=[make_genome(remarks=["a: b"]), make_genome(name="other", verdict=MISFIT)],
        coverage=make_coverage(share=0.7),
        histories={"net/0": make_history(np.linspace(2, 1, 20))},
    )
    found = [(each.topic, each.about) for each in collect_findings(evidence)]
    assert found == [
        ("dataset", "the test windows"),
        ("genomes", "other"),
        ("models", "net"),
        ("training", "net"),
        ("observation", "mine"),
        ("dataset", "training windows"),
        ("calibration", "net"),
        ("observation", "observation.like"),
    ]
