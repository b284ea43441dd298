"""Packed models: zips that are opened elsewhere."""

import functools
import io
import json
import pathlib
import random
import tempfile
import zipfile
from collections.abc import Callable, Iterable, Sequence

import numpy as np
from helpers.fuzzing import any_bytes, any_yaml
from helpers.fuzzing.formats import Format, Mutation, Seed
from helpers.models import (
    replicates_of,
    save_fitted_baseline,
    save_untrained_net,
    varied_matrices,
    windows_of,
)
from helpers.packages import pack

from coalflow.core.errors import run_program
from coalflow.core.files import decode_json, encode_json
from coalflow.models.storage.package_zip import DESCRIPTION_FILE
from coalflow.models.storage.packages import digest_files, open_model

Members = list[tuple[str, bytes]]
NAMES = (
    "../model.skops",
    "/card.json",
    "0/../card.json",
    "1/card.json",
    "model.pkl",
    "x" * 5000,
    "",
)


@functools.cache
def _make_seeds() -> tuple[Seed, ...]:
    """Pack two restarts of a net, and a baseline."""
    train, validation = (replicates_of(varied_matrices(n, seed=n)) for n in (60, 30))
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        for restart in range(2):
            save_untrained_net(folder / "net" / str(restart), train, restart)
        save_fitted_baseline(folder / "ridge", "ridge", train, validation)
        pack(folder / "net.zip", folder / "net", "flagel_tajimas_d")
        pack(folder / "ridge.zip", folder / "ridge", "ridge")
        return tuple(Seed((folder / f"{model}.zip").read_bytes()) for model in ("net", "ridge"))


def _read(path: pathlib.Path, _seed: Seed) -> bytes:
    """Return what the models in a zip predict."""
    windows, predicted = windows_of(varied_matrices(5, seed=3)), []

    def main() -> None:
        predicted.extend(model.predict(windows).values for model in open_model(path))

    run_program(main)
    return np.concatenate(predicted).tobytes()


def _rewrite(change: Callable[[Members, random.Random], Iterable[tuple[str, bytes]]]) -> Mutation:
    """Change the members of a zip."""

    def mutate(content: bytes, chance: random.Random) -> bytes:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = [(name, archive.read(name)) for name in archive.namelist()]
        written = io.BytesIO()
        with zipfile.ZipFile(written, "w") as archive:
            for name, member in change(members, chance):
                archive.writestr(zipfile.ZipInfo(name), member)
        return written.getvalue()

    return mutate


def _drop(members: Members, chance: random.Random) -> Members:
    dropped = chance.randrange(len(members))
    return [each for index, each in enumerate(members) if index != dropped]


def _add(members: Members, chance: random.Random) -> Members:
    return [*members, (chance.choice(NAMES), chance.choice(members)[1])]


def _rename(members: Members, chance: random.Random) -> Members:
    renamed = chance.randrange(len(members))
    names = [*NAMES, *(name for name, _ in members)]
    return [
        (chance.choice(names) if index == renamed else name, content)
        for index, (name, content) in enumerate(members)
    ]


def _change_member(mutation: Mutation) -> Callable[[Members, random.Random], Members]:
    """Change a member, and describe it as it then is."""

    def change(members: Members, chance: random.Random) -> Members:
        files = dict(members)
        name = chance.choice([name for name in files if name != DESCRIPTION_FILE])
        files[name] = mutation(files[name], chance)
        description = decode_json(files[DESCRIPTION_FILE])
        described = {key: files[key] for key in description["files"]}
        description["files"] = digest_files(described)
        return [*{**files, DESCRIPTION_FILE: encode_json(description)}.items()]

    return change


def _change_description(mutation: Mutation) -> Callable[[Members, random.Random], Members]:
    """Change the description, and seal it again."""

    def change(members: Members, chance: random.Random) -> Members:
        files = dict(members)
        text = mutation(json.dumps(decode_json(files[DESCRIPTION_FILE])).encode(), chance)
        try:
            files[DESCRIPTION_FILE] = encode_json(any_yaml.yaml.safe_load(text))
        except (TypeError, ValueError, RecursionError):
            files[DESCRIPTION_FILE] = text
        return [*files.items()]

    return change


def _shuffle(members: Members, chance: random.Random) -> Sequence[tuple[str, bytes]]:
    return chance.sample(members, len(members))


PACKAGE = Format(
    "package",
    "model.zip",
    _make_seeds,
    _read,
    {
        **any_bytes.BYTES,
        "a file is missing": _rewrite(_drop),
        "a file too many": _rewrite(_add),
        "a file has another name": _rewrite(_rename),
        **{
            f"described: {name}": _rewrite(_change_member(one))
            for name, one in any_bytes.BYTES.items()
        },
        **{
            f"description: {name}": _rewrite(_change_description(one))
            for name, one in any_yaml.TREE.items()
        },
    },
    {"files in another order": _rewrite(_shuffle)},
)
