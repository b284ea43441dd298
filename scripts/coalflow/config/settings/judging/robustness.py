"""What ``robustness.py`` is given."""

from coalflow.config.fields.section import Section
from coalflow.config.schema.distributions import Value
from coalflow.config.settings.view import SimulatedView


class ConditionSettings(Section):
    """One thing that is changed, and where its windows are."""

    folder: str
    key: str
    value: Value
    replicates: int = 0
    """Of each cell; 0 where test windows are observed in another way."""
    cells: tuple[str, ...] = ()


class RobustnessSettings(Section):
    """What ``robustness.py`` is given: models, and the conditions under which they are tried."""

    seed: int
    models: tuple[str, ...]
    """Folders of the models."""
    packed: tuple[str, ...]
    """Nets and baselines, whose folders have their calibration and reference."""
    view: SimulatedView
    shard_size: int
    conditions: tuple[ConditionSettings, ...]
    usual: dict[str, Value]
    """What the run's own value is of each key that is changed, where it has one."""
