"""Trained models of any kind; the libraries of a kind are imported where there is such a model."""

import pathlib
from collections.abc import Sequence

from coalflow.evaluation.cards import Card
from coalflow.models.storage.files import read_model
from coalflow.models.storage.model import Model


def _make_net(card: Card, content: bytes) -> Model:
    from coalflow.models.storage.nets import make_net

    return make_net(card, content)


def _make_baseline(card: Card, content: bytes) -> Model:
    from coalflow.models.storage.baselines import make_baseline

    return make_baseline(card, content)


MAKERS = {"net": _make_net, "baseline": _make_baseline}


def load_model(folder: pathlib.Path) -> Model:
    """Return the model in a folder.

    Raises
    ------
    CoalflowError
        If there is none, or if it is damaged or incomplete.
    """
    return read_model(folder, MAKERS)


def load_models(root: pathlib.Path, folders: Sequence[str]) -> list[Model]:
    """Return the models in some folders.

    Parameters
    ----------
    root : Path
        The folder of all models.
    folders : sequence of str
        Those of the models in it, nets before baselines.

    Raises
    ------
    CoalflowError
        If one of them is missing, damaged or incomplete.
    """
    # Baselines first: skops looks through all modules that there are, of which PyTorch has a
    # thousand.
    return [load_model(root / folder) for folder in reversed(folders)][::-1]
