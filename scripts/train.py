"""Train one net once, from one seed: weights, card and history."""

import functools
import hashlib
import pathlib
import sys

import pandas as pd
import torch

from coalflow.config.schema.training import Training
from coalflow.config.settings.learning import TrainSettings
from coalflow.core import digests, memory
from coalflow.core.command_line import parse_arguments
from coalflow.core.errors import run_program
from coalflow.core.files import (
    Room,
    read_json,
    refuse_damaged,
    remove_unfinished,
    write_table,
)
from coalflow.core.progress import say
from coalflow.dataset import loading
from coalflow.dataset.loading import Replicates
from coalflow.dataset.site_ancestry import load_site_ancestry
from coalflow.dataset.target_scaling import TargetScaling
from coalflow.dataset.training_parts import keep_part_of_train
from coalflow.evaluation.cards import NetInput, NetTraining
from coalflow.evaluation.scoring import score_validation
from coalflow.models import nets
from coalflow.models.batches import measure_input_shape
from coalflow.models.card_making import make_net_card
from coalflow.models.nets.net import Net
from coalflow.models.recipe_words import describe_recipe
from coalflow.models.storage.nets import predict_with_net, save_net
from coalflow.models.summaries import Storage
from coalflow.models.training import devices, processes
from coalflow.models.training.batch_size import find_batch_size
from coalflow.models.training.checkpoints import History
from coalflow.models.training.inputs import (
    TrainingData,
    TrainingRun,
    note_constant_windows,
    refuse_unusable,
)
from coalflow.models.training.interruptions import Stop
from coalflow.models.training.loop import train_net
from coalflow.models.training.losses import count_outputs
from coalflow.models.training.recipes import TrainingPlan, resolve_recipe
from coalflow.models.training.reporting import find_best_epoch
from coalflow.windows.observation import read_observation


def main() -> None:
    """Read train and validation data, train, write the model's folder."""
    arguments = parse_arguments(
        __doc__,
        TrainSettings,
        split="split.parquet",
        shards="folder of all shards",
        observation="how simulations are observed, .json",
        output="the model's folder",
        optional={
            "summaries": "folder for what a first layer makes of many windows, for all trainings",
            "recipes": "proposals of a search, .json, of which this net takes one",
            "log": "the log, next to which the folder for TensorBoard is written, if there is one",
        },
        numbers={
            "time_limit": "seconds after which training stops, to be resumed later; 0 for no limit",
            "tensorboard": "1 if TensorBoard is to show the training; 0 if not",
            "memory": "MB; arrays of more than a third of it stay on disk; 0: none do",
        },
    )
    stop = Stop(arguments.time_limit)
    settings = _take_proposal(arguments.settings, arguments.recipes)
    view = settings.view.observed(read_observation(arguments.observation))
    plan = TrainingPlan(settings, view, resolve_recipe(settings, view))
    processes.start_processes(plan.recipe)
    device = devices.choose_device(plan.recipe.device)
    most = int(arguments.memory * 1e6 / plan.recipe.processes / 3) or sys.maxsize
    room = Room(most, arguments.output)
    data = _load_data(arguments.split, arguments.shards, room, plan)
    devices.make_deterministic(plan.recipe.threads)
    memory.keep_memory_between_training_steps()
    with processes.join_processes(device) as together:
        net = _build_net(data, plan)
        if together.rank == 0:
            _introduce(net, data, plan)
        size_file = arguments.output / "batch_size.json"
        if plan.recipe.batch_size == "auto":
            size = find_batch_size(net, data.train.windows, plan, device, together, size_file)
            plan = plan.with_batch_size(size)
        run = TrainingRun(
            arguments.output / "checkpoint.pt",
            _identify(data, plan),
            together,
            stop,
            arguments.log.with_suffix("") if arguments.tensorboard else None,
            Storage(most, arguments.summaries or arguments.output),
        )
        history = train_net(net, data, plan, run)
        if together.rank == 0:
            _save(arguments.output, net, data, plan, history, device)
            run.checkpoint.unlink()
            size_file.unlink(missing_ok=True)
            remove_unfinished(arguments.output)


