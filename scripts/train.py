"""Train one net once, from one seed: weights, card and history."""

import functools
import hashlib
import math

import pandas as pd
import torch

from coalflow.core import digests, seeds
from coalflow.core.command_line import parse_arguments
from coalflow.core.errors import run_program
from coalflow.core.files import Room, read_json, remove_unfinished, write_table
from coalflow.core.progress import say
from coalflow.dataset import loading, target_scaling
from coalflow.evaluation import scoring
from coalflow.models import batches, nets, storage
from coalflow.models.training import (
    batch_size,
    devices,
    inputs,
    interruptions,
    loop,
    losses,
    processes,
    recipes,
)
from coalflow.windows import observation


def main():
    """Read train and validation data, train, write the model's folder."""
    arguments = parse_arguments(
        __doc__,
        settings="net, restart, seed, encoding, target, classes, training, parameters, one_in",
        split="split.parquet",
        shards="folder of all shards",
        observation="what is laid on simulations, .json",
        output="the model's folder",
        optional={
            "recipes": "what a search proposed, .json, of which settings have the place",
            "log": "the log, beside which there is a folder for TensorBoard if that is wanted",
        },
        numbers={
            "time_limit": "seconds after which training stops, to go on later; 0 is no limit",
            "tensorboard": "1 if TensorBoard is to show the training; 0 if not",
            "memory": "MB; arrays of windows of more than a third of it stay on disk; 0: none do",
        },
    )
    stop = interruptions.Stop(arguments.time_limit)
    settings = observation.in_settings(arguments.settings, arguments.observation)
    if arguments.recipes:
        changes = read_json(arguments.recipes)["changes"][settings["place"]]
        settings = {**settings, "training": {**settings["training"], **changes}}
    options = recipes.resolve_recipe(settings)
    settings = {**settings, "training": options}
    processes.start_processes(options)
    device = devices.choose_device(options["device"])

    most = arguments.memory * 1e6 / options["processes"] / 3
    room = Room(most or math.inf, arguments.output)
    table = loading.read_split_table(arguments.split)
    table = loading.keep_part_of_train(table, settings["one_in"], settings["seed"])
    train, validation = (
        loading.load_split(table, split, arguments.shards, settings, room.empty)
        for split in ("train", "validation")
    )
    for split, replicates in (("training", train), ("validation", validation)):
        inputs.refuse_unusable(replicates, split, settings["target"])
    devices.make_deterministic(options["threads"])
    devices.keep_freed_memory()
    with processes.join_processes(device) as together:
        net = _new_net(settings, train)
        if together.rank == 0:
            _introduce(net, settings, train, validation)
        scale = (
            None
            if settings["classes"]
            else target_scaling.TargetScaling.of(train.target, settings["target"])
        )
        checkpoint = arguments.output / "checkpoint.pt"
        busy = arguments.output / "batch_size.json"
        if options["batch_size"] == "auto":
            size = batch_size.find_batch_size(net, train.windows, settings, device, together, busy)
            settings = {**settings, "training": {**options, "batch_size": size}}
        identity = digests.digest_value([settings, _fingerprint(train), _fingerprint(validation)])
        history = loop.train_net(
            net,
            train,
            validation,
            settings,
            scale,
            identity,
            checkpoint,
            together,
            stop,
            functools.partial(
                loading.load_windows, train.table, arguments.shards, settings, empty=room.empty
            ),
            arguments.log.with_suffix("") if arguments.tensorboard else None,
        )
        if together.rank == 0:
            _save(arguments.output, net, settings, train, validation, scale, history, device)
            checkpoint.unlink()
            busy.unlink(missing_ok=True)
            remove_unfinished(arguments.output)


def _new_net(settings, train):
    shape = batches.measure_input_shape(train.windows, settings["encoding"])
    options = settings["training"]
    outputs = losses.count_outputs(options["loss"], settings["target"], settings["classes"])
    stream = (settings["seed"], "net", settings["net"], settings["restart"])
    torch.manual_seed(seeds.derive_seed(*stream, "weights"))
    return nets.build_net(settings["net"], **shape, outputs=outputs, dropout=options.get("dropout"))


def _introduce(net, settings, train, validation):
    """Print what is trained, and how."""
    shape = batches.measure_input_shape(train.windows, settings["encoding"])
    print(f"{settings['net']}, restart {settings['restart']}", flush=True)
    print(nets.tabulate_shapes(net, **shape), flush=True)
    say(f"{len(train):,} training and {len(validation):,} validation windows")
    say(f"recipe: {recipes.describe_recipe(settings['training'])}")
    inputs.note_constant_windows(train.windows)


def _save(folder, net, settings, train, validation, scale, history, device):
    """Write the trained net, its card and its history."""
    card = storage.make_card(
        "net",
        settings["net"],
        settings["restart"],
        settings,
        train,
        scale,
        uses=net.inputs,
        weights=nets.count_weights(net),
        loss=settings["training"]["loss"],
        best_epoch=loop.best_epoch(history),
        device=device.type,
        versions={"torch": torch.__version__},
    )
    predicted = storage.predict_with_net(net, validation.windows, card, device)
    card["validation"] = scoring.score_validation(
        validation.target, predicted, card.predictands
    )
    storage.save_net(folder, net, card)
    write_table(folder / "history.tsv", pd.DataFrame(history))


def _fingerprint(replicates):
    """Return a digest of windows and targets: a checkpoint is good for these data only."""
    digest_of_all = hashlib.sha256(replicates.target.tobytes())
    for array in replicates.windows.arrays:
        digest_of_all.update(array)
    return digest_of_all.hexdigest()


if __name__ == "__main__":
    run_program(main)
