"""Training small nets, as scripts/train.py does."""

import torch
from helpers.data import targets_of
from helpers.models import settings_of_models

from coalflow.core import seeds
from coalflow.dataset import target_scaling
from coalflow.models import nets
from coalflow.models.training import loop, losses, recipes

EPOCHS = 5


def settings_of_training(**training_options):
    defaults = {
        "device": "cpu",
        "learning_rate": 1e-3,
        "epochs": EPOCHS,
        "patience": 100,
        "batch_size": 32,
        "dropout": 0.1,
        "class_weights": "equal",
        "precision": "float32",
    }
    options = {**defaults, **training_options}
    settings = {
        **settings_of_models(),
        "net": "flagel_tajimas_d",
        "restart": 0,
        "training": options,
    }
    return {**settings, "training": recipes.resolve_recipe(settings)}


def new_net(settings, replicates):
    """Return a net as scripts/train.py makes it."""
    stream = (settings["seed"], "net", settings["net"], settings["restart"])
    torch.manual_seed(seeds.derive_seed(*stream, "weights"))
    loss = settings["training"]["loss"]
    outputs = losses.count_outputs(loss, settings["target"], replicates.classes)
    shape = replicates.windows.shape[1:]
    return nets.build_net(settings["net"], *shape, outputs, dropout=settings["training"]["dropout"])


def run(train, validation, settings, checkpoint, identity="this", scale=None, **more):
    """Train from the beginning or from a checkpoint; return the net and its history."""
    net = new_net(settings, train)
    scale = scale or target_scaling.TargetScaling.of(train.target, targets_of("diversity"))
    history = loop.train_net(net, train, validation, settings, scale, identity, checkpoint, **more)
    return net, history


def same_weights(a, b):
    ours, theirs = a.state_dict(), b.state_dict()
    return ours.keys() == theirs.keys() and all(torch.equal(ours[k], theirs[k]) for k in ours)
