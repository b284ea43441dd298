"""Train one net once, from one seed: weights, card and history."""

import hashlib

import pandas as pd
import torch

from coalflow import (
    batches,
    dataset,
    digest,
    metrics,
    models,
    nets,
    observation,
    scales,
    seeds,
    training,
)
from coalflow.arguments import parse
from coalflow.errors import run_program
from coalflow.files import remove_unfinished, write_table
from coalflow.progress import say


def main():
    """Read train and validation data, train, write the model's folder."""
    arguments = parse(
        __doc__,
        settings="net, restart, seed, encoding, target, classes, training, parameters",
        split="split.parquet",
        shards="folder of all shards",
        observation="what is laid on simulations, .json",
        output="the model's folder",
    )
    settings = observation.in_settings(arguments.settings, arguments.observation)
    options = settings["training"]

    table = dataset.read_split_table(arguments.split)
    train, validation = (
        dataset.load_split(table, split, arguments.shards, settings)
        for split in ("train", "validation")
    )
    shape = batches.input_shape(train.windows, settings["encoding"])
    outputs = len(train.classes or settings["target"])
    training.make_deterministic(options["threads"])
    torch.manual_seed(
        seeds.integer(settings["seed"], "net", settings["net"], settings["restart"], "weights")
    )
    net = nets.build(settings["net"], **shape, outputs=outputs, dropout=options.get("dropout"))
    print(f"{settings['net']}, restart {settings['restart']}", flush=True)
    print(nets.table_of_shapes(net, **shape), flush=True)
    say(f"{len(train):,} training and {len(validation):,} validation windows")

    scale = None if train.classes else scales.Scale.of(train.target, settings["target"])
    checkpoint = arguments.output / "checkpoint.pt"
    identity = digest.of_value([settings, _fingerprint(train), _fingerprint(validation)])
    history = training.fit(net, train, validation, settings, scale, identity, checkpoint)

    device = training.choose_device(options["device"])
    card = models.make_card(
        "net",
        settings["net"],
        settings["restart"],
        settings,
        train,
        scale,
        uses=net.inputs,
        weights=nets.number_of_weights(net),
        best_epoch=training.best_epoch(history),
        device=device.type,
        versions={"torch": torch.__version__},
    )
    predicted = models.ask_net(net, validation.windows, card, device)
    card["validation"] = metrics.of_validation(validation.target, predicted, card)
    models.save_net(arguments.output, net, card)
    write_table(arguments.output / "history.tsv", pd.DataFrame(history))
    checkpoint.unlink()
    remove_unfinished(arguments.output)


def _fingerprint(replicates):
    """Return a digest of windows and targets: a checkpoint is good for these data only."""
    digest_of_all = hashlib.sha256(replicates.target.tobytes())
    for array in replicates.windows.arrays:
        digest_of_all.update(array)
    return digest_of_all.hexdigest()


if __name__ == "__main__":
    run_program(main)
