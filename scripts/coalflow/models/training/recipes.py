"""How a net is trained: as the config says, else as its authors did, else as most nets are."""

import dataclasses
import math
from typing import Any, TypeAlias

import torch
from torch import Tensor, nn

from coalflow.config.registry.nets import NETS
from coalflow.config.schema.training import Augment, Recipe
from coalflow.config.settings.learning import TrainSettings
from coalflow.config.settings.view import View
from coalflow.core import seeds
from coalflow.models import nets
from coalflow.models.nets.net import Net
from coalflow.models.training.augmentation import keep_applicable

Tensors: TypeAlias = tuple[Tensor, ...] | list[Tensor]


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

    Classes have one loss, whatever is chosen for numbers. Only that part of a net's own
    augmentation is used that makes sense.

    Parameters
    ----------
    settings : TrainSettings
        Its ``training`` comes first, then the net's own recipe.
    view : View
        What the net sees and predicts.
    """
    net = NETS[settings.net]
    recipe: dict[str, Any] = dict(net.recipe)
    recipe["augment"] = keep_applicable(Augment(**recipe.get("augment", {})), net, view)
    given = {name: getattr(settings.training, name) for name in Recipe.model_fields}
    recipe |= {name: value for name, value in given.items() if value is not None}
    if view.targets.has_classes:
        recipe["loss"] = "cross_entropy"
    return Recipe(**recipe)


def describe_recipe(recipe: Recipe) -> str:
    """Return a recipe in one line, without what it makes no use of.

    Examples
    --------
    >>> recipe = Recipe(clip=1.5, augment=Augment(mirror=True, thin=10))
    >>> describe_recipe(recipe).split(", ")[-4:]
    ['clip 1.5', 'loss squared', 'augment mirror', 'augment thin 10']
    """
    values = {name: getattr(recipe, name) for name in DESCRIBED}
    parts = [_describe_value(name, value) for name, value in values.items() if value]
    changes = ((name, getattr(recipe.augment, name)) for name in Augment.model_fields)
    parts += [f"augment {_describe_value(name, value)}" for name, value in changes if value]
    return ", ".join(parts)


# What is in a recipe for the sake of the net, not of the machine.
DESCRIBED = (
    *("epochs", "patience", "batch_size", "learning_rate", "schedule", "warm_up"),
    *("weight_decay", "clip", "average", "loss"),
)


def _describe_value(name: str, value: str | float | bool) -> str:
    if value is True:
        return name
    return f"{name} {value:g}" if isinstance(value, float) else f"{name} {value}"


def make_optimizer(net: Net, recipe: Recipe) -> torch.optim.Optimizer:
    """Return Adam for the weights of a net, with its penalty and decoupled weight decay.

    Where a net has a penalty of its own on squared weights, ``weight_decay`` leaves these alone.
    """
    groups = nets.group_parameters(net, recipe.weight_decay)
    return torch.optim.Adam(groups, lr=recipe.learning_rate, fused=True)


def schedule_learning_rate(step: int, steps_per_epoch: int, recipe: Recipe) -> float:
    """Return the learning rate of a step.

    It rises evenly during ``warm_up`` epochs. Then it stays, or falls to 0 at the end of the last
    epoch, along half a cosine.

    Parameters
    ----------
    step : int
        Counted from 0 over all epochs.
    steps_per_epoch : int
    recipe : Recipe

    Examples
    --------
    >>> recipe = Recipe(learning_rate=0.5, epochs=4, warm_up=1, schedule="cosine")
    >>> [round(schedule_learning_rate(step, 2, recipe), 3) for step in range(8)]
    [0.25, 0.5, 0.5, 0.467, 0.375, 0.25, 0.125, 0.033]
    """
    warm_up = recipe.warm_up * steps_per_epoch
    if step + 1 < warm_up:
        return recipe.learning_rate * (step + 1) / warm_up
    if recipe.schedule == "constant":
        return recipe.learning_rate
    done = (step - warm_up) / max(1, recipe.epochs * steps_per_epoch - warm_up)
    return recipe.learning_rate * (1 + math.cos(math.pi * min(1, max(0, done)))) / 2


def make_moving_average(net: nn.Module, decay: float) -> torch.optim.swa_utils.AveragedModel:
    """Return the exponential moving average of a net's weights, a net of the same kind.

    In step n the decay is (1 + n) / (10 + n) until that is more than ``decay``, so that the random
    weights of the beginning are soon forgotten. Buffers are the net's own.

    Parameters
    ----------
    net : Net
    decay : float
        Of each step, later on.
    """

    def update(averages: Tensors, weights: Tensors, step: Tensor | int) -> None:
        kept = min(decay, (1 + int(step)) / (10 + int(step)))
        torch._foreach_lerp_(averages, weights, 1 - kept)

    return torch.optim.swa_utils.AveragedModel(net, multi_avg_fn=update)
