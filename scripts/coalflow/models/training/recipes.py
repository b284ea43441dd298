"""How a net is trained: as the config says, else as its authors did, else as most nets are."""

import math

import torch

from coalflow.models import nets
from coalflow.models.training import augmentation

# What neither the config nor a net's own recipe says. 0 is none of it.
GENERAL = {
    "epochs": 20,
    "patience": 5,
    "batch_size": 256,
    "learning_rate": 1e-3,
    "schedule": "constant",
    "warm_up": 0,
    "weight_decay": 0,
    "clip": 0,
    "average": 0,
    "loss": "squared",
    "augment": {},
}


def resolve_recipe(settings):
    """Return the config's ``training`` with all that it leaves open filled in.

    ``settings`` are those of ``scripts/train.py``. Classes have one loss, whatever there is for
    numbers. Of a net's own augmentation only what makes sense is taken.
    """
    net = nets.NETS[settings["net"]]
    recipe = {**GENERAL, **net.recipe}
    recipe["augment"] = augmentation.keep_applicable(recipe["augment"], net, settings)
    loss = {"loss": "cross_entropy"} if settings["classes"] else {}
    return {**recipe, **settings["training"], **loss}


def describe_recipe(options):
    """Return a recipe in one line, without what it makes no use of."""
    parts = {name: options[name] for name in GENERAL if options[name] not in (0, {})}
    return ", ".join(f"{name} {value}" for name, value in parts.items())


def make_optimizer(net, options):
    """Return Adam for the weights of a net, with its penalty and decoupled weight decay.

    Where a net has a penalty of its own on squared weights, ``weight_decay`` leaves these alone.
    """
    groups = nets.group_parameters(net, options["weight_decay"])
    return torch.optim.Adam(groups, lr=options["learning_rate"], fused=True)


def schedule_learning_rate(step, steps_per_epoch, options):
    """Return the learning rate of a step; the first is 0.

    It rises evenly during ``warm_up`` epochs. Then it stays, or falls to 0 along half a
    cosine at the end of the last epoch.
    """
    warm_up = options["warm_up"] * steps_per_epoch
    if step + 1 < warm_up:
        return options["learning_rate"] * (step + 1) / warm_up
    if options["schedule"] == "constant":
        return options["learning_rate"]
    done = (step - warm_up) / max(1, options["epochs"] * steps_per_epoch - warm_up)
    return options["learning_rate"] * (1 + math.cos(math.pi * min(1, max(0, done)))) / 2


def make_moving_average(net, decay):
    """Return the exponential moving average of a net's weights, a net of the same kind.

    The decay of a step n is (1 + n) / (10 + n) until that is more than ``decay``, so that the
    random weights of the beginning are soon forgotten. Buffers are the net's own.
    """

    def update(averages, weights, number):
        kept = min(decay, (1 + number.item()) / (10 + number.item()))
        torch._foreach_lerp_(averages, weights, 1 - kept)

    return torch.optim.swa_utils.AveragedModel(net, multi_avg_fn=update)
