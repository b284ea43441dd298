"""Integrated gradients: how much each number that a net is given adds to what it predicts.

References
----------
Sundararajan, Taly and Yan (2017), arXiv:1703.01365.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import torch

from coalflow.models.interpretation.activations import make_inputs
from coalflow.models.nets.net import Inputs
from coalflow.models.storage.model import Model
from coalflow.models.training import losses
from coalflow.statistics.allele_counts import find_part
from coalflow.windows.packed_windows import Windows

STEPS = 24
PARTS = 11  # of a window, of equal length, as the first layer of coalflow's own net has them
WINDOWS_AT_ONCE = 50

#: Takes inputs of windows, and returns one number of each, (windows,).
Explained = Callable[[Inputs], torch.Tensor]


@dataclasses.dataclass(frozen=True)
class Attributions:
    """What parts of windows add to what a net predicts, beyond its prediction for the reference.

    Attributes
    ----------
    by_part : ndarray of float64, shape (windows, parts)
        Of eleven parts of a window of equal length.
    by_haplotype : ndarray of float32, shape (windows, haplotypes, sites or parts)
        Of each haplotype at each site, or in each part where the first layer reads parts.
    elsewhere : ndarray of float64, shape (windows,)
        What is not in a part: of numbers that describe the window as a whole.
    difference : ndarray of float64, shape (windows,)
        Between what is predicted of a window and of the reference. It is the sum of all.
    """

    by_part: npt.NDArray[np.float64]
    by_haplotype: npt.NDArray[np.float32]
    elsewhere: npt.NDArray[np.float64]
    difference: npt.NDArray[np.float64]


def integrate_gradients(
    explained: Explained, inputs: Inputs, reference: Inputs, steps: int = STEPS
) -> Inputs:
    """Return what each number adds to ``explained``, compared with its value in the reference.

    All numbers of a window add up to the difference between what is explained of the window and of
    the reference, as far as the steps are fine enough.

    Parameters
    ----------
    explained : callable
        Differentiable.
    inputs : tuple of Tensor, shape (windows, ...)
        What is not float32, such as a mask, is left as it is, and is attributed nothing.
    reference : tuple of Tensor, shape (1, ...) or (windows, ...)
    steps : int
        On the straight line from the reference to a window; gradients are taken in the middle of
        each.

    Returns
    -------
    tuple of Tensor
        Of the shapes of ``inputs``.
    """
    floating = [part.is_floating_point() for part in inputs]
    pairs = list(zip(inputs, reference, floating, strict=True))
    differences = [part - base if floats else None for part, base, floats in pairs]
    sums = [torch.zeros_like(part) if floats else part for part, _, floats in pairs]
    for step in range(steps):
        share = (step + 0.5) / steps
        between = [
            (base + share * difference).requires_grad_() if difference is not None else part
            for (part, base, _), difference in zip(pairs, differences, strict=True)
        ]
        wanted = [part for part in between if part.requires_grad]
        total = explained(tuple(between)).sum()
        gradients = iter(torch.autograd.grad(total, wanted, allow_unused=True))
        for index, floats in enumerate(floating):
            if floats and (gradient := next(gradients)) is not None:
                sums[index] += gradient / steps
    return tuple(
        torch.zeros(part.shape) if difference is None else total * difference
        for part, total, difference in zip(inputs, sums, differences, strict=True)
    )


def average_inputs(model: Model, windows: Windows) -> Inputs:
    """Return the mean of windows as a model's net takes them, of one window.

    Parameters
    ----------
    model : Model
        It has a net.
    windows : Windows
    """
    return tuple(
        part.mean(0, keepdim=True) if part.is_floating_point() else part[:1]
        for part in make_inputs(model, windows)
    )


def attribute_net(model: Model, windows: Windows, output: int, reference: Inputs) -> Attributions:
    """Return what the parts and haplotypes of windows add to one of a net's predictions.

    Predictions are in standard deviations of the target in training, or the logarithm of the odds
    of a class.

    Parameters
    ----------
    model : Model
        It has a net.
    windows : Windows
    output : int
        The index of the target, or of the class.
    reference : tuple of Tensor
        What :func:`average_inputs` returned.
    """
    assert model.net is not None
    net, read = model.net.eval(), _make_reader(model, output)
    given = make_inputs(model, windows)
    parts = []
    for begin in range(0, len(windows), WINDOWS_AT_ONCE):
        rows = slice(begin, begin + WINDOWS_AT_ONCE)
        batch = tuple(part[rows] for part in given)
        # A window's padding is its own, also in the reference.
        base = tuple(
            each if each.is_floating_point() else part
            for each, part in zip(reference, batch, strict=True)
        )
        added = integrate_gradients(lambda inputs: read(net(*inputs)), batch, base)
        with torch.no_grad():
            wide = tuple(
                each.expand(len(batch[0]), *each.shape[1:]) if each.shape[0] == 1 else each
                for each in base
            )
            difference = (read(net(*batch)) - read(net(*wide))).double().numpy()
        parts.append(_place(model, windows[rows], added, difference))
    return Attributions(
        *(
            np.concatenate([getattr(part, field.name) for part in parts])
            for field in dataclasses.fields(Attributions)
        )
    )


def _make_reader(model: Model, output: int) -> Callable[[torch.Tensor], torch.Tensor]:
    """Return what takes a net's raw outputs to the number that is explained."""
    card = model.card
    if card.scaling is None:

        def read_log_odds(outputs: torch.Tensor) -> torch.Tensor:
            others = [index for index in range(outputs.shape[1]) if index != output]
            return outputs[:, output] - outputs[:, others].logsumexp(dim=1)

        return read_log_odds
    assert card.net is not None
    loss = losses.NUMBER_LOSSES[card.net.recipe.loss]
    return lambda outputs: loss.read_prediction(outputs)[:, output]


