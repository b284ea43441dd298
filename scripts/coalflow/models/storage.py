"""Trained models on disk: weights and a card that says all that is needed to use them.

A net is ``model.safetensors``, a baseline ``model.skops``: neither format can run
code. Beside it lies ``card.json``. ``load`` gives either kind the same face.
"""

import dataclasses
import functools
import hashlib
import io
import pathlib
import re
import zipfile

import numpy as np
import safetensors.torch
import scipy.special
import sklearn.base
import skops.io

from coalflow.core import digests
from coalflow.core.errors import CoalflowError
from coalflow.core.files import read_json, replace_atomically, write_json
from coalflow.dataset import target_scaling
from coalflow.models import batches, nets
from coalflow.models.training import losses
from coalflow.statistics import features

FORMAT = 1
NET_FILE = "model.safetensors"
BASELINE_FILE = "model.skops"
# What skops does not know: the trees of gradient boosting, the folds of logistic regression, and
# what is coalflow's own.
TRUSTED = [
    "coalflow.models.theta_estimators.ByWatterson",
    "sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor",
    "sklearn.model_selection._split.StratifiedKFold",
]
KEYS = {
    "kind",
    "model",
    "restart",
    "input",
    "observation",
    "encoding",
    "target",
    "classes",
    "samples",
    "ploidy",
    "scale",
    "trained_on",
}
MEND = "Delete the folder and start Snakemake again: it trains anew."
# All that a foreign or damaged file makes json, safetensors, PyTorch and skops raise.
UNUSABLE = (
    CoalflowError,
    OSError,
    ValueError,
    LookupError,
    TypeError,
    AttributeError,
    RuntimeError,
    zipfile.BadZipFile,
    safetensors.SafetensorError,
)


@dataclasses.dataclass(frozen=True)
class Model:
    """A trained model. ``card`` is its card, ``predict`` takes encoded windows.

    ``predict`` maps :class:`coalflow.windows.encoding.Windows` to float64 (windows, targets), in
    the targets' own units, or to the probabilities of classes, float64 (windows,
    classes). ``predict_from`` of a baseline predicts the same from a table of statistics
    (:mod:`coalflow.statistics.features`), where there is one already. ``interval`` maps windows to the
    two ends of each prediction's 90 % interval, float64 (windows, targets) each; it is None
    where a model does not tell how sure it is. ``net`` is the PyTorch net, None for a baseline.
    An ensemble has none of these: it has ``members``, names of models.
    """

    card: dict
    predict: callable = None
    net: object = None
    predict_from: callable = None
    interval: callable = None
    members: tuple = ()

    @property
    def name(self):
        """The model's name, with the restart where there are several."""
        card = self.card
        return card["model"] if card["restart"] is None else f"{card['model']}/{card['restart']}"


def make_card(kind, name, restart, settings, train, scale, **more):
    """Return the card of a model.

    ``settings`` is what the model's program was given, ``train`` the training
    :class:`coalflow.dataset.loading.Replicates` or :class:`coalflow.dataset.loading.Summarised`, ``scale`` their
    targets' :class:`coalflow.dataset.target_scaling.TargetScaling`, None for classes; ``more`` is what this kind of model
    adds. ``input`` is the shape of a net's windows, or tells of a baseline's statistics.
    """
    return {
        "format": FORMAT,
        "kind": kind,
        "model": name,
        "restart": restart,
        "input": _input(kind, train, settings),
        "observation": settings["observation"],
        "encoding": settings["encoding"],
        "target": settings["target"],
        "classes": train.classes,
        "samples": settings["samples"],
        "ploidy": settings["ploidy"],
        "scale": scale and scale.for_card(),
        "trained_on": {
            "replicates": len(train),
            "target": _ranges_of_targets(train, settings["target"]),
            "parameters": _ranges(train.table, settings["parameters"]),
        },
        **more,
        "settings": settings,
        "settings_digest": digests.digest_value(settings),
    }


def _input(kind, train, settings):
    if kind == "net":
        return batches.measure_input_shape(train.windows, settings["encoding"])
    return {**settings["statistics"], "names": list(train.statistics)}


def save_net(folder, net, card):
    """Write a net and its card."""
    weights = {name: tensor.cpu().contiguous() for name, tensor in net.state_dict().items()}
    _save(folder, NET_FILE, safetensors.torch.save(weights), card)


def save_baseline(folder, estimator, card):
    """Write a scikit-learn estimator and its card."""
    _save(folder, BASELINE_FILE, _reproducible(skops.io.dumps(estimator)), card)


def predict_with_net(net, windows, card, device="cpu"):
    """Return what a net predicts, as :class:`Model` does."""
    raw = _raw(net, windows, card, device)
    if card["classes"]:
        return scipy.special.softmax(raw.numpy().astype(np.float64), axis=1)
    return _scale(card).restore(losses.OF_NUMBERS[card["loss"]]().central(raw))


def predict_interval(net, windows, card):
    """Return the ends of the 90 % intervals of what a net predicts, as :class:`Model` does."""
    ends = losses.OF_NUMBERS[card["loss"]]().interval(_raw(net, windows, card))
    return tuple(_scale(card).restore(end) for end in ends)


