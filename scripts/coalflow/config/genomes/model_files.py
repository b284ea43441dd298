"""Files of a model with which a genome is scanned, which may be in a folder or a zip."""

import zipfile
from pathlib import Path

ANCESTRY_FILE = "ancestry.json"  # of a model that paints genomes: how it is calibrated
MODEL_FILES = ("card.json", "model.*", ANCESTRY_FILE)


def list_model_files(model: str) -> list[str]:
    """Return the files of a model, which may be a folder."""
    folder = Path(model)
    if not folder.is_dir():
        return [model]
    return [str(file) for name in MODEL_FILES for file in sorted(folder.rglob(name))]


def has_ancestry_file(model: str) -> bool:
    """Return whether a model has what painting needs; False of what is not a model."""
    path = Path(model)
    if path.is_dir():
        return any((folder / ANCESTRY_FILE).exists() for folder in (path, path.absolute().parent))
    try:
        with zipfile.ZipFile(path) as archive:
            return ANCESTRY_FILE in archive.namelist()
    except (OSError, ValueError, zipfile.BadZipFile):
        return False
