"""Cards: all that is needed to use and to judge a trained model."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any, Literal, TypeAlias

from coalflow.config.fields.section import Section
from coalflow.config.schema.dataset import Features
from coalflow.config.schema.targets import Targets
from coalflow.config.schema.training import Recipe
from coalflow.config.settings.view import View
from coalflow.dataset.target_scaling import TargetScale, TargetScaling

Kind: TypeAlias = Literal["net", "baseline", "ensemble"]


@dataclasses.dataclass(frozen=True)
class Predictands:
    """What the models of a run predict, and the units in which they learn it.

    Attributes
    ----------
    targets : Targets
    scaling : TargetScaling, optional
        None where the target has classes.
    """

    targets: Targets
    scaling: TargetScaling | None = None

    @property
    def classes(self) -> tuple[str, ...] | None:
        """The classes of the only target; None where targets are numbers."""
        return self.targets.classes

    @property
    def names(self) -> list[str]:
        """The names of the targets."""
        return self.targets.names


class NetInput(Section):
    """The shape of a net's windows."""

    sites: int
    haplotypes: int
    """Haplotypes, or individuals where the phase is not known."""
    channels: int
    """How many numbers give the position of a site."""
    populations: tuple[tuple[str, int], ...] = ()
    """Names, in their order, with numbers of haplotypes; none where there is one population."""
    ancestry_of: str | None = None
    """The population whose ancestry is predicted at each site; None where that is not predicted."""

    def find_rows(self, population: str | None) -> slice:
        """Return which of the haplotypes are a population's."""
        names = [name for name, _ in self.populations]
        sizes = [number for _, number in self.populations]
        index = names.index(str(population))
        return slice(sum(sizes[:index]), sum(sizes[: index + 1]))


class FeatureInput(Features):
    """The statistics that a baseline reads."""

    names: tuple[str, ...]


class SimulatedWindows(Section):
    """How far training windows go, as models see them (:mod:`coalflow.windows.measures`).

    Beyond each limit is the share ``p`` of them, or less.
    """

    p: float
    gap: float
    """Above it: the longest stretch without a site, as a share of the window."""
    sites: int
    """Below it: the number of sites."""
    reach: float
    """Below it: from the first site to the last, where a window has as many as a net reads."""
    missing: float
    """Above it: the share of alleles that are not called."""


class TrainedOn(Section):
    """What a model was trained on."""

    replicates: int
    targets: dict[str, tuple[float, float] | int]
    """Lowest and highest value of each target; or how many windows are of each class."""
    parameters: dict[str, tuple[float, float] | tuple[str, ...]]
    """Lowest and highest value of each scenario parameter, or its names."""
    windows: SimulatedWindows


class NetTraining(Section):
    """How a net was trained."""

    recipe: Recipe
    inputs: tuple[str, ...]
    """Which of haplotypes, positions and mask the net uses."""
    weights: int
    """How many numbers were learned."""
    best_epoch: int
    device: str


class ModelFile(Section):
    """The file of a model, next to its card."""

    name: str
    sha256: str


class Card(Section):
    """What a model is, what it reads and predicts, and how it came about."""

    format: int
    kind: Kind
    model: str
    """Name of the net or the baseline."""
    restart: int | None = None
    input: NetInput | FeatureInput
    view: View
    scales: dict[str, TargetScale] | None = None
    """The units in which targets that are numbers are learned."""
    trained_on: TrainedOn
    net: NetTraining | None = None
    """None for a baseline."""
    validation: dict[str, dict[str, float]] = {}
    """Scores on validation windows: by target, then by metric."""
    versions: dict[str, str] = {}
    """Of coalflow, and of the library that made it."""
    settings: dict[str, Any] = {}
    """What the program that made it was given."""
    settings_digest: str = ""
    file: ModelFile | None = None

    @property
    def name(self) -> str:
        """The model's name, with the restart where there are several."""
        return self.model if self.restart is None else f"{self.model}/{self.restart}"

    @property
    def targets(self) -> Targets:
        """What is predicted."""
        return self.view.targets

    @property
    def paints(self) -> bool:
        """Whether it predicts ancestry at each base, so that genomes can be painted."""
        return isinstance(self.input, NetInput) and self.input.ancestry_of is not None

    @property
    def scaling(self) -> TargetScaling | None:
        """The units in which numbers are learned; None for classes."""
        return None if self.scales is None else TargetScaling.from_scales(self.scales)

    @property
    def predictands(self) -> Predictands:
        """What is predicted, and the units in which it is learned."""
        return Predictands(self.targets, self.scaling)


def get_predictands(cards: Mapping[str, Card]) -> Predictands:
    """Return what all models of a run predict, which any of their cards holds."""
    return next(iter(cards.values())).predictands
