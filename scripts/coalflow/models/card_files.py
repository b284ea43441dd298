"""Cards on disk: a card is written last, so where there is one, the model is complete."""

import json
import pathlib
from typing import Any

import pydantic

from coalflow import read_version
from coalflow.core.errors import CoalflowError
from coalflow.core.files import read_json, write_json
from coalflow.evaluation.cards import Card

FORMAT = 3
CARD_FILE = "card.json"
RETRAIN = "Delete the folder and start Snakemake again: it then trains the model."


def write_card(folder: pathlib.Path, card: Card) -> None:
    """Write a card into its model's folder.

    Raises
    ------
    CoalflowError
        If the disk is full, or cannot be written.
    """
    write_json(folder / CARD_FILE, card.as_json())


def read_card(folder: pathlib.Path) -> Card:
    """Return the card in a model's folder.

    Raises
    ------
    CoalflowError
        If there is none, if it is damaged, or if it is not a card that this coalflow reads.
    """
    return parse_card(read_json(folder / CARD_FILE), folder)


def parse_card(values: dict[str, Any], where: pathlib.Path, remedy: str = RETRAIN) -> Card:
    """Return a card.

    Parameters
    ----------
    values : dict
        What JSON holds of it.
    where : Path
        The model, for messages.
    remedy : str
        What to do if it cannot be used, a sentence.

    Raises
    ------
    CoalflowError
        If it is not a card that this coalflow reads.
    """
    refuse_other_format(values, FORMAT, where, remedy)
    try:
        # From text, in which lists may stand for tuples.
        return Card.model_validate_json(json.dumps(values))
    except pydantic.ValidationError as error:
        raise refuse_model(where, describe_first(error, "card"), remedy) from None


def refuse_other_format(
    values: dict[str, Any], known: int, where: pathlib.Path, remedy: str
) -> None:
    """Refuse what a model of another format says of itself.

    Parameters
    ----------
    values : dict
    known : int
        The format that this coalflow reads.
    where, remedy
        As in :func:`parse_card`.

    Raises
    ------
    CoalflowError
    """
    found = values.get("format")
    if found != known:
        why = f"its format is {found}, coalflow {read_version()} reads {known}"
        raise refuse_model(where, why, remedy)


def refuse_model(where: pathlib.Path, why: str, remedy: str = RETRAIN) -> CoalflowError:
    """Return the error that there is not a trained model.

    Parameters
    ----------
    where : Path
        Its folder, or its package.
    why : str
        What is wrong with it, in a few words.
    remedy : str
        What to do, a sentence.
    """
    return CoalflowError(f"{where}: not a trained model ({why}). {remedy}")


def describe_first(error: pydantic.ValidationError, what: str) -> str:
    """Say in one line what is wrong with a card, or with something else, first of all."""
    first = error.errors()[0]
    key = ".".join(map(str, first["loc"]))
    if first["type"] == "missing":
        return f"its {what} has no {key}"
    return f"{key} of its {what}: {first['msg']}"
