"""What a run leaves: shards, tables, descriptions, models and checkpoints."""

import functools
import hashlib
import io
import json
import pathlib
import random
import tempfile
import zipfile
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from helpers.fuzzing import any_bytes, any_yaml, genomes, special_files, tables
from helpers.fuzzing.formats import Format, Mutation, Seed
from helpers.fuzzing.genomes import make_vcf
from helpers.fuzzing.programs import PLAIN, call, change, describe_genome, make_settings
from helpers.fuzzing.running import run_apart

from coalflow.core.files import write_json, write_table
from coalflow.evaluation.scoring import tabulate_validation
from coalflow.models.card_files import read_card

CONFIG = change(
    PLAIN,
    observation={"polarised": False},
    models={"baselines": ["ridge"]},
    genomes={"mine": {"path": "in.vcf"}},
)
SHARD, CHECKPOINT = "shards/all/00000.npz", "models/coalflow/0/checkpoint.pt"
NET, BASELINE = "models/coalflow/0", "models/ridge"
WEIGHTS, ESTIMATOR = f"{NET}/model.safetensors", f"{BASELINE}/model.skops"
MODELS = {NET: WEIGHTS, BASELINE: ESTIMATOR}
PROGRAMS = (
    *("measure_observation", "plan_genome", "read_contigs", "observe_genome", "simulate"),
    *("split", "summarise", "fit_baseline", "train", "calibrate", "make_reference"),
    *("scan", "join_scan"),
)
FOLDERS = [folder.removeprefix("models/") for folder in MODELS]


# A run -------------------------------------------------------------------------------------------


@functools.cache
def _make_run() -> dict[str, bytes]:
    """Run the small config in a process of its own; return the files by their names."""
    with tempfile.TemporaryDirectory() as folder:
        outcome = run_apart(_run, pathlib.Path(folder))
        assert outcome.kind == "read", outcome
        return outcome.result


def _run() -> dict[str, bytes]:
    pathlib.Path("in.vcf").write_text(make_vcf("phased"))
    maker = make_settings(CONFIG)
    (cell,) = maker.cells.values()
    call("simulate", maker.simulate_shard(cell, 0), output=SHARD)
    call("measure_observation", maker.measure_observation(), output="observed.json")
    _split("split.parquet")
    _summarise("statistics.parquet")
    _fit(BASELINE)
    _train(epochs=1)
    _write_validation()
    _make_references()
    made = _collect()
    _train(epochs=40, time_limit=0.5)
    return {**_collect(), **made}


def _collect() -> dict[str, bytes]:
    paths = [path for path in pathlib.Path().rglob("*") if path.is_file() and path.suffix]
    wanted = (".npz", ".json", ".parquet", ".safetensors", ".skops", ".pt", ".tsv", ".vcf")
    return {str(path): path.read_bytes() for path in paths if path.suffix in wanted}


def _lay_out(without: pathlib.Path) -> None:
    """Write the files of the run, all but the one that is already there."""
    for name, content in _make_run().items():
        path = pathlib.Path(name)
        if path != without and path.suffix != ".pt":
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)


def _split(output: str) -> None:
    settings = make_settings(CONFIG).split()
    call("split", settings, shards="shards", observation="observed.json", output=output)


def _summarise(output: str) -> None:
    settings = make_settings(CONFIG).summarise()
    paths = {"split": "split.parquet", "shards": "shards", "observation": "observed.json"}
    call("summarise", settings, **paths, output=output)


def _fit(output: str) -> None:
    settings = make_settings(CONFIG).fit_baseline("ridge")
    paths = {"split": "split.parquet", "statistics": "statistics.parquet"}
    call("fit_baseline", settings, **paths, observation="observed.json", output=output)


