"""What a net's outputs mean, how wrong they are, and how certain the net is.

Numbers are in the units in which models learn (:mod:`coalflow.dataset.target_scaling`). A loss
gives each target one output or several, which are adjacent.
"""

import dataclasses
import functools
from collections.abc import Callable
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from coalflow.config.schema.targets import Targets
from coalflow.config.schema.training import Recipe
from coalflow.dataset.loading import TargetValues
from coalflow.dataset.target_scaling import TargetScaling
from coalflow.evaluation.predictions import LEVELS
from coalflow.models.ancestry.loss import compute_site_loss, find_mean_odds

MEDIAN = len(LEVELS) // 2
LEAST_SD = 1e-3  # of a normal distribution, in units of the target's own

Normal: TypeAlias = tuple[Tensor, Tensor]


@dataclasses.dataclass(frozen=True)
class Loss:
    """How wrong a net's outputs are.

    Attributes
    ----------
    compute : callable
        Maps outputs, float32 (windows, outputs), and true values, float32 (windows, targets) or for
        classes int64 (windows,), to the loss of each window and target, float32 (windows, targets).
    find_constant : callable
        Maps true values to the outputs, float32 (1, outputs), of the best net that predicts the
        same for all windows.
    """

    compute: Callable[[Tensor, Tensor], Tensor]
    find_constant: Callable[[Tensor], Tensor]


@dataclasses.dataclass(frozen=True)
class NumberLoss(Loss):
    """A loss of targets that are numbers.

    Attributes
    ----------
    per_target : int
        How many outputs a target has.
    read_prediction : callable
        Maps outputs to what is predicted, float32 (windows, targets).
    read_quantiles : callable, optional
        Maps outputs to quantiles at :data:`coalflow.evaluation.predictions.LEVELS`, float64
        (windows, targets, levels). None where outputs do not say how certain the net is.
    """

    per_target: int
    read_prediction: Callable[[Tensor], Tensor]
    read_quantiles: Callable[[Tensor], Tensor] | None = None


# Squared error: the output is the mean of what the target may be --------------------------------


def compute_squared_error(outputs: Tensor, target: Tensor) -> Tensor:
    """Return the squared error.

    Parameters
    ----------
    outputs, target : Tensor of float32, shape (windows, targets)

    Returns
    -------
    Tensor of float32, shape (windows, targets)
    """
    return nn.functional.mse_loss(outputs, target, reduction="none")


def _find_mean(target: Tensor) -> Tensor:
    return target.mean(dim=0, keepdim=True)


# Normal distribution: the outputs are its mean, and the log of its sd above the least one ---------


def compute_gaussian_loss(outputs: Tensor, target: Tensor) -> Tensor:
    """Return the negative log-likelihood of a normal distribution, up to a constant.

    Parameters
    ----------
    outputs : Tensor of float32, shape (windows, 2 * targets)
        Of each target the mean, and the log of how far the standard deviation is above
        ``LEAST_SD``.
    target : Tensor of float32, shape (windows, targets)

    Returns
    -------
    Tensor of float32, shape (windows, targets)
    """
    mean, sd = _read_normal(outputs)
    return sd.log() + ((target - mean) / sd).square() / 2


def _read_normal(outputs: Tensor) -> Normal:
    mean, log_sd = outputs.unflatten(1, (-1, 2)).unbind(dim=2)
    return mean, log_sd.exp() + LEAST_SD


def _read_normal_mean(outputs: Tensor) -> Tensor:
    return _read_normal(outputs)[0]


def _read_normal_quantiles(outputs: Tensor) -> Tensor:
    mean, sd = (each.double()[:, :, None] for each in _read_normal(outputs))
    return mean + sd * torch.special.ndtri(torch.as_tensor(LEVELS))


def _find_normal(target: Tensor) -> Tensor:
    both = target.mean(dim=0), (target.std(dim=0, correction=0) - LEAST_SD).log()
    return torch.stack(both, dim=1).flatten()[None]


# Quantiles: the outputs are those at all levels, of what the target may be -----------------------


def compute_pinball_loss(outputs: Tensor, target: Tensor) -> Tensor:
    """Return the pinball loss, the mean over 19 levels.

    Parameters
    ----------
    outputs : Tensor of float32, shape (windows, 19 * targets)
        The quantiles of each target, at ``LEVELS``.
    target : Tensor of float32, shape (windows, targets)

    Returns
    -------
    Tensor of float32, shape (windows, targets)
    """
    above = target[:, :, None] - outputs.unflatten(1, (-1, len(LEVELS)))
    levels = torch.tensor(LEVELS, dtype=torch.float32, device=outputs.device)
    return torch.maximum(levels * above, (levels - 1) * above).mean(dim=2)


def _sort_quantiles(outputs: Tensor) -> Tensor:
    # Nothing in the loss keeps a net from crossing its quantiles.
    return outputs.unflatten(1, (-1, len(LEVELS))).sort(dim=2).values


def _read_sorted_quantiles(outputs: Tensor) -> Tensor:
    return _sort_quantiles(outputs).double()


def _read_median(outputs: Tensor) -> Tensor:
    return _sort_quantiles(outputs)[:, :, MEDIAN]


def _find_quantiles(target: Tensor) -> Tensor:
    # By NumPy, since torch.quantile takes no more than 16 million values.
    found = np.quantile(target.cpu().numpy(), LEVELS, axis=0).T.reshape(1, -1)
    return torch.as_tensor(found, dtype=torch.float32, device=target.device)


