"""Trained models of any kind."""

import pathlib

from coalflow.models.storage.baselines import make_baseline
from coalflow.models.storage.files import read_model
from coalflow.models.storage.model import Model
from coalflow.models.storage.nets import make_net

MAKERS = {"net": make_net, "baseline": make_baseline}


def load_model(folder: pathlib.Path) -> Model:
    """Return the model in a folder.

    Raises
    ------
    CoalflowError
        If there is none, or if it is damaged or incomplete.
    """
    return read_model(folder, MAKERS)
