"""The section ``evaluation``: how trained models are tried on other data than those in training."""

from __future__ import annotations

from typing import Annotated, TypeAlias

from coalflow.config.fields.section import Distinct, Limits, Section, Some
from coalflow.config.schema.judging.hold_out import HoldOut
from coalflow.config.schema.simulation import Demography, Grid

Rate: TypeAlias = Annotated[int | float, Limits(ge=0, le=0.5)]


class Robustness(Section):
    """Data on which `snakemake robustness` tries the trained models: other than those in training.

    One thing is changed at a time, from the run's own observation, parameters and demography.
    """

    missing: Distinct[Annotated[int | float, Limits(ge=0, lt=1)]] | None = None
    """
    Values of `observation.missing`. Where simulations have no missing genotypes, sites with any are
    left out, as they are in genomes.
    """
    genotype_error: Distinct[Rate] | None = None
    """Values of `observation.genotype_error`."""
    switch_error: Distinct[Rate] | None = None
    """Values of `observation.switch_error`. .5 is as if the phase were lost."""
    polarisation_error: Distinct[Rate] | None = None
    """Values of `observation.polarisation_error`."""
    minimum_allele_count: (
        Distinct[Annotated[int, Limits(ge=1, le=1_000_000, whole=True)]] | None
    ) = None
    """Values of `observation.minimum_allele_count`."""
    parameters: Grid | None = None
    """Values of scenario parameters, as in `simulation.grid`, in place of those of the run."""
    demography: Some[Demography] | None = None
    """Histories in place of `simulation.demography`, such as `[{demes: other.yaml}]`."""
    windows: Annotated[int, Limits(ge=10, le=1_000_000, whole=True)] = 500
    """
    How many windows are simulated for each value under `parameters` and `demography`, of all cells
    together. For the others, test windows are observed in another way.
    """


class Evaluation(Section):
    """How models are tried beyond windows like those in training."""

    hold_out: HoldOut = {}
    """
    Regions of scenario parameters whose windows no model is trained on, and no choice depends on,
    such as `{population_size: [20000, 30000], history: [bottleneck]}`. Of a number, it is the
    lowest and the highest value, or one value; of `history` and the like, names. A window that is
    in any of them is held out. The report then compares errors there with those on test windows:
    nets interpolate, they don't extrapolate.
    """
    robustness: Robustness | None = None
    """Data other than those in training, on which `snakemake robustness` tries the models."""
