"""Cards on disk: a card is written last, so where there is one, the model is complete."""

import json
import pathlib

import pydantic

from coalflow.core.errors import CoalflowError
from coalflow.core.files import read_json, write_json
from coalflow.evaluation.cards import Card

FORMAT = 2
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
    values = read_json(folder / CARD_FILE)
    found = values.get("format")
    if found != FORMAT:
        raise refuse_model(folder, f"its format is {found}, this coalflow reads {FORMAT}")
    try:
        # From text, in which lists may stand for tuples.
        return Card.model_validate_json(json.dumps(values))
    except pydantic.ValidationError as error:
        raise refuse_model(folder, _describe_first(error)) from None


def refuse_model(folder: pathlib.Path, why: str) -> CoalflowError:
    """Return the error that a folder does not hold a trained model.

    Parameters
    ----------
    folder : Path
    why : str
        What is wrong with it, in a few words.
    """
    return CoalflowError(f"{folder}: not a trained model ({why}). {RETRAIN}")


def _describe_first(error: pydantic.ValidationError) -> str:
    """Say in one line what is wrong with a card first of all."""
    first = error.errors()[0]
    key = ".".join(map(str, first["loc"]))
    if first["type"] == "missing":
        return f"its card has no {key}"
    return f"{key} of its card: {first['msg']}"
