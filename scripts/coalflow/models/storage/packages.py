"""Models that travel: a folder or a zip is all that is needed to use one on another machine.

A model is in a folder with its card; the restarts of a net are in folders with a number each. A zip
has the same files under the same names, and for the model as a whole a description
(``description.json``) and a text for people (``card.md``). Next to the card of a baseline, or in
the folder of all restarts of a net, there may be more files: its calibration
(``calibration.json``), what scans compare genomes with (``reference.npz``) and, if it predicts
ancestry at each base, how that is calibrated (``ancestry.json``). The description names all files
of the model with their digests.
"""

from __future__ import annotations

import hashlib
import json
import pathlib
from collections.abc import Iterable, Mapping, Sequence

import pydantic

from coalflow.core.files import decode_json, read_bytes, read_json
from coalflow.evaluation.cards import Card
from coalflow.evaluation.model_description import FORMAT, ModelDescription
from coalflow.models.card_files import (
    CARD_FILE,
    describe_first,
    parse_card,
    refuse_model,
    refuse_other_format,
)
from coalflow.models.storage.files import FILES, make_model
from coalflow.models.storage.loading import MAKERS
from coalflow.models.storage.model import Model
from coalflow.models.storage.package_zip import (
    DESCRIPTION_FILE,
    EXTRA_FILES,
    RESTART,
    TEXT_FILE,
    read_zip,
)

COPY_AGAIN = "Copy it again from where it was made, or run `snakemake package` there again."
NAME_ANOTHER = (
    "Name the folder of a model, such as results/<run>/models/<model>, or a zip that "
    "`snakemake package` wrote."
)
SHARED_BY_RESTARTS = ("kind", "model", "input", "view", "scales")


def open_model(path: str | pathlib.Path) -> list[Model]:
    """Return the model in a folder or a zip: one, or all restarts of a net.

    Parameters
    ----------
    path : path
        The folder of a net, of one of its restarts or of a baseline; or a zip of a model.

    Raises
    ------
    CoalflowError
        If there is none, or if it is damaged, incomplete, or of another format.
    """
    path = pathlib.Path(path)
    files = read_model_files(path) if path.is_dir() else _read_package(path)[0]
    models = []
    for part in _list_parts(files):
        own = {name: files[f"{part}{name}"] for name in FILES.values() if f"{part}{name}" in files}
        where = path / part

        def read(name: str, own: Mapping[str, bytes] = own) -> bytes:
            if name not in own:
                raise ValueError(f"it has no {name}")
            return own[name]

        card = _read_card(files, part, where)
        models.append(make_model(card, read, MAKERS, where, COPY_AGAIN))
    _refuse_strangers(path, models)
    return models


def read_extra(path: str | pathlib.Path, name: str) -> bytes | None:
    """Return the content of a file that a model has as a whole; None if it has no such file.

    Parameters
    ----------
    path : path
        As in :func:`open_model`. A restart of a net has the files of the net.
    name : str
        One of ``EXTRA_FILES``.

    Raises
    ------
    CoalflowError
        If it cannot be read; or if the model is a zip that is damaged or incomplete.
    """
    path = pathlib.Path(path)
    if not path.is_dir():
        return _read_package(path)[0].get(name)
    folders = [path]
    absolute = path.absolute()
    if RESTART.fullmatch(absolute.name) and (path / CARD_FILE).exists():
        folders.append(absolute.parent)
    return next((_read_extras(each)[name] for each in folders if (each / name).exists()), None)


def read_description(path: str | pathlib.Path) -> ModelDescription | None:
    """Return the description of a model; None of a folder that has none.

    Parameters
    ----------
    path : path
        As in :func:`open_model`.

    Raises
    ------
    CoalflowError
        If it is damaged, or of another format.
    """
    path = pathlib.Path(path)
    if not path.is_dir():
        return _read_package(path)[1]
    if not (path / DESCRIPTION_FILE).exists():
        return None
    return _parse_description(read_json(path / DESCRIPTION_FILE), path)


def read_cards(files: Mapping[str, bytes], where: pathlib.Path) -> list[Card]:
    """Return the cards among the files of a model.

    Parameters
    ----------
    files : mapping of str to bytes
        What :func:`read_model_files` returned.
    where : Path
        The model, for messages.

    Raises
    ------
    CoalflowError
        If one is damaged, or of another format.
    """
    return [_read_card(files, part, where / part) for part in _list_parts(files)]


def read_model_files(
    folder: pathlib.Path, restarts: Iterable[int] | None = None
) -> dict[str, bytes]:
    """Return the files of a model by their names in its folder, those of ``EXTRA_FILES`` included.

    Parameters
    ----------
    folder : Path
    restarts : iterable of int, optional
        Those of a net. Without it, all that there are, or the one model that the folder holds.

    Raises
    ------
    CoalflowError
        If there is no whole model.
    """
    parts = _find_parts(folder) if restarts is None else [f"{restart}/" for restart in restarts]
    files = _read_extras(folder)
    for part in parts:
        if not (folder / part / CARD_FILE).exists():
            raise refuse_model(folder / part, "it has no card", COPY_AGAIN)
        for name in (CARD_FILE, *FILES.values()):
            try:
                files[f"{part}{name}"] = read_bytes(folder / part / name)
            except FileNotFoundError:
                continue
            except ValueError as error:
                raise refuse_model(folder / part, f"{name}: {error}", COPY_AGAIN) from None
    return files


