"""Calibrations on disk: a file for each net, with its ensemble and restarts, and each baseline."""

import json
import pathlib
from collections.abc import Sequence
from typing import TypeVar

import pydantic

from coalflow.config.fields.section import Section
from coalflow.core.errors import CoalflowError
from coalflow.core.files import decode_json, read_bytes, refuse_damaged, write_json
from coalflow.evaluation.calibration.calibration import Calibration, Calibrations

CALIBRATION_FILE = "calibration.json"
FORMAT = 1
File = TypeVar("File", bound=Section)
RERUN = "Delete it and start Snakemake again; or, of a model that was copied, copy it again."


class CalibrationFile(Section):
    """What a calibration file holds."""

    format: int
    calibrations: dict[str, Calibration]
    """By the names of models."""


def write_calibrations(folder: pathlib.Path, calibrations: Calibrations) -> None:
    """Write the calibrations of a net or a baseline.

    Parameters
    ----------
    folder : Path
        Of the net, with all restarts, or of the baseline.
    calibrations : mapping of str to Calibration

    Raises
    ------
    CoalflowError
        If the disk is full, or cannot be written.
    """
    content = CalibrationFile(format=FORMAT, calibrations=dict(calibrations))
    write_json(folder / CALIBRATION_FILE, content.as_json())


def read_calibrations(models_folder: pathlib.Path, names: Sequence[str]) -> dict[str, Calibration]:
    """Return the calibrations of some nets and baselines, by the names of their models.

    Parameters
    ----------
    models_folder : Path
        The folder of all models.
    names : sequence of str
        Of nets and baselines.

    Raises
    ------
    CoalflowError
        If a file is missing, damaged, or of another format.
    """
    found: dict[str, Calibration] = {}
    for name in names:
        path = models_folder / name / CALIBRATION_FILE
        with refuse_damaged(path):
            content = read_bytes(path)
        found |= parse_calibrations(content, path)
    return found


def parse_calibrations(content: bytes, where: pathlib.Path) -> dict[str, Calibration]:
    """Return the calibrations in a file, by the names of their models.

    Parameters
    ----------
    content : bytes
        Of the file.
    where : Path
        The file, for messages.

    Raises
    ------
    CoalflowError
        If it is damaged, or of another format.
    """
    return parse_calibration_file(content, where, CalibrationFile).calibrations


def parse_calibration_file(content: bytes, where: pathlib.Path, kind: type[File]) -> File:
    """Return what a calibration file holds.

    Parameters
    ----------
    content, where
        As in :func:`parse_calibrations`.
    kind : type
        What it should hold; its key ``format`` is ``FORMAT``.

    Raises
    ------
    CoalflowError
        If it is damaged, or of another format.
    """
    try:
        values = decode_json(content)
        if values.get("format") != FORMAT:
            raise ValueError(f"its format is {values.get('format')}, not {FORMAT}")
        return kind.model_validate_json(json.dumps(values))
    except pydantic.ValidationError:
        why = "it does not hold what it should"
    except (ValueError, RecursionError) as error:
        why = " ".join(str(error).split())[:200]
    raise CoalflowError(f"{where}: is not a calibration ({why}). {RERUN}")
