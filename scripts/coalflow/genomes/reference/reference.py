"""What predictions along genomes are compared with, as a file next to the model.

``reference.npz`` in the folder of a net or a baseline has, for each of its models (restarts and
their ensemble) and each score, the null of windows and of regions; how unlike the training windows
simulated windows are; the statistics of null windows; and how these vary from block to block.
"""

from __future__ import annotations

import dataclasses
import json
import pathlib
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pydantic

from coalflow.config.fields.section import Section
from coalflow.config.schema.scans.significance import Significance, Tail
from coalflow.core.errors import CoalflowError
from coalflow.core.files import read_bytes, replace_atomically
from coalflow.genomes.novelty.genome_fit import GenomeFit
from coalflow.genomes.novelty.window_novelty import WindowNovelty
from coalflow.genomes.significance.null import Null
from coalflow.genomes.significance.scores import Score
from coalflow.windows.array_files import decode_arrays, encode_arrays

FORMAT = 2
REFERENCE_FILE = "reference.npz"
#: Shares of null windows below the edges of the bands in which statistics are drawn.
BANDS = (0.01, 0.25, 0.5, 0.75, 0.99)


class ScoreRecord(Section):
    """A score, as it is written."""

    name: str
    classes: tuple[str, ...] | None = None
    target: str | None = None
    tail: Tail

    @property
    def score(self) -> Score:
        """The score."""
        return Score(self.name, self.classes, self.target, self.tail)


class ReferenceMeta(Section):
    """What a reference was made of."""

    format: int = FORMAT
    model: str
    """The net, or the baseline."""
    scores: tuple[ScoreRecord, ...] = ()
    """What has a p-value; the first makes the regions."""
    neutral: tuple[str, ...] = ()
    """The cells whose windows make the null."""
    windows: int = 0
    """How many windows of the validation and test split the null has."""
    block_windows: int = 0
    """How many windows of blocks it has, next to each other."""
    blocks: int = 0
    bases: int = 0
    """The bases of all blocks."""
    length: int
    """Bases of a window; of windows with a number of sites, those of a typical one."""
    step: int
    """From one window of a block to the next, in bases or sites."""
    significance: Significance
    false_alarms: float
    """The share of simulated windows that count as novel."""
    mix: tuple[float, ...] | None = None
    """How common each class is in training; None for numbers."""
    class_prior: dict[str, float] | None = None
    """How common each class is in genomes."""


@dataclasses.dataclass(frozen=True)
class Reference:
    """What predictions of a net or a baseline along genomes are compared with.

    Attributes
    ----------
    meta : ReferenceMeta
    nulls : mapping of (str, str) to Null
        By the names of the model and of the score.
    novelty : WindowNovelty
    fit : GenomeFit, optional
        None where there are no blocks.
    bands : DataFrame
        A row for each statistic, with the quantiles ``BANDS`` of null windows as columns.
    """

    meta: ReferenceMeta
    nulls: Mapping[tuple[str, str], Null]
    novelty: WindowNovelty
    fit: GenomeFit | None
    bands: pd.DataFrame

    @property
    def scores(self) -> tuple[Score, ...]:
        """What has a p-value; the first makes the regions."""
        return tuple(record.score for record in self.meta.scores)

    def find_null(self, model: str, score: Score) -> Null | None:
        """Return the null of a model and a score; None if there is none."""
        return self.nulls.get((model, score.name))

    def encode(self) -> bytes:
        """Return the content of the file."""
        arrays: dict[str, npt.NDArray[Any]] = {
            "bands": self.bands.to_numpy(np.float64),
            "statistics": np.array(self.bands.index.to_list(), dtype=np.str_),
            **_prefix("novelty", self.novelty.to_arrays()),
        }
        if self.fit is not None:
            arrays |= _prefix("fit", self.fit.to_arrays())
        for number, ((model, score), null) in enumerate(self.nulls.items()):
            arrays[f"null/{number}/of"] = np.array([model, score])
            arrays |= _prefix(f"null/{number}/null", null.to_arrays())
        return encode_arrays(arrays, self.meta.as_json())


def write_reference(folder: pathlib.Path, reference: Reference) -> None:
    """Write a reference into the folder of its model.

    Parameters
    ----------
    folder : Path
    reference : Reference

    Raises
    ------
    CoalflowError
        If the disk is full or cannot be written.
    """
    content = reference.encode()
    with replace_atomically(folder / REFERENCE_FILE) as temporary:
        temporary.write_bytes(content)


def _prefix(name: str, arrays: Mapping[str, npt.NDArray[Any]]) -> dict[str, npt.NDArray[Any]]:
    return {f"{name}/{key}": values for key, values in arrays.items()}


def decode_reference(content: bytes) -> Reference:
    """Return the reference in a file.

    Parameters
    ----------
    content : bytes

    Raises
    ------
    ValueError
        If it is damaged, or of another format.
    """
    arrays, written = decode_arrays(content)
    if written.get("format") != FORMAT:
        raise ValueError(f"its format is {written.get('format')}, this coalflow reads {FORMAT}")
    try:
        meta = _parse_meta(written)
        nulls = {}
        for number in range(sum(name.endswith("/of") for name in arrays)):
            model, score = arrays[f"null/{number}/of"].tolist()
            nulls[model, score] = Null.from_arrays(_select(arrays, f"null/{number}/null"))
        fit = _select(arrays, "fit")
        bands = pd.DataFrame(
            arrays["bands"], index=arrays["statistics"].tolist(), columns=list(BANDS)
        )
        novelty = WindowNovelty.from_arrays(_select(arrays, "novelty"))
        return Reference(meta, nulls, novelty, GenomeFit.from_arrays(fit) if fit else None, bands)
    except (LookupError, TypeError, AttributeError, pydantic.ValidationError) as error:
        raise ValueError(f"it is not a reference ({error})") from None


def _parse_meta(written: Mapping[str, Any]) -> ReferenceMeta:
    return ReferenceMeta.model_validate_json(json.dumps(written))


def _select(arrays: Mapping[str, npt.NDArray[Any]], name: str) -> dict[str, npt.NDArray[Any]]:
    start = f"{name}/"
    return {key[len(start) :]: each for key, each in arrays.items() if key.startswith(start)}


def read_references(folder: pathlib.Path, models: Iterable[str]) -> dict[str, Reference]:
    """Return the references of nets and baselines.

    Parameters
    ----------
    folder : Path
        The folder of all models.
    models : iterable of str
        Names of nets and baselines.

    Raises
    ------
    CoalflowError
        If one is missing or damaged.
    """
    found = {}
    for model in models:
        path = folder / model / REFERENCE_FILE
        try:
            found[model] = decode_reference(read_bytes(path))
        except FileNotFoundError:
            raise CoalflowError(
                f"{path}: there is no such file. Start Snakemake again: it then makes it"
            ) from None
        except ValueError as error:
            raise CoalflowError(
                f"{path}: {error}. Delete it and start Snakemake again: it then makes it"
            ) from None
    return found