def _train(epochs: int, time_limit: float = 0) -> None:
    training = {"epochs": epochs, "patience": epochs, "batch_size": 16}
    settings = make_settings(change(CONFIG, training=training)).train("coalflow")
    paths = {"split": "split.parquet", "shards": "shards", "observation": "observed.json"}
    try:
        call("train", settings, **paths, time_limit=time_limit, output=NET)
    except SystemExit:
        if not time_limit:
            raise


def _write_validation() -> None:
    """Write what evaluations write, without the time that their resamples take."""
    cards = [read_card(pathlib.Path(folder)) for folder in MODELS]
    table = tabulate_validation({card.name: card for card in cards})
    write_table("validation.tsv", table)


def _make_references() -> None:
    """Write how models are calibrated, and what their predictions are compared with."""
    maker = make_settings(CONFIG)
    paths = {
        "split": "split.parquet",
        "statistics": "statistics.parquet",
        "shards": "shards",
        "observation": "observed.json",
        "models": "models",
        "output": "models",
    }
    call("calibrate", maker.calibrate_models(FOLDERS), **paths)
    call("make_reference", maker.make_reference(), **paths, null="null")


def _scan() -> None:
    maker = make_settings(CONFIG)
    describe_genome(maker, "in.vcf")
    paths = {"plan": "plan.json", "contigs": "contigs", "models": "models"}
    call("scan", maker.scan("mine", FOLDERS, 0), **paths, output="parts/000.parquet")
    paths = {"scanned": "parts", "models": "models", "validation": "validation.tsv"}
    call(
        "join_scan",
        maker.join_scan("mine", FOLDERS),
        **paths,
        observation="genome.json",
        output="scanned",
    )


# What reads the files --------------------------------------------------------------------------


def _reader(use: Callable[[], Any]) -> Callable[[pathlib.Path, Seed], Any]:
    def read(path: pathlib.Path, _seed: Seed) -> Any:
        _lay_out(without=path)
        return use()

    return read


def _use_shard() -> bytes:
    _split("again.parquet")
    return pathlib.Path("again.parquet").read_bytes()


def _use_observation() -> dict[str, Any]:
    return describe_genome(make_settings(CONFIG), "in.vcf")


def _use_models() -> bytes:
    _scan()
    return pathlib.Path("scanned/windows.tsv").read_bytes()


def _resume() -> bytes:
    _train(epochs=3)
    return pathlib.Path(WEIGHTS).read_bytes()


def _seeds(*names: str) -> Callable[[], Sequence[Seed]]:
    def make() -> tuple[Seed, ...]:
        return tuple(Seed(_make_run()[name]) for name in names)

    return make


# Mutations that keep what guards the bytes -------------------------------------------------------


def _reseal_json(change_tree: Mutation) -> Mutation:
    """Change what a sealed JSON file holds, and seal it again."""

    def mutate(content: bytes, chance: random.Random) -> bytes:
        values = json.loads(content)
        values.pop("sha256", None)
        changed = any_yaml.yaml.safe_load(change_tree(json.dumps(values).encode(), chance))
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder, "x.json")
            try:
                write_json(path, changed)
            except (TypeError, ValueError, RecursionError):
                return json.dumps(changed, default=str).encode()
            return path.read_bytes()

    return mutate


def _nest_json(content: bytes, chance: random.Random) -> bytes:
    depth = chance.choice([500, 5000, 200_000])
    return b'{"format": 2, "x": ' + b"[" * depth + b"]" * depth + b"}"


JSON: dict[str, Mutation] = {
    **any_bytes.TEXT,
    **{f"sealed: {name}": _reseal_json(one) for name, one in any_yaml.TREE.items()},
    "nested": _nest_json,
}


def _reseal_checkpoint(mutation: Mutation) -> Mutation:
    def mutate(content: bytes, chance: random.Random) -> bytes:
        changed = mutation(content[32:], chance)
        return hashlib.sha256(changed).digest() + changed

    return mutate


