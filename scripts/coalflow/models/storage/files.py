"""Files of models, which belong to their cards by a digest."""

from __future__ import annotations

import hashlib
import pathlib
import zipfile
from collections.abc import Callable, Mapping
from typing import TypeAlias

import safetensors

from coalflow.core.errors import CoalflowError
from coalflow.core.files import read_bytes, replace_atomically
from coalflow.evaluation.cards import Card, ModelFile
from coalflow.models.card_files import RETRAIN, read_card, refuse_model, write_card
from coalflow.models.storage.model import Model

FILES = {"net": "model.safetensors", "baseline": "model.skops"}
# All that a foreign or damaged file makes safetensors, PyTorch and skops raise.
UNUSABLE = (
    CoalflowError,
    OSError,
    ValueError,
    LookupError,
    TypeError,
    AttributeError,
    RuntimeError,
    ArithmeticError,
    zipfile.BadZipFile,
    safetensors.SafetensorError,
)

#: Makes a model of its card and the bytes of its file.
Maker: TypeAlias = Callable[[Card, bytes], Model]


def save_model(folder: pathlib.Path, content: bytes, card: Card) -> None:
    """Write the file of a model, and its card.

    Parameters
    ----------
    folder : Path
        The model's.
    content : bytes
    card : Card

    Raises
    ------
    CoalflowError
        If the disk is full, or cannot be written.
    """
    name = FILES[card.kind]
    with replace_atomically(folder / name) as temporary:
        temporary.write_bytes(content)
    file = ModelFile(name=name, sha256=hashlib.sha256(content).hexdigest())
    write_card(folder, card.model_copy(update={"file": file}))


def read_model(folder: pathlib.Path, makers: Mapping[str, Maker]) -> Model:
    """Return the model in a folder.

    Parameters
    ----------
    folder : Path
    makers : mapping of str to callable
        By kinds of models, what makes the model of its card and the bytes of its file.

    Raises
    ------
    CoalflowError
        If there is none, or if it is damaged or incomplete.
    """
    return make_model(read_card(folder), lambda name: read_bytes(folder / name), makers, folder)


def make_model(
    card: Card,
    read: Callable[[str], bytes],
    makers: Mapping[str, Maker],
    where: pathlib.Path,
    remedy: str = RETRAIN,
) -> Model:
    """Return the model of a card.

    Parameters
    ----------
    card : Card
    read : callable
        Returns the bytes of a file that is next to the card, by its name.
    makers
        As in :func:`read_model`.
    where : Path
        The model, for messages.
    remedy : str
        What to do if it cannot be used, a sentence.

    Raises
    ------
    CoalflowError
        If it is damaged or incomplete.
    """
    try:
        if card.kind not in makers:
            raise ValueError(f"it is a {card.kind}, not a {' or '.join(makers)}")
        if card.file is None:
            raise ValueError("its card has no file")
        if card.file.name != FILES[card.kind]:
            raise ValueError(f"its card names {card.file.name!r} as its file")
        content = read(card.file.name)
        if hashlib.sha256(content).hexdigest() != card.file.sha256:
            raise ValueError("its model is not the file that belongs to its card")
        if list(card.scales or {}) != ([] if card.targets.has_classes else card.targets.names):
            raise ValueError("the scales of its card do not belong to its targets")
        return makers[card.kind](card, content)
    except UNUSABLE as error:
        raise refuse_model(where, _describe_briefly(error), remedy) from None


def _describe_briefly(error: BaseException) -> str:
    return str(error).strip().partition("\n")[0][:200] or type(error).__name__
