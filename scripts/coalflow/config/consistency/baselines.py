"""Baselines that cannot predict the targets."""

from collections.abc import Iterator

from coalflow.config.defaults import list_suitable_baselines, why_not_classical
from coalflow.config.fields.section import Mistake
from coalflow.config.registry.baselines import CLASSICAL, list_baselines
from coalflow.config.schema.whole import Config


def check_baselines(config: Config) -> Iterator[Mistake]:
    """Yield baselines that cannot predict the targets."""
    targets = config.targets
    kind = "classes" if targets.has_classes else "numbers"
    others = ", ".join(list_suitable_baselines(config))
    for index, name in enumerate(config.baselines):
        path = ("models", "baselines", index)
        if name not in list_baselines(targets.has_classes):
            yield (
                path,
                f"is {name}, which does not predict {kind}, and the target {targets.first} is "
                f"of that kind: use {others}",
            )
        elif name == CLASSICAL and (why := why_not_classical(config)):
            yield path, f"is {name}, but {why}: use {others}"
