"""Every figure of the library, drawn from small tables."""

import demes
import numpy as np
import pandas as pd
from helpers.cards import SIMULATED_WINDOWS
from helpers.data import make_encoding, make_observation, make_predictands, make_samples

from coalflow.config.schema.training import SearchSpace
from coalflow.config.settings.view import View
from coalflow.dataset.target_scaling import TargetScaling
from coalflow.evaluation import classification, metrics, predictions, scoring
from coalflow.evaluation.calibration.calibration import calibrate, fit_calibration
from coalflow.evaluation.calibration.calibration_errors import tabulate_calibration
from coalflow.evaluation.calibration.coverage import tabulate_coverage
from coalflow.evaluation.calibration.window_groups import list_groups
from coalflow.evaluation.cards import Card, FeatureInput, NetInput, Predictands, TrainedOn
from coalflow.evaluation.comparisons import ShownModel
from coalflow.report.figures import (
    accuracy,
    class_scans,
    coverage,
    dataset,
    histories,
    learning,
    priors,
    scans,
)
from coalflow.report.figures.interpretation import activations
from coalflow.report.figures.scores import cells as cell_scores
from coalflow.report.figures.scores import certainty

BASELINE_NAMES = ["mean", "ridge", "gradient_boosting"]
CLASSES = ("neutral", "hard", "linked_hard", "soft", "linked_soft")
RANGES = {"tajimas_d": (-2.0, 2.5), "fst": (0.01, 100.0)}
NET_INPUT = NetInput(sites=8, haplotypes=6, channels=1)


# Tables, targets and cards -------------------------------------------------------------------


def predict_numbers(targets=1):
    """Return one target, or two of which one is learned as a logarithm."""
    predictands = make_predictands(
        "tajimas_d", *["fst"][: targets - 1], logs=["fst"][: targets - 1]
    )
    scales = dict(predictands.scaling.scales)
    scales["tajimas_d"] = scales["tajimas_d"].model_copy(update={"sd": 0.8})
    return Predictands(predictands.targets, TargetScaling.from_scales(scales))


def predict_classes(classes=CLASSES):
    return make_predictands("sweep", classes=classes)


def make_card(model, restart=None, kind="net", predictands=None):
    predictands = predictands or predict_numbers()
    targets = predictands.targets
    view = View(
        observation=make_observation(),
        encoding=make_encoding(),
        samples=make_samples(),
        targets=targets,
    )
    ranges = {name: 10 if targets.has_classes else RANGES[name] for name in targets.names}
    return Card(
        format=1,
        kind=kind,
        model=model,
        restart=restart,
        input=FeatureInput(names=()) if kind == "baseline" else NET_INPUT,
        view=view,
        scales=predictands.scaling and predictands.scaling.scales,
        trained_on=TrainedOn(
            replicates=10, targets=ranges, parameters={}, windows=SIMULATED_WINDOWS
        ),
    )


def make_cards(restarts, baselines, predictands=None):
    cards = [make_card("flagel_tajimas_d", n, "net", predictands) for n in range(restarts)]
    cards += [make_card(name, None, "baseline", predictands) for name in BASELINE_NAMES[:baselines]]
    return {card.name: card for card in cards}


def cell_names(number):
    return [f"history=growth+population_size={1000 * n}" for n in range(1, number + 1)]


def split_table(cells, number=40, seed=0):
    generator = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "cell": np.repeat(cells, number),
            "split": np.tile(["train"] * 6 + ["validation", "test", "test", "excluded"], 4)[
                np.arange(number * len(cells)) % 40
            ],
            "sites": generator.poisson(60, size=number * len(cells)),
            "tajimas_d": generator.normal(size=number * len(cells)),
            "fst": 10.0 ** generator.normal(size=number * len(cells)),
        }
    )


def predictions_table(cards, cells, number=20, seed=0):
    """Return true values of test windows, and predictions of the cards' names."""
    generator = np.random.default_rng(seed)
    table = pd.DataFrame({"cell": np.repeat(cells, number)})
    for target, definition in next(iter(cards.values())).targets:
        restore = (lambda x: 10.0**x) if definition.is_log else (lambda x: x)
        truth = generator.normal(size=number * len(cells))
        table[f"truth:{target}"] = restore(truth)
        for name in cards:
            noise = generator.normal(0, 0.2, size=len(truth))
            table[f"{name}:{target}"] = restore(0.1 if name == "mean" else truth + noise)
    return table