def _take_proposal(settings: TrainSettings, recipes: pathlib.Path | None) -> TrainSettings:
    """Return the settings with the changes that a search proposes for this net, if any."""
    if recipes is None:
        return settings
    with refuse_damaged(recipes):
        changes = read_json(recipes)["changes"][settings.proposal]
        training = Training.model_validate({**dict(settings.training), **changes})
    return settings.model_copy(update={"training": training})


def _load_data(
    split_table: pathlib.Path,
    shards: pathlib.Path,
    room: Room,
    plan: TrainingPlan,
) -> TrainingData:
    """Return what a net learns from."""
    settings, view = plan.settings, plan.view
    table = loading.read_split_table(split_table)
    table = keep_part_of_train(table, settings.one_in, settings.seed)
    train, validation = (
        loading.load_split(table, split, shards, view, room.allocate)
        for split in ("train", "validation")
    )
    if view.targets.at_sites is not None:
        train, validation = (
            part.with_ancestry(load_site_ancestry(part.table, shards, view, room.allocate))
            for part in (train, validation)
        )
    refuse_unusable(train, "training", view.targets)
    refuse_unusable(validation, "validation", view.targets)
    scaling = None if view.targets.has_classes else TargetScaling.fit(train.target, view.targets)
    redraw_errors = functools.partial(
        loading.load_windows, train.table, shards, view, allocate=room.allocate
    )
    return TrainingData(train, validation, scaling, redraw_errors)


def _measure_shape(data: TrainingData, plan: TrainingPlan) -> NetInput:
    target = plan.view.targets.at_sites
    of = None if target is None else target.of[0]
    return measure_input_shape(data.train.windows, plan.view.encoding, of)


def _build_net(data: TrainingData, plan: TrainingPlan) -> Net:
    shape = _measure_shape(data, plan)
    outputs = count_outputs(plan.recipe.loss, plan.view.targets)
    torch.manual_seed(plan.derive_seed("weights"))
    return nets.build_net(plan.settings.net, shape, outputs, plan.recipe.dropout)


def _introduce(net: Net, data: TrainingData, plan: TrainingPlan) -> None:
    """Print what is trained, and how."""
    shape = _measure_shape(data, plan)
    print(f"{plan.settings.net}, restart {plan.settings.restart}", flush=True)
    print(nets.tabulate_shapes(net, shape), flush=True)
    say(f"{len(data.train):,} training and {len(data.validation):,} validation windows")
    say(f"recipe: {describe_recipe(plan.recipe)}")
    note_constant_windows(data.train.windows)


def _identify(data: TrainingData, plan: TrainingPlan) -> str:
    """Return a digest of all that a net depends on: a checkpoint serves one training only."""
    parts = [part.as_json() for part in (plan.settings, plan.view, plan.recipe)]
    return digests.digest_value([*parts, _fingerprint(data.train), _fingerprint(data.validation)])


def _fingerprint(replicates: Replicates) -> str:
    """Return a digest of windows and targets."""
    digest = hashlib.sha256(replicates.target.tobytes())
    if replicates.ancestry is not None:
        digest.update(replicates.ancestry.data)
    for array in replicates.windows.arrays:
        digest.update(array.data)
    return digest.hexdigest()


def _save(
    folder: pathlib.Path,
    net: Net,
    data: TrainingData,
    plan: TrainingPlan,
    history: History,
    device: torch.device,
) -> None:
    """Write the trained net, its card and its history."""
    training = NetTraining(
        recipe=plan.recipe,
        inputs=net.record.inputs,
        weights=nets.count_weights(net),
        best_epoch=find_best_epoch(history),
        device=device.type,
    )
    shape = _measure_shape(data, plan)
    card = make_net_card(plan.settings, plan.view, data.train, data.scaling, shape, training)
    predicted = predict_with_net(net, data.validation.windows, card, device)
    scores = score_validation(data.validation.target, predicted.values, card.predictands)
    save_net(folder, net, card.model_copy(update={"validation": scores}))
    write_table(folder / "history.tsv", pd.DataFrame(history))


if __name__ == "__main__":
    run_program(main)