CHECKPOINTS: dict[str, Mutation] = {
    **any_bytes.BYTES,
    **{f"sealed: {name}": _reseal_checkpoint(one) for name, one in any_bytes.BYTES.items()},
}


# Shards ------------------------------------------------------------------------------------------


def _change_arrays(change_array: Callable[[dict[str, Any], random.Random], None]) -> Mutation:
    def mutate(content: bytes, chance: random.Random) -> bytes:
        with np.load(io.BytesIO(content)) as file:
            arrays = {name: file[name] for name in file.files}
        change_array(arrays, chance)
        buffer = io.BytesIO()
        np.savez(buffer, **arrays)
        return buffer.getvalue()

    return mutate


def _choose_numbers(arrays: dict[str, Any], chance: random.Random) -> str:
    return chance.choice(
        [name for name, one in arrays.items() if one.ndim and one.dtype.kind in "iuf"]
    )


def _set_number(arrays: dict[str, Any], chance: random.Random) -> None:
    name = _choose_numbers(arrays, chance)
    array = arrays[name] = arrays[name].copy()
    with np.errstate(all="ignore"):
        odd = np.array([0, -1, 5, 1e18, np.nan, np.inf, -5.5, 255]).astype(array.dtype)
    array[chance.randrange(len(array)) :: chance.choice([1, 10**6])] = chance.choice(odd)


def _change_type(arrays: dict[str, Any], chance: random.Random) -> None:
    name = chance.choice(list(arrays))
    kinds = ["float32", "int8", "uint64", "U5", "O", "bool", "complex128", "S3"]
    with np.errstate(all="ignore"):
        try:
            arrays[name] = arrays[name].astype(chance.choice(kinds))
        except ValueError:
            arrays[name] = np.array([None])


def _change_shape(arrays: dict[str, Any], chance: random.Random) -> None:
    name = chance.choice(list(arrays))
    array = arrays[name]
    arrays[name] = chance.choice([array[None], array.ravel()[:1], array.ravel()[:0], array.ravel()])


def _drop_array(arrays: dict[str, Any], chance: random.Random) -> None:
    del arrays[chance.choice(list(arrays))]


def _change_meta(arrays: dict[str, Any], chance: random.Random) -> None:
    meta = any_yaml.TREE["set odd value"](str(arrays["meta"]).encode(), chance)
    text = json.dumps(any_yaml.yaml.safe_load(meta), default=str)
    depth = 10_000
    nested = '{"format": 2, "x": ' + "[" * depth + "]" * depth + "}"
    arrays["meta"] = np.array(chance.choice([text, text, text, nested, "", "[]", "x"]))