def _place(
    model: Model, windows: Windows, added: Inputs, difference: npt.NDArray[np.float64]
) -> Attributions:
    """Return attributions by where in the window the numbers are about."""
    assert model.net is not None
    first_layer = model.net.first_layer
    if first_layer is None:
        haplotypes, positions = (part.double() for part in added[:2])
        by_site = (haplotypes.sum(2) + positions.sum(2)).numpy()
        part = np.where(windows.mask, find_part(windows.positions, PARTS), PARTS)
        by_part = np.zeros((len(windows), PARTS + 1))
        np.add.at(by_part, (np.arange(len(windows))[:, None], part), by_site)
        matrix = _restore_order(haplotypes.transpose(1, 2).float().numpy(), windows)
        return Attributions(by_part[:, :PARTS], matrix, by_part[:, PARTS], difference)
    by_part = np.zeros((len(windows), PARTS))
    elsewhere = np.zeros(len(windows))
    by_population = []
    for tensor, axes in zip(added, first_layer.axes, strict=True):
        values = tensor.double().sum(-1).numpy()
        if "parts" not in axes:
            elsewhere += values.reshape(len(windows), -1).sum(axis=1)
            continue
        if "haplotypes" in axes:
            by_population.append(values.astype(np.float32))
            values = values.sum(axis=1)
        by_part += values
    matrix = _restore_order(np.concatenate(by_population, axis=1), windows)
    return Attributions(by_part, matrix, elsewhere, difference)


def _restore_order(matrix: npt.NDArray[np.float32], windows: Windows) -> npt.NDArray[np.float32]:
    """Return haplotypes, which nets take population by population, as windows have them.

    ``matrix`` is (windows, haplotypes, numbers). Of very many haplotypes, a first layer chooses.
    """
    if matrix.shape[1] != windows.rows:
        return matrix
    return matrix[:, np.argsort(windows.rows_in_order)]