def classes_table(cards, cells, classes, number=40, seed=0):
    """Return true classes of test windows, and predictions of the cards' names."""
    generator = np.random.default_rng(seed)
    truth = np.resize(np.arange(len(classes)), number * len(cells))
    table = pd.DataFrame({"cell": np.repeat(cells, number), "truth": np.array(classes)[truth]})
    targets = predict_classes(classes).targets
    for name in cards:
        chances = generator.dirichlet(np.ones(len(classes)), size=len(table))
        chances += np.eye(len(classes))[truth] * (name != "mean")
        chances /= chances.sum(axis=1, keepdims=True)
        table = table.assign(
            **predictions.tabulate_prediction(name, predictions.Prediction(chances), targets)
        )
    return table


def history_table(epochs, seed=0):
    losses = np.random.default_rng(seed).uniform(0.1, 1.0, size=(2, epochs))
    return pd.DataFrame({"epoch": range(1, epochs + 1), "loss": losses[0], "val_loss": losses[1]})


def restarts_table(restarts):
    layers = ["convolution 1", "convolution 2", "dense"]
    pairs = [(a, b) for b in range(restarts) for a in range(b)]
    rows = [
        {"restart_a": a, "restart_b": b, "layer": layer, "same_unit_r": -0.01, "cka": 0.9}
        for a, b in pairs
        for layer in layers
    ]
    return pd.DataFrame(rows).assign(best_match_r=0.6, prediction_r=0.9)


def windows_table(contigs, windows=12, nets=("flagel_tajimas_d/0",), seed=0):
    generator = np.random.default_rng(seed)
    number = len(contigs) * windows
    start = np.tile(np.arange(windows) * 1000, len(contigs))
    table = pd.DataFrame({"contig": np.repeat(contigs, windows), "start": start})
    table = table.assign(end=start + 2000, sites=40, flags="")
    table.loc[generator.random(number) < 0.1, "flags"] = "gap,inaccessible"
    table["computed:tajimas_d"] = generator.normal(size=number)
    for net in nets:
        table[f"{net}:tajimas_d"] = generator.normal(size=number)
        table[f"{net}:fst"] = 10.0 ** generator.normal(size=number)
    return table


def statistics_table(number, seed, shift=0.0):
    generator = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "bases spanned": np.exp(generator.normal(9 + shift, 1, number)),
            "haplotypes": generator.integers(3, 20, number),
            "Tajima's D": generator.normal(shift, 1, number),
        }
    )


# One function per figure, with the tables it is drawn from -----------------------------------


def draw_dataset(cells=2, targets=1):
    return dataset.draw_dataset(split_table(cell_names(cells)), predict_numbers(targets).targets)


def draw_dataset_of_classes(classes=5):
    table = split_table(cell_names(2))
    table["sweep"] = np.resize(CLASSES[:classes], len(table))
    return dataset.draw_dataset(table, predict_classes(CLASSES[:classes]).targets)


def draw_priors():
    generator = np.random.default_rng(1)
    wide, names = 10 ** generator.uniform(2, 5, 300), np.resize(["a", "b", "b"], 300).tolist()
    stated = {"population_size": wide.tolist(), "dominance": [0.1, 0.2, 0.3], "history": names}
    realised = {"population_size": wide[:200], "dominance": 0.2, "history": names[:200]}
    return priors.draw_priors(pd.DataFrame(realised), stated)


def draw_histories(populations=1, draws=1):
    graphs = []
    for draw in range(draws):
        builder = demes.Builder()
        epochs = [{"start_size": 1000, "end_time": 500}, {"start_size": 100 * (draw + 1)}]
        builder.add_deme("A", epochs=epochs)
        for index in range(1, populations):
            epochs = [{"start_size": 50}]
            builder.add_deme(f"B{index}", ancestors=["A"], start_time=100, epochs=epochs)
        graphs.append(builder.resolve())
    return histories.draw_histories({"bottleneck": graphs, "again": graphs[:1]}, 5)


def draw_predictions(restarts=2, baselines=3, cells=2, targets=1):
    cards = make_cards(restarts, baselines, predict_numbers(targets))
    table = predictions_table(cards, cell_names(cells))
    scores = scoring.tabulate_scores(table, cards, seed=1)
    return accuracy.draw_predictions(table, cards, scores)


def draw_scores_by_cell(restarts=2, baselines=3, cells=2, number=20, targets=1):
    predictands = predict_numbers(targets)
    cards = make_cards(restarts, baselines, predictands)
    table = predictions_table(cards, cell_names(cells), number)
    scores = scoring.tabulate_cell_scores(table, cards, seed=1)
    shown = metrics.list_metrics_by_cell(predictands.targets)
    return cell_scores.draw_scores_by_cell(scores, cards, shown)