def _promise_much(content: bytes, chance: random.Random) -> bytes:
    """Write a member whose header promises more numbers than any memory holds, or zeros galore."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(buffer, "w") as new:
        for name in old.namelist():
            member = old.read(name)
            if name == "positions.npy":
                header = io.BytesIO()
                head = {"descr": "<f8", "fortran_order": False, "shape": (10**13,)}
                np.lib.format.write_array_header_1_0(header, head)
                member = header.getvalue() + member[128:]
            new.writestr(name, member)
    return buffer.getvalue()


def _expand(content: bytes, _chance: random.Random) -> bytes:
    """Add a member that is small, and large when it is unpacked."""
    buffer = io.BytesIO(content)
    with zipfile.ZipFile(buffer, "a", zipfile.ZIP_DEFLATED) as file, file.open("x.npy", "w") as new:
        for _ in range(special_files.BOMB >> 26):
            new.write(bytes(64 << 20))
    return buffer.getvalue()


def _compress(content: bytes, _chance: random.Random) -> bytes:
    with np.load(io.BytesIO(content)) as file:
        buffer = io.BytesIO()
        np.savez_compressed(buffer, **file)
    return buffer.getvalue()


def _make_format(
    name: str, file: str, use: Callable[[], Any], mutations: Any, harmless: Any = None
) -> Format:
    return Format(
        name,
        file,
        _seeds(file),
        _reader(use),
        mutations,
        harmless or {},
        names=tuple(MODELS),
        programs=PROGRAMS,
    )


RUN_FORMATS = (
    _make_format(
        "shard",
        SHARD,
        _use_shard,
        {
            **any_bytes.BYTES,
            "numbers": _change_arrays(_set_number),
            "numbers, others": _change_arrays(_set_number),
            "type": _change_arrays(_change_type),
            "shape": _change_arrays(_change_shape),
            "array dropped": _change_arrays(_drop_array),
            "meta": _change_arrays(_change_meta),
            "meta, another": _change_arrays(_change_meta),
            "promises much": _promise_much,
            "compressed": _compress,
            "is a zip bomb": _expand,
        },
    ),
    _make_format("split", "split.parquet", lambda: _summarise("s.parquet"), any_bytes.BYTES),
    _make_format("statistics", "statistics.parquet", lambda: _fit("fitted"), any_bytes.BYTES),
    _make_format("observation", "observed.json", _use_observation, JSON),
    _make_format("net_card", f"{NET}/card.json", _use_models, JSON),
    _make_format("baseline_card", f"{BASELINE}/card.json", _use_models, JSON),
    _make_format("vcf_scan", "in.vcf", _use_models, genomes.TEXT, genomes.HARMLESS),
    _make_format("validation", "validation.tsv", _use_models, tables.make_mutations(b"\t")),
    _make_format("checkpoint", CHECKPOINT, _resume, CHECKPOINTS),
)


# Models that belong to their cards ---------------------------------------------------------------


def _read_model(folder: str) -> Callable[[pathlib.Path, Seed], Any]:
    """Scan with a model whose card vouches for it, or not."""

    def read(path: pathlib.Path, _seed: Seed) -> bytes:
        _lay_out(without=path)
        if path.is_file() and path.stat().st_size < 1 << 30 and random.random() < 0.8:
            card = pathlib.Path(folder, "card.json")
            values = json.loads(card.read_text())
            values.pop("sha256")
            values["file"]["sha256"] = hashlib.sha256(path.read_bytes()).hexdigest()
            write_json(card, values)
        return _use_models()

    return read


def _promise_in_safetensors(content: bytes, chance: random.Random) -> bytes:
    """Change the header, which says where each tensor is."""
    length = int.from_bytes(content[:8], "little")
    header = content[8 : 8 + length]
    changed = any_bytes.TEXT[chance.choice(["change number", "change word"])](header, chance)
    length = chance.choice([len(changed)] * 4 + [0, 2**40, 2**64 - 1])
    return length.to_bytes(8, "little") + changed + content[8 + len(header) :]


def _change_schema(content: bytes, chance: random.Random) -> bytes:
    """Change the description of the objects in a skops archive."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(buffer, "w") as new:
        for name in old.namelist():
            member = old.read(name)
            if name == "schema.json":
                kind = chance.choice(["set odd value", "delete", "swap", "misspell", "become odd"])
                tree = any_yaml.yaml.safe_load(any_yaml.TREE[kind](member, chance))
                member = json.dumps(tree, default=str).encode()
                if chance.random() < 0.3:
                    member = any_bytes.TEXT["exchange words"](old.read(name), chance)
            new.writestr(name, member)
    return buffer.getvalue()


MODEL_FORMATS = tuple(
    Format(
        name,
        MODELS[folder],
        _seeds(MODELS[folder]),
        _read_model(folder),
        {**any_bytes.BYTES, what: mutation, f"{what}, again": mutation},
        {},
        names=(folder,),
        programs=PROGRAMS,
    )
    for name, folder, what, mutation in (
        ("weights", NET, "header", _promise_in_safetensors),
        ("estimator", BASELINE, "schema", _change_schema),
    )
)

FORMATS = (*RUN_FORMATS, *MODEL_FORMATS)