def _read_extras(folder: pathlib.Path) -> dict[str, bytes]:
    """Return those of ``EXTRA_FILES`` that a folder has."""
    files = {}
    for name in EXTRA_FILES:
        try:
            files[name] = read_bytes(folder / name)
        except FileNotFoundError:
            continue
        except ValueError as error:
            raise refuse_model(folder, f"{name}: {error}", COPY_AGAIN) from None
    return files


def digest_files(files: Mapping[str, bytes]) -> dict[str, str]:
    """Return the SHA-256 of each file by its name."""
    return {name: hashlib.sha256(files[name]).hexdigest() for name in sorted(files)}


def _find_parts(folder: pathlib.Path) -> list[str]:
    """Return what the names of a folder's models begin with: of one, or of all restarts."""
    if (folder / CARD_FILE).exists():
        return [""]
    inner = sorted(each for each in folder.iterdir() if each.is_dir())
    restarts = [int(each.name) for each in inner if RESTART.fullmatch(each.name)]
    if restarts:
        return [f"{restart}/" for restart in sorted(restarts)]
    models = [each for each in inner if any(each.glob(f"**/{CARD_FILE}"))]
    which = f"Name one of: {', '.join(map(str, models))}." if models else NAME_ANOTHER
    raise refuse_model(folder, "it has neither a card nor restarts", which)


def _list_parts(files: Iterable[str]) -> list[str]:
    """Return what the names of the files of each card begin with, such as ``0/``."""
    parts = {name[: name.rfind("/") + 1] for name in files if name not in EXTRA_FILES}
    return sorted(parts, key=lambda part: int(part.rstrip("/") or 0))


def _read_card(files: Mapping[str, bytes], part: str, where: pathlib.Path) -> Card:
    try:
        values = decode_json(files[f"{part}{CARD_FILE}"])
    except KeyError:
        raise refuse_model(where, "it has no card", COPY_AGAIN) from None
    except (ValueError, RecursionError):
        raise refuse_model(where, "its card is damaged", COPY_AGAIN) from None
    return parse_card(values, where, COPY_AGAIN)


def _refuse_strangers(path: pathlib.Path, models: Sequence[Model]) -> None:
    """Refuse models that are not the restarts of one net."""
    first, *others = models
    for model in others:
        for name in SHARED_BY_RESTARTS:
            if getattr(model.card, name) != getattr(first.card, name):
                why = f"{first.name} and {model.name} differ in {name}: they are not of one net"
                raise refuse_model(path, why, COPY_AGAIN)


# Zips ------------------------------------------------------------------------------------------


def _read_package(path: pathlib.Path) -> tuple[dict[str, bytes], ModelDescription]:
    """Return the files of the model in a zip, and its description, which names them all."""
    try:
        content = read_zip(path)
    except ValueError as error:
        raise refuse_model(path, str(error), NAME_ANOTHER) from None
    files = {name: content[name] for name in content.keys() - {DESCRIPTION_FILE, TEXT_FILE}}
    description = _read_description(content, path)
    for name in sorted(files.keys() ^ description.files.keys()):
        why = "is not described" if name in files else "is missing"
        raise refuse_model(path, f"its file {name} {why}", COPY_AGAIN)
    for name, digest in digest_files(files).items():
        if digest != description.files[name]:
            raise refuse_model(path, f"its file {name} is not the one described", COPY_AGAIN)
    parts = _list_parts(files)
    if not parts or ("" in parts and len(parts) > 1):
        raise refuse_model(path, "it has not one model, nor restarts of one", COPY_AGAIN)
    return files, description


def _read_description(content: Mapping[str, bytes], path: pathlib.Path) -> ModelDescription:
    if DESCRIPTION_FILE not in content:
        raise refuse_model(path, f"it has no {DESCRIPTION_FILE}", NAME_ANOTHER)
    try:
        values = decode_json(content[DESCRIPTION_FILE])
    except (ValueError, RecursionError):
        raise refuse_model(path, f"its {DESCRIPTION_FILE} is damaged", COPY_AGAIN) from None
    return _parse_description(values, path)


def _parse_description(values: dict[str, object], where: pathlib.Path) -> ModelDescription:
    refuse_other_format(values, FORMAT, where, COPY_AGAIN)
    try:
        return ModelDescription.model_validate_json(json.dumps(values))
    except pydantic.ValidationError as error:
        why = describe_first(error, "description")
        raise refuse_model(where, why, COPY_AGAIN) from None