# Classes: the outputs are the logarithms of their probabilities, up to a constant -----------------


def compute_cross_entropy(outputs: Tensor, target: Tensor, weights: Tensor | None = None) -> Tensor:
    """Return the cross-entropy of each window, float32 (windows, 1).

    Parameters
    ----------
    outputs : Tensor of float32, shape (windows, classes)
    target : Tensor of int64, shape (windows,)
        The indices of the true classes.
    weights : Tensor of float32, shape (classes,), optional
        How much the windows of each class count. Without it, all count the same.
    """
    losses = nn.functional.cross_entropy(outputs, target, reduction="none")
    if weights is not None:
        losses = losses * weights[target]
    return losses[:, None]


def _find_frequencies(target: Tensor, weights: Tensor | None = None) -> Tensor:
    counts = torch.bincount(target).float()
    return (counts if weights is None else counts * weights).log()[None]


# Evaluation -------------------------------------------------------------------------------------


def evaluate_outputs(
    outputs: Tensor, target: Tensor, loss: Loss, scaling: TargetScaling | None
) -> dict[str, float]:
    """Return what a training's history reports of validation windows.

    It is ``val_loss``; for classes ``val_accuracy``, and for each number ``val_rmse:<target>``, in
    its own unit.

    Parameters
    ----------
    outputs : Tensor of float32, shape (windows, outputs)
    target : Tensor
        As losses take it.
    loss : Loss
    scaling : TargetScaling or None
        None for classes.
    """
    row = {"val_loss": compute_mean_loss(loss, outputs, target)}
    if scaling is None:
        correct = outputs.argmax(dim=1) == target
        return row | {"val_accuracy": correct.double().mean().item()}
    assert isinstance(loss, NumberLoss)
    squares = (loss.read_prediction(outputs).double() - target).square()
    errors = squares.mean(dim=0).sqrt().tolist()
    scaled = zip(scaling.names, scaling.sds.tolist(), errors, strict=True)
    return row | {f"val_rmse:{name}": sd * error for name, sd, error in scaled}


def evaluate_shares(
    outputs: Tensor, target: npt.NDArray[np.float64], targets: Targets
) -> dict[str, float]:
    """Return what a training's history reports, where ancestry at each site is predicted.

    Parameters
    ----------
    outputs : Tensor of float32, shape (windows, 2)
        The loss of each window, and the share of ancestry that is predicted.
    target : ndarray of float64, shape (windows, 1)
        The true share.
    targets : Targets
        What is predicted.
    """
    losses, shares = outputs.double().cpu().unbind(dim=1)
    error = float(np.sqrt(np.square(shares.numpy() - target[:, 0]).mean()))
    return {"val_loss": losses.mean().item(), f"val_rmse:{targets.first}": error}


def compute_mean_loss(loss: Loss, outputs: Tensor, target: Tensor) -> float:
    """Return the mean of a loss over windows and targets.

    Parameters
    ----------
    loss : Loss
    outputs : Tensor of float32, shape (windows, outputs)
    target : Tensor
        As losses take it.
    """
    return loss.compute(outputs, target).double().mean().item()


# Which loss ---------------------------------------------------------------------------------------

#: The losses of numbers, by the config's ``training.loss``.
NUMBER_LOSSES = {
    "squared": NumberLoss(
        compute_squared_error, _find_mean, per_target=1, read_prediction=lambda outputs: outputs
    ),
    "gaussian": NumberLoss(
        compute_gaussian_loss,
        _find_normal,
        per_target=2,
        read_prediction=_read_normal_mean,
        read_quantiles=_read_normal_quantiles,
    ),
    "quantiles": NumberLoss(
        compute_pinball_loss,
        _find_quantiles,
        per_target=len(LEVELS),
        read_prediction=_read_median,
        read_quantiles=_read_sorted_quantiles,
    ),
    # Of ancestry at each site, where what is read is the share in the window.
    "cross_entropy": NumberLoss(
        compute_site_loss, find_mean_odds, per_target=1, read_prediction=lambda outputs: outputs
    ),
}


def count_outputs(loss: str, targets: Targets) -> int:
    """Return how many outputs a net has.

    Parameters
    ----------
    loss : str
        The name of its loss, one of :class:`coalflow.config.schema.training.Recipe`.
    targets : Targets
        What it predicts.
    """
    if targets.classes is not None:
        return len(targets.classes)
    return len(targets) * NUMBER_LOSSES[loss].per_target


def choose_loss(
    recipe: Recipe, target: TargetValues, classes: tuple[str, ...] | None, device: torch.device
) -> Loss:
    """Return the loss of a training.

    Parameters
    ----------
    recipe : Recipe
    target : ndarray
        The true values of the training windows; those of classes show how common each is.
    classes : tuple of str or None
        None for numbers.
    device : torch.device
        Where losses are computed.
    """
    if classes is None:
        return NUMBER_LOSSES[recipe.loss]
    if recipe.class_weights == "equal":
        return Loss(compute_cross_entropy, _find_frequencies)
    counts = torch.bincount(torch.as_tensor(target), minlength=len(classes))
    weights = (len(target) / (len(classes) * counts)).float().to(device)
    return Loss(
        functools.partial(compute_cross_entropy, weights=weights),
        functools.partial(_find_frequencies, weights=weights),
    )
