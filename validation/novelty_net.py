"""A net that is quickly trained, for ``novelty.py``."""

import numpy as np
import torch
from novelty_data import CLASSES, ENCODING, SWEEPS

from coalflow.models.batches import DeviceWindows, measure_input_shape
from coalflow.models.nets import build_net

EPOCHS, BATCH, RATE = 12, 64, 1e-3


class TrainedNet:
    """A net, and how its target was scaled."""

    def __init__(self, problem, net, mean, deviation):
        self.problem, self.net, self.mean, self.deviation = problem, net, mean, deviation

    def predict(self, windows):
        """Return what the net predicts of windows, and its last hidden layer, float32."""
        batches, hidden, predicted = DeviceWindows(windows, ENCODING, "cpu"), [], []
        hook = self.net.output.register_forward_pre_hook(
            lambda layer, inputs: hidden.append(inputs[0].numpy())
        )
        with torch.no_grad():
            self.net.eval()
            for first in range(0, len(windows), 250):
                predicted.append(self.net(*batches.make_batch(slice(first, first + 250))).numpy())
        hook.remove()
        outputs = np.concatenate(predicted)
        if self.problem == SWEEPS:
            return outputs.argmax(axis=1), np.concatenate(hidden)
        return outputs[:, 0] * self.deviation + self.mean, np.concatenate(hidden)

    def measure_errors(self, predicted, target):
        """Return the error of each window: wrong or not, or the square of the difference."""
        if self.problem == SWEEPS:
            # Hard and soft sweeps are both sweeps.
            return ((predicted > 0) != (target > 0)).astype(float)
        return (predicted - target) ** 2


def train_net(problem, train):
    """Return a net that was trained on windows."""
    torch.manual_seed(1)
    mean, deviation = float(train.target.mean()), float(train.target.std())
    shape = measure_input_shape(train.windows, ENCODING)
    is_class = problem == SWEEPS
    net = build_net("flagel_sweeps", shape, len(CLASSES) if is_class else 1)
    batches = DeviceWindows(train.windows, ENCODING, "cpu")
    if is_class:
        loss, target = torch.nn.CrossEntropyLoss(), torch.as_tensor(train.target).long()
    else:
        loss = torch.nn.MSELoss()
        target = torch.as_tensor((train.target - mean) / deviation).float()[:, None]
    optimiser = torch.optim.Adam(net.parameters(), lr=RATE)
    steps = EPOCHS * (-(-len(target) // BATCH))
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, RATE, total_steps=steps)
    for _ in range(EPOCHS):
        net.train()
        for rows in torch.randperm(len(target)).split(BATCH):
            optimiser.zero_grad()
            loss(net(*batches.make_batch(rows)), target[rows]).backward()
            optimiser.step()
            schedule.step()
    return TrainedNet(problem, net, mean, deviation)