def draw_accuracy_by_cell(restarts=2, cells=2):
    cards = make_cards(restarts, 2, predict_classes())
    table = classes_table(cards, cell_names(cells), CLASSES)
    scores = scoring.tabulate_cell_scores(table, cards, seed=1)
    return cell_scores.draw_scores_by_cell(scores, cards, [("sweep", "accuracy")])


def draw_confusion(restarts=2, classes=5):
    predictands = predict_classes(CLASSES[:classes])
    cards = make_cards(restarts, 1, predictands)
    table = classes_table(cards, cell_names(1), predictands.classes)
    confused = classification.tabulate_confusion(table, cards, predictands.classes)
    return accuracy.draw_confusion(confused, list(cards), predictands.targets)


def draw_calibration(restarts=2, baselines=3):
    predictands = predict_classes()
    cards = make_cards(restarts, baselines, predictands)
    table = classes_table(cards, cell_names(2), CLASSES)
    truth = predictions.select_truth(table, predictands.targets)
    predicted = {
        name: predictions.select_prediction(table, name, predictands.targets) for name in cards
    }
    rows = tabulate_calibration(truth, {"before": predicted, "after": predicted})
    return accuracy.draw_calibration(rows, cards)


def draw_certainty(restarts=2, baselines=3, targets=1, parameters=2):
    predictands = predict_numbers(targets)
    cards = make_cards(restarts, baselines, predictands)
    table = predictions_table(cards, cell_names(2))
    truth = predictions.select_truth(table, predictands.targets)
    rng = np.random.default_rng(7)
    drawn = table.index.to_frame(name="window")
    drawn = drawn.assign(**{f"rate_{n}": rng.random(len(table)) for n in range(parameters)})
    groups = list_groups(drawn, list(drawn)[1:], None, predictands.targets.first)
    predicted, calibrations = {}, {}
    for name in cards:
        raw = predictions.select_prediction(table, name, predictands.targets)
        calibrations[name] = fit_calibration(truth, raw, predictands, 1)
        predicted[name] = calibrate(raw, calibrations[name], predictands)
    rows = tabulate_coverage(truth, {"after": predicted}, calibrations, predictands, groups)
    return certainty.draw_certainty(rows, cards)


def draw_loss_by_epoch(restarts=2, epochs=6, targets=1, loss="squared"):
    tables = {f"flagel_tajimas_d/{n}": history_table(epochs, seed=n) for n in range(restarts)}
    losses = dict.fromkeys(tables, loss)
    return learning.draw_loss_by_epoch(tables, predict_numbers(targets), losses)


def draw_loss_by_epoch_of_classes():
    losses = {"net/0": "cross_entropy"}
    return learning.draw_loss_by_epoch({"net/0": history_table(6)}, predict_classes(), losses)


def draw_loss_by_epoch_of_two_losses():
    tables = {"a/0": history_table(6), "b/0": history_table(6)}
    losses = {"a/0": "squared", "b/0": "gaussian"}
    return learning.draw_loss_by_epoch(tables, predict_numbers(), losses)


def draw_learning_curve():
    windows, value = np.array([100, 200, 400]), np.array([0.4, 0.3, 0.25])
    curve = pd.DataFrame({"windows": windows, "value": value, "ci_low": 0.9 * value})
    curve = curve.assign(ci_high=1.1 * value, target="tajimas_d", metric="rmse", net="a")
    parts = [curve.assign(kind="trained"), curve.assign(kind="fitted", windows=2 * windows)]
    return learning.draw_learning_curve(pd.concat(parts), predict_numbers().targets)


def draw_search(best=2):
    rows = {"trial": [0, 1, 2, 3], "value": [0.5, 0.4, 0.3, 0.6], "metric": "rmse"}
    rows |= {"learning_rate": [1e-3, 1e-4, 3e-3, 1e-2], "batch_size": [256, 32, 64, 64]}
    table = pd.DataFrame(rows)
    table = pd.concat([table[table["trial"] == best], table[table["trial"] != best]])
    space = {
        "learning_rate": SearchSpace(log_uniform=(1e-4, 1e-2)),
        "batch_size": SearchSpace(categorical=(32, 64, 128, 256)),
    }
    return learning.draw_search(table, space)


def draw_activations(sites=40, haplotypes=20, layers=3):
    generator = np.random.default_rng(1)
    shapes = {"convolution 1": (39, 128), "convolution 2": (38, 128), "dense": (128,)}
    outputs = {name: generator.random(shapes[name]) for name in list(shapes)[:layers]}
    matrix = generator.integers(2, size=(sites, haplotypes), dtype=np.uint8)
    return activations.draw_activations(matrix, outputs, "a window")


