"""Training small nets, as scripts/train.py does."""

import torch
from helpers.models import fit_scaling, make_train_settings, make_view

from coalflow.models import batches, nets
from coalflow.models.training import losses
from coalflow.models.training.inputs import TrainingData, TrainingRun
from coalflow.models.training.loop import train_net
from coalflow.models.training.recipes import TrainingPlan, resolve_recipe

EPOCHS = 5
DEFAULTS = {
    "device": "cpu",
    "learning_rate": 1e-3,
    "epochs": EPOCHS,
    "patience": 100,
    "batch_size": 32,
    "dropout": 0.1,
    "class_weights": "equal",
    "precision": "float32",
}


def make_plan(target="diversity", view=None, net="flagel_tajimas_d", restart=0, seed=7, **training):
    """Return how a small net is trained, with changes."""
    view = view or make_view(target)
    settings = make_train_settings(view, net, restart, seed, **{**DEFAULTS, **training})
    return TrainingPlan(settings, view, resolve_recipe(settings, view))


def new_net(plan, replicates):
    """Return a net as scripts/train.py makes it."""
    shape = batches.measure_input_shape(replicates.windows, plan.view.encoding)
    outputs = losses.count_outputs(plan.recipe.loss, plan.view.targets)
    torch.manual_seed(plan.derive_seed("weights"))
    return nets.build_net(plan.settings.net, shape, outputs, dropout=plan.recipe.dropout)


def run(train, validation, plan, checkpoint, net=None, scaling=None, redraw=None, **around):
    """Train from the beginning or from a checkpoint; return the net and its history."""
    net = net or new_net(plan, train)
    data = TrainingData(train, validation, scaling or fit_scaling(train, plan.view), redraw)
    around = {"identity": "this", **around}
    return net, train_net(net, data, plan, TrainingRun(checkpoint, **around))


def same_weights(a, b):
    ours, theirs = a.state_dict(), b.state_dict()
    return ours.keys() == theirs.keys() and all(torch.equal(ours[k], theirs[k]) for k in ours)
