"""Packed models."""

import json
import zipfile

from coalflow.core.files import encode_json
from coalflow.evaluation.model_description import FORMAT, ModelDescription, ReportedScore
from coalflow.models.storage.package_zip import DESCRIPTION_FILE, TEXT_FILE, write_zip
from coalflow.models.storage.packages import digest_files, read_model_files


def describe(model, files, **changes):
    """Return the description of a model by its files."""
    values = {
        "format": FORMAT,
        "model": model,
        "run": "tiny",
        "coalflow": "0.0.0",
        "simulated": (("population size", "10,000"),),
        "validation": (ReportedScore(model=model, target="diversity", metric="rmse", value=0.5),),
        "test": (
            ReportedScore(
                model=model,
                target="diversity",
                metric="rmse",
                value=0.6,
                ci_low=0.55,
                ci_high=0.65,
                n=60,
            ),
        ),
        "comparisons": (),
        "files": digest_files(files),
    }
    return ModelDescription(**{**values, **changes})


def pack(path, folder, model):
    """Pack the model in a folder; return the names and the content of all files of the zip."""
    files = read_model_files(folder)
    return write(path, files, describe(model, files).as_json())


def write(path, files, description):
    """Write a zip with such a description; return the names and the content of all its files."""
    whole = {DESCRIPTION_FILE: encode_json(description), TEXT_FILE: b"# A model\n"}
    write_zip(path, {**files, **whole})
    return {**files, **whole}


def rewrite(path, change, **how):
    """Write a zip with other members; ``change`` gets and returns names and content."""
    with zipfile.ZipFile(path) as archive:
        members = [(name, archive.read(name)) for name in archive.namelist()]
    with zipfile.ZipFile(path, "w", **how) as archive:
        for name, content in change(members):
            archive.writestr(zipfile.ZipInfo(name), content, archive.compression)


def redescribe(path, **changes):
    """Change values in the description of a zip, and seal it; None takes a key out."""

    def change(members):
        for name, content in members:
            if name == DESCRIPTION_FILE:
                values = {**json.loads(content), **changes}
                values.pop("sha256")
                content = encode_json({k: v for k, v in values.items() if v is not None})
            yield name, content

    rewrite(path, change)