def draw_activations_of_many_layers(padding=9):
    generator = np.random.default_rng(1)
    outputs = {f"convolution {n}": generator.random((30 // n, 64)) for n in range(1, 6)}
    outputs["dense"] = generator.random(64)
    matrix = generator.integers(2, size=(40, 20), dtype=np.uint8)
    return activations.draw_activations(matrix, outputs, "a window", np.arange(40) >= padding)


def draw_activations_with_missing_genotypes():
    generator = np.random.default_rng(1)
    dosages = generator.choice([0, 1, 2, np.nan], size=(40, 10))
    outputs = {"dense": generator.random(64)}
    is_site = np.arange(40) >= 9
    return activations.draw_activations(dosages, outputs, "a window", is_site, "individual")


def draw_restarts(restarts=2, windows=50, targets=1):
    predicted = 10.0 ** np.random.default_rng(1).normal(size=(2, windows, targets))
    names = ("flagel_tajimas_d/0", "flagel_tajimas_d/1")
    table = restarts_table(restarts)
    return activations.draw_restarts(table, names, tuple(predicted), predict_numbers(targets))


def draw_restarts_of_a_logarithm():
    predicted = tuple(10.0 ** np.random.default_rng(1).normal(size=(2, 50, 1)))
    predictands = make_predictands("fst", logs=["fst"])
    return activations.draw_restarts(restarts_table(2), ("a/0", "a/1"), predicted, predictands)


def draw_restarts_of_classes(windows=50):
    generator = np.random.default_rng(1)
    chances = tuple(generator.dirichlet(np.ones(5), size=(2, windows)))
    names = ("a/0", "a/1")
    return activations.draw_restarts(restarts_table(2), names, chances, predict_classes())


def show_models(names):
    """Return nets as a scan shows them, the first one as the best."""
    return [ShownModel(name, "net", f"the best but {index}") for index, name in enumerate(names)]


def draw_scan(contigs=2, windows=12, nets=1, targets=1, prefix="chr", computed=True, interval=True):
    names = [f"flagel_tajimas_d/{n}" for n in range(nets)]
    table = windows_table([f"{prefix}{n}" for n in range(contigs)], windows, names)
    card = make_card("flagel_tajimas_d", 0, "net", predict_numbers(targets))
    if not computed:
        table = table.drop(columns="computed:tajimas_d")
    for target in card.targets.names if interval else []:
        column = f"{names[0]}:{target}"
        table[f"{column}:low"], table[f"{column}:high"] = table[column] * 0.9, table[column] * 1.1
    return scans.draw_scan(table, show_models(names[:2]), "computed", card, {})


def draw_scan_of_classes(
    contigs=2, windows=12, nets=2, without_sites=3, prefix="chr", classes=CLASSES
):
    names = [f"flagel_sweeps/{n}" for n in range(nets)]
    table = windows_table([f"{prefix}{n}" for n in range(contigs)], windows, nets=())
    table = table.drop(columns="computed:tajimas_d")
    fixed = len(table.columns)
    generator = np.random.default_rng(2)
    targets = predict_classes(classes).targets
    for name in names:
        chances = predictions.Prediction(generator.dirichlet(np.ones(len(classes)), len(table)))
        table = table.assign(**predictions.tabulate_prediction(name, chances, targets))
    table.loc[: without_sites - 1, table.columns[fixed:]] = np.nan
    return class_scans.draw_scan_of_classes(table, show_models(names[:2]), classes, {})


def draw_coverage():
    cells = np.repeat(["sweep=hard", "sweep=neutral"], 30)
    genomes = {"mine": statistics_table(10, 1, shift=2.0), "other": statistics_table(1, 2)}
    components = [np.random.default_rng(3).normal(size=(number, 2)) for number in (60, 10, 1)]
    pilot = statistics_table(60, 4)
    return coverage.draw_coverage(pilot, cells, genomes, components, log=["bases spanned"])


EVERY_FIGURE = [
    draw_dataset,
    draw_dataset_of_classes,
    draw_priors,
    draw_histories,
    draw_predictions,
    draw_scores_by_cell,
    draw_accuracy_by_cell,
    draw_confusion,
    draw_calibration,
    draw_certainty,
    draw_loss_by_epoch,
    draw_loss_by_epoch_of_classes,
    draw_loss_by_epoch_of_two_losses,
    draw_learning_curve,
    draw_search,
    draw_activations,
    draw_activations_of_many_layers,
    draw_activations_with_missing_genotypes,
    draw_restarts,
    draw_restarts_of_a_logarithm,
    draw_restarts_of_classes,
    draw_scan,
    draw_scan_of_classes,
    draw_coverage,
]
