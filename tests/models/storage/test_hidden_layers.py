"""The last hidden layer of a net: a few numbers of each window, whatever the net predicts."""

import types

import numpy as np
import torch
from torch import nn

from coalflow.models.storage.hidden_layers import record_hidden_layer


class Net(nn.Module):
    """A net that is its last layer."""

    def __init__(self, units):
        super().__init__()
        self.output = nn.Linear(units, 1)

    def forward(self, windows):
        return self.output(windows)


def record(given):
    model = types.SimpleNamespace(net=Net(given.shape[-1]))
    with record_hidden_layer(model) as layer:
        for part in given.split(2):
            model.net(part)
        return layer.take()


def test_units_of_windows_are_as_they_are():
    given = torch.rand(5, 7)
    np.testing.assert_array_equal(record(given), given.numpy())


def test_units_of_haplotypes_in_parts_are_pooled():
    given = torch.rand(5, 4, 3, 7)
    found = record(given)
    assert found.shape == (5, 14)
    np.testing.assert_allclose(found[:, :7], given.numpy().mean(axis=(1, 2)), rtol=1e-6)
    np.testing.assert_array_equal(found[:, 7:], given.numpy().max(axis=(1, 2)))
