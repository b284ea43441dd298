"""A net while it learns: its optimizer, learning rate and moving average."""

import inspect
import math
from typing import Any, TypeAlias

import torch
from torch import Tensor, nn

from coalflow.config.schema.training import Recipe
from coalflow.models import nets
from coalflow.models.nets.net import Net
from coalflow.models.training.processes import Processes

Tensors: TypeAlias = tuple[Tensor, ...] | list[Tensor]


class Learner:
    """A net, its optimizer and, if there is one, the moving average of its weights.

    Parameters
    ----------
    net : Net
    recipe : Recipe
    together : Processes
    """

    def __init__(self, net: Net, recipe: Recipe, together: Processes) -> None:
        self.net, self.recipe = net, recipe
        self.wrapped = together.wrap_net(net)
        self.optimizer = make_optimizer(net, recipe)
        self.average = make_moving_average(net, recipe.average) if recipe.average else None

    @property
    def evaluated(self) -> nn.Module:
        """The net whose weights are evaluated and kept."""
        return self.average.module if self.average else self.net

    def change_weights(self, loss: Tensor, learning_rate: float) -> None:
        """Change the weights by the gradient of a loss.

        Parameters
        ----------
        loss : Tensor, shape ()
        learning_rate : float
        """
        self.optimizer.zero_grad()
        loss.backward()
        if self.recipe.clip:
            nn.utils.clip_grad_norm_(self.net.parameters(), self.recipe.clip)
        for group in self.optimizer.param_groups:
            group["lr"] = learning_rate
        self.optimizer.step()
        if self.average:
            self.average.update_parameters(self.net)

    def _list_parts(self) -> dict[str, Any]:
        parts = {"net": self.net, "optimizer": self.optimizer, "average": self.average}
        return {name: part for name, part in parts.items() if part}

    def collect_state(self) -> dict[str, Any]:
        """Return all that steps change."""
        return {name: part.state_dict() for name, part in self._list_parts().items()}

    def restore_state(self, state: dict[str, Any]) -> None:
        """Set what :meth:`collect_state` returned."""
        for name, part in self._list_parts().items():
            part.load_state_dict(state[name])


class Adam(torch.optim.Adam):
    """PyTorch's Adam, without PyTorch's compiler.

    PyTorch's optimizers import it, only to tell it to leave them alone, and that takes a second.
    Here nothing compiles an optimizer. The steps are the same to the bit.
    """

    add_param_group = inspect.unwrap(torch.optim.Adam.add_param_group)
    load_state_dict = inspect.unwrap(torch.optim.Adam.load_state_dict)
    state_dict = inspect.unwrap(torch.optim.Adam.state_dict)
    step = torch.no_grad()(inspect.unwrap(torch.optim.Adam.step))
    zero_grad = inspect.unwrap(torch.optim.Adam.zero_grad)


def make_optimizer(net: Net, recipe: Recipe) -> torch.optim.Optimizer:
    """Return Adam for the weights of a net, with its penalty and decoupled weight decay.

    Where a net has a penalty of its own on squared weights, ``weight_decay`` leaves these alone.

    Parameters
    ----------
    net : Net
    recipe : Recipe
        Its ``learning_rate`` and ``weight_decay`` are used.
    """
    groups = nets.group_parameters(net, recipe.weight_decay)
    return Adam(groups, lr=recipe.learning_rate, fused=True)


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
