"""What a net's outputs mean, how wrong they are, and how sure.

Numbers are told in the units in which models learn (:mod:`coalflow.dataset.target_scaling`). A loss gives
each target so many outputs, ``per_target``; those of one target stand side by side.
"""

import numpy as np
import torch
from torch import nn

INTERVAL = (0.05, 0.95)  # what lies between these two quantiles is the 90 % interval
QUANTILES = (INTERVAL[0], 0.5, INTERVAL[1])


class SquaredError:
    """Squared error: the output is the mean of what the target may be, and tells no more."""

    per_target, has_interval = 1, False

    def of_windows(self, outputs, target):
        """Return each window's loss of each target, float32 (windows, targets).

        ``outputs`` is float32 (windows, targets * per_target), ``target`` float32
        (windows, targets).
        """
        return nn.functional.mse_loss(outputs, target, reduction="none")

    def central(self, outputs):
        """Return what is predicted, float32 (windows, targets)."""
        return outputs

    def constant(self, target):
        """Return the outputs, (1, outputs), of the best net that gives all windows the same."""
        return target.mean(dim=0, keepdim=True)


class Gaussian:
    """Negative log-likelihood of a normal distribution, of whose mean and log sd the outputs are.

    The output is the log of how much the sd is above 0.001 of the target's, the least it can be.
    """

    per_target, has_interval = 2, True
    LEAST_SD = 1e-3

    def of_windows(self, outputs, target):
        """Return each window's loss of each target, as :class:`SquaredError` does."""
        mean, sd = self._parts(outputs)
        return sd.log() + ((target - mean) / sd).square() / 2

    def central(self, outputs):
        """Return the mean, float32 (windows, targets)."""
        return self._parts(outputs)[0]

    def interval(self, outputs):
        """Return the two ends of the 90 % interval, float32 (windows, targets) each."""
        mean, sd = self._parts(outputs)
        away = sd * torch.distributions.Normal(0.0, 1.0).icdf(torch.tensor(INTERVAL[1])).item()
        return mean - away, mean + away

    def constant(self, target):
        """Return the mean and log sd of all targets, (1, outputs)."""
        both = target.mean(dim=0), (target.std(dim=0, correction=0) - self.LEAST_SD).log()
        return torch.stack(both, dim=1).flatten()[None]

    def _parts(self, outputs):
        mean, log_sd = outputs.unflatten(1, (-1, self.per_target)).unbind(dim=2)
        return mean, log_sd.exp() + self.LEAST_SD


class Quantiles:
    """Pinball loss of the 5 %, 50 % and 95 % quantiles of what the target may be."""

    per_target, has_interval = len(QUANTILES), True

    def of_windows(self, outputs, target):
        """Return each window's loss of each target, as :class:`SquaredError` does."""
        above = target[:, :, None] - outputs.unflatten(1, (-1, self.per_target))
        levels = torch.tensor(QUANTILES, device=outputs.device)
        return torch.maximum(levels * above, (levels - 1) * above).mean(dim=2)

    def central(self, outputs):
        """Return the median, float32 (windows, targets)."""
        return self._in_order(outputs)[:, :, 1]

    def interval(self, outputs):
        """Return the two ends of the 90 % interval, float32 (windows, targets) each."""
        low, _, high = self._in_order(outputs).unbind(dim=2)
        return low, high

    def constant(self, target):
        """Return the quantiles of all targets, (1, outputs)."""
        # By NumPy, since torch.quantile takes no more than 16 million values.
        found = np.quantile(target.cpu().numpy(), QUANTILES, axis=0).T.reshape(1, -1)
        return torch.as_tensor(found, dtype=torch.float32, device=target.device)

    def _in_order(self, outputs):
        # Nothing in the loss keeps a net from crossing its quantiles.
        return outputs.unflatten(1, (-1, self.per_target)).sort(dim=2).values


class CrossEntropy:
    """Cross-entropy of classes. ``weights``, float32 (classes,), say how much each counts."""

    def __init__(self, weights=None):
        self.weights = weights

    def of_windows(self, outputs, target):
        """Return each window's loss, float32 (windows, 1).

        ``outputs`` is float32 (windows, classes), ``target`` int64 (windows,).
        """
        of_each = nn.functional.cross_entropy(outputs, target, reduction="none")
        if self.weights is not None:
            of_each = of_each * self.weights[target]
        return of_each[:, None]

    def constant(self, target):
        """Return the outputs, (1, classes), that are best where all windows get the same."""
        counts = torch.bincount(target).float()
        return (counts if self.weights is None else counts * self.weights).log()[None]


OF_NUMBERS = {"squared": SquaredError, "gaussian": Gaussian, "quantiles": Quantiles}


def count_outputs(loss, targets, classes):
    """Return how many outputs a net has; ``loss`` is the name of one of numbers."""
    return len(classes) if classes else len(targets) * OF_NUMBERS[loss].per_target


def choose_loss(options, target, classes, device):
    """Return the loss of a training.

    ``target`` are the training windows' targets; of classes it tells how common each is.
    """
    if not classes:
        return OF_NUMBERS[options["loss"]]()
    if options["class_weights"] == "equal":
        return CrossEntropy()
    counts = torch.bincount(torch.as_tensor(target), minlength=len(classes))
    return CrossEntropy((len(target) / (len(classes) * counts)).float().to(device))
