"""How a net is trained: as the config says, else as its authors did, else as most nets are."""

import dataclasses
from typing import Any

import torch

from coalflow.config.registry.nets import NETS
from coalflow.config.schema.training import Augment, Recipe
from coalflow.config.settings.learning import TrainSettings
from coalflow.config.settings.view import View
from coalflow.core import seeds
from coalflow.models.training.augmentation import keep_applicable


@dataclasses.dataclass(frozen=True)
class TrainingPlan:
    """How one net is trained.

    Attributes
    ----------
    settings : TrainSettings
        Which net, and from which seed.
    view : View
        What it sees of windows, and what it predicts.
    recipe : Recipe
    """

    settings: TrainSettings
    view: View
    recipe: Recipe

    @property
    def batch_size(self) -> int:
        """Windows per step, of all processes together; ``auto`` has been replaced by then."""
        size = self.recipe.batch_size
        assert isinstance(size, int)
        return size

    def with_batch_size(self, size: int) -> "TrainingPlan":
        """Return the plan with the batch size that was found for ``auto``."""
        return dataclasses.replace(self, recipe=self.recipe.model_copy(update={"batch_size": size}))

    def derive_seed(self, *labels: str | int) -> int:
        """Return the seed of one of the training's random streams, which labels name."""
        settings = self.settings
        return seeds.derive_seed(settings.seed, "net", settings.net, settings.restart, *labels)

    def make_generator(self, *labels: str | int) -> torch.Generator:
        """Return the generator of one of the training's random streams, which labels name."""
        return torch.Generator().manual_seed(self.derive_seed(*labels))


def resolve_recipe(settings: TrainSettings, view: View) -> Recipe:
    """Return the recipe of a training, with nothing left open.

    Classes, and ancestry at each site, have one loss, whatever is chosen for numbers. Only that
    part of a net's own augmentation is used that makes sense.

    Parameters
    ----------
    settings : TrainSettings
        Its ``training`` comes first, then the net's own recipe.
    view : View
        What the net sees and predicts.
    """
    net = NETS[settings.net]
    at_sites = view.targets.at_sites is not None
    recipe: dict[str, Any] = dict(net.recipe) | dict(net.ancestry_recipe if at_sites else {})
    recipe["augment"] = keep_applicable(Augment(**recipe.get("augment", {})), net, view)
    given = {name: getattr(settings.training, name) for name in Recipe.model_fields}
    recipe |= {name: value for name, value in given.items() if value is not None}
    if view.targets.has_classes or at_sites:
        recipe["loss"] = "cross_entropy"
    return Recipe(**recipe)
