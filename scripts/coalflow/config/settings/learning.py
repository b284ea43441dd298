"""What the programs that train, evaluate, interpret and pack models are given."""

from typing import Any

from coalflow.config.fields.section import Section
from coalflow.config.schema.dataset import Features
from coalflow.config.schema.judging.hold_out import HoldOut
from coalflow.config.schema.models import About
from coalflow.config.schema.simulation import Simulation
from coalflow.config.schema.training import SearchSpace, Training
from coalflow.config.settings.view import SimulatedView


class TrainSettings(Section):
    """What ``train.py`` is given: all that the weights of one net depend on."""

    seed: int
    net: str
    restart: int = 0
    one_in: int = 1
    """Which share of the training windows is used, for a learning curve."""
    proposal: int | None = None
    """Which of the recipes that were proposed together, in a search."""
    training: Training
    """Without what changes no weights."""
    parameters: tuple[str, ...]
    """Scenario parameters whose ranges in training are kept in the card."""
    view: SimulatedView


class FitBaselineSettings(Section):
    """What ``fit_baseline.py`` is given."""

    seed: int
    baseline: str
    features: Features
    known: dict[str, int | float]
    """Factors of theta that are the same in all simulations."""
    parameters: tuple[str, ...]
    """As in :class:`TrainSettings`."""
    view: SimulatedView


class CalibrateSettings(Section):
    """What ``calibrate.py`` is given."""

    seed: int
    models: tuple[str, ...]
    """Folders of the models."""
    view: SimulatedView


class EvaluateSettings(Section):
    """What ``evaluate.py`` and ``learning_curve.py`` are given."""

    seed: int
    models: tuple[str, ...]
    """Folders of the models."""
    parameters: tuple[str, ...]
    """Scenario parameters, by which it is shown how sure models can be."""
    view: SimulatedView


class FindFailuresSettings(Section):
    """What ``find_failures.py`` is given."""

    seed: int
    model: str
    """Folder of any of the models."""
    neutral: tuple[str, ...]
    """The classes that are the null; none where targets are numbers."""
    hold_out: HoldOut = {}
    """Regions whose replicates no model has seen."""
    view: SimulatedView


class PackageSettings(Section):
    """What ``package.py`` is given."""

    run: str
    about: About
    simulation: Simulation
    graph: dict[str, Any] | None = None
    """The content of the demes file, or of stdpopsim's model; None where there are epochs."""
    nets: tuple[str, ...]
    restarts: int
    baselines: tuple[str, ...]


class CompareRestartsSettings(Section):
    """What ``compare_restarts.py`` is given."""

    restarts: int
    view: SimulatedView


class ProposeRecipesSettings(Section):
    """What ``propose_recipes.py`` is given."""

    seed: int
    space: dict[str, SearchSpace]
    first: int
    """The first trial that is proposed."""
    trials_per_round: int


class SearchSettings(Section):
    """What ``search.py`` is given."""

    net: str
    space: dict[str, SearchSpace]
    trials: int
    trials_per_round: int