def _raw(net, windows, card, device="cpu"):
    inputs = batches.DeviceWindows(windows, card["encoding"], device)
    return batches.predict_in_batches(net, inputs).cpu()


def predict_with_baseline(estimator, statistics, card):
    """Return what a fitted baseline predicts of a table of statistics, as :class:`Model` does."""
    features = statistics[card["input"]["names"]].to_numpy()
    if sklearn.base.is_classifier(estimator):
        return estimator.predict_proba(features)
    # Some of scikit-learn's regressors forget that one target is a list of one.
    return _scale(card).restore(estimator.predict(features).reshape(len(features), -1))


def predict(model, windows, statistics):
    """Return what a :class:`Model` predicts of windows; ``statistics`` may be None."""
    if model.predict_from is None or statistics is None:
        return model.predict(windows)
    return model.predict_from(statistics)


def load_model(folder):
    """Return the :class:`Model` in a folder. Raises CoalflowError if it is not a whole one."""
    folder = pathlib.Path(folder)
    card = read_json(folder / "card.json")
    try:
        content = (folder / card["file"]["name"]).read_bytes()
        if hashlib.sha256(content).hexdigest() != card["file"]["sha256"]:
            raise ValueError("its model is not the file that its card is of")
        if card["format"] != FORMAT:
            raise ValueError(f"its format is {card['format']}, this coalflow reads {FORMAT}")
        missing = (KEYS | {"loss"} if card["kind"] == "net" else KEYS) - set(card)
        if missing:
            raise ValueError(f"its card has no {', '.join(sorted(missing))}")
        return {"net": _load_net, "baseline": _load_baseline}[card["kind"]](card, content)
    except UNUSABLE as error:
        raise CoalflowError(f"{folder}: not a trained model ({_one_line(error)}). {MEND}") from None


def _load_net(card, content):
    loss = card["loss"]
    outputs = losses.count_outputs(loss, card["target"], card["classes"])
    net = nets.build_net(card["model"], **card["input"], outputs=outputs)
    net.load_state_dict(safetensors.torch.load(content))
    interval = None
    if not card["classes"] and losses.OF_NUMBERS[loss].has_interval:
        interval = functools.partial(predict_interval, net, card=card)
    return Model(card, functools.partial(predict_with_net, net, card=card), net, interval=interval)


def _load_baseline(card, content):
    estimator = skops.io.loads(content, trusted=TRUSTED)
    wanted, kind = (
        (sklearn.base.is_classifier, "a classifier")
        if card["classes"]
        else (sklearn.base.is_regressor, "a regressor")
    )
    if not wanted(estimator):
        raise TypeError(f"it holds a {type(estimator).__name__}, not {kind}")

    def predict_from(statistics):
        return predict_with_baseline(estimator, statistics, card)

    def predict(windows):
        return predict_from(features.summarise_windows(windows, card["input"], card))

    return Model(card, predict, predict_from=predict_from)


def _scale(card):
    return target_scaling.TargetScaling.from_card(card["scale"])


def _one_line(error):
    return str(error).strip().partition("\n")[0] or type(error).__name__


def _save(folder, name, content, card):
    folder = pathlib.Path(folder)
    with replace_atomically(folder / name) as temporary:
        temporary.write_bytes(content)
    file = {"name": name, "sha256": hashlib.sha256(content).hexdigest()}
    write_json(folder / "card.json", {**card, "file": file})


def _ranges_of_targets(train, names):
    """Return each target's lowest and highest value in training, or how often each class is in."""
    if train.classes:
        counts = np.bincount(train.target, minlength=len(train.classes))
        return dict(zip(train.classes, counts.tolist(), strict=True))
    return {
        name: [float(values.min()), float(values.max())]
        for name, values in zip(names, train.target.T, strict=True)
    }


def _ranges(table, parameters):
    """Return what each scenario parameter was in training: [lowest, highest], or the names."""
    ranges = {}
    for name in parameters:
        values = table[name]
        if values.dtype.kind in "iuf":
            ranges[name] = [values.min().item(), values.max().item()]
        else:
            ranges[name] = sorted(values.unique().tolist())
    return ranges


def _reproducible(archive):
    """Return a skops archive with its object ids numbered in the order of their appearance.

    skops names objects by where they were in memory and dates its files, so the
    same model would have other bytes in every run.
    """
    with zipfile.ZipFile(io.BytesIO(archive)) as source:
        schema = source.read("schema.json").decode()
        ids = dict.fromkeys(re.findall(r'"__id__": (\d+)', schema))
        ids |= dict.fromkeys(re.findall(r'"(\d+)\.npy"', schema))
        numbers = {old: str(number) for number, old in enumerate(ids)}
        schema = re.sub(
            r'(?<="__id__": )\d+|(?<=")\d+(?=\.npy")', lambda m: numbers[m.group()], schema
        )
        arrays = {
            numbers[name.removesuffix(".npy")] + ".npy": source.read(name)
            for name in source.namelist()
            if name != "schema.json"
        }
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as target:
        for name, content in sorted({**arrays, "schema.json": schema}.items()):
            target.writestr(zipfile.ZipInfo(name), content)
    return written.getvalue()
