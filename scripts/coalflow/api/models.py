"""Trained models: what they read, and what they predict."""

from __future__ import annotations

import dataclasses
import os
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from coalflow.api.matrices import (
    choose_samples,
    encode_matrices,
    read_matrix,
    split_matrices,
)
from coalflow.api.scans import make_scan
from coalflow.api.windows import Windows
from coalflow.config.schema.targets import Target
from coalflow.core.errors import CoalflowError
from coalflow.evaluation.cards import Card
from coalflow.evaluation.predictions import MEASURED, STATISTIC
from coalflow.genomes.scans.file_scan import open_scanner, read_file, refuse_as_options
from coalflow.genomes.scans.judged_scan import iterate_windows
from coalflow.genomes.scans.scan import scan_windows
from coalflow.genomes.scans.scanned_columns import FURTHEST, NOVELTY
from coalflow.genomes.scans.scanners import Scanner
from coalflow.report.figures.drawing import find_title


@dataclasses.dataclass(frozen=True)
class ModelTarget:
    """Something that a model predicts.

    Attributes
    ----------
    name : str
        Its name in tables, such as ``tajimas_d``.
    title : str
        What it is called, such as ``Tajima's D``.
    scale : str
        ``linear`` or ``log``, by which it is learned and evaluated; ``classes`` where it has some.
    """

    name: str
    title: str
    scale: Literal["linear", "log", "classes"]


@dataclasses.dataclass(frozen=True, eq=False)
class Model:
    """A trained model, as :func:`coalflow.load_model` returns it.

    Attributes
    ----------
    name : str
        As in the tables of a run: ``coalflow``, ``ridge``, or ``coalflow/0`` for one restart.
    kind : str
        ``net``, ``ensemble`` (of the restarts of a net), or ``baseline``.
    targets : tuple of ModelTarget
        What it predicts.
    classes : tuple of str or None
        The classes of its target; None where it predicts numbers.
    haplotypes : int
        How many it reads.
    sites : int
        How many sites of a window it sees.
    length : int or None
        Bases of a window; None where a window is as long as its sites span.
    needs_positions : bool
        Whether it can only predict windows whose sites have positions.
    path : Path
        Where it is.
    scanner : Scanner
        The net with its restarts, or the baseline; its calibration; and what its predictions are
        compared with.
    """

    name: str
    kind: str
    targets: tuple[ModelTarget, ...]
    classes: tuple[str, ...] | None
    haplotypes: int
    sites: int
    length: int | None
    needs_positions: bool
    path: Path
    scanner: Scanner

    @property
    def card(self) -> Card:
        """All that is known of it: what it reads, and how it was trained."""
        return self.scanner.card

    def __repr__(self) -> str:
        predicted = ", ".join(target.title for target in self.targets)
        size = f"{self.length:,} bases" if self.length else f"{self.sites:,} sites"
        return f"<{self.kind} {self.name}: {predicted}, from {self.haplotypes} haplotypes, {size}>"

    def predict(
        self,
        data: str | os.PathLike[str] | Windows | npt.NDArray[Any] | Sequence[Any],
        positions: Any = None,
        **options: Any,
    ) -> pd.DataFrame:
        """Return what the model predicts, calibrated as in scans.

        Parameters
        ----------
        data : path, Windows, array_like, or list of array_like
            A genome (VCF, BCF, VCF Zarr, tree sequence or ms), which is cut into windows as in a
            scan; simulated windows; or a matrix of shape (haplotypes, sites) for each window, of
            0, 1, and -1 for an allele that is not called. With known ancestral alleles, 1 is the
            derived one. Haplotypes of an individual, and of a population, are next to each other.
        positions : array_like, or list of array_like, optional
            Of the sites of each matrix, in bases from the left end of the window, counted from 0.
            They can be left out if ``needs_positions`` is False.
        **options
            Of a genome, those of ``coalflow scan``, with ``_`` for ``-``: ``contigs=["2L"]``,
            ``step=10_000``, ``ancestral="AA"``.

        Returns
        -------
        DataFrame
            A row for each window, in order. Its columns are those of ``windows.tsv``
            (docs/genomes.md), without the model's name: ``tajimas_d`` with its 90 % interval,
            ``tajimas_d:low`` and ``tajimas_d:high``, and its p-value, ``tajimas_d:p``; or, of
            classes, ``sweep`` with the most probable one, ``sweep:hard`` with the probability of
            each, ``sweep:set`` and ``sweep:swept:p``. A window that cannot be predicted, for
            instance without enough sites, has nan. Only genomes have ``contig``, ``start`` and
            ``end``, and q-values; only what has positions has ``flags`` and ``novelty``.

        Raises
        ------
        CoalflowError
            If the data cannot be read, or are not such as the model reads.
        """
        if isinstance(data, str | os.PathLike):
            if positions is not None:
                raise CoalflowError("positions are those of matrices: a genome has its own")
            return self._predict_genome(data, options)
        if options:
            raise CoalflowError(f"{', '.join(options)}: only a genome in a file has such options")
        if isinstance(data, Windows):
            if positions is not None:
                raise CoalflowError("positions are those of matrices: these windows have their own")
            names = [str(seed) for seed in data.seeds.tolist()]
            return self._predict_matrices(data.haplotypes, data.positions, names)
        if not isinstance(data, np.ndarray | list | tuple):
            raise CoalflowError(
                f"data of type {type(data).__name__} cannot be predicted: give the path of a "
                "genome, windows of load_windows, a matrix of alleles, or a list of such"
            )
        matrices: Any = data
        if not _is_list_of_matrices(data):
            matrices, positions = [data], None if positions is None else [positions]
        names = [str(index) for index in range(len(matrices))]
        return self._predict_matrices(matrices, positions, names)

    def _predict_genome(
        self, genome: str | os.PathLike[str], options: dict[str, Any]
    ) -> pd.DataFrame:
        scan = make_scan(self.path, genome, options)
        with (
            refuse_as_options(scan, self.card, str),
            tempfile.TemporaryDirectory(prefix="coalflow-") as folder,
        ):
            found = read_file(scan, self.scanner, Path(folder)).predict_windows(Path(folder))
            columns = found.compute_columns()
            table = pd.concat(list(iterate_windows(found.parts, columns)), ignore_index=True)
        return self._select_columns(table)

    def _predict_matrices(
        self, data: Sequence[Any], positions: Sequence[Any] | None, names: Sequence[str]
    ) -> pd.DataFrame:
        is_placed, view = positions is not None, self.card.view
        if not is_placed and self.needs_positions:
            raise CoalflowError(f"{self.name} reads the positions of sites: give positions, too")
        if not len(data):
            raise CoalflowError("there is no matrix to predict")
        places = [None] * len(data) if positions is None else positions
        if len(places) != len(data):
            raise CoalflowError(f"there are {len(data)} matrices, and positions of {len(places)}")
        where = [f"matrix {row}" if len(data) > 1 else "the matrix" for row in range(len(data))]
        matrices = [
            read_matrix(alleles, place, view, named)
            for alleles, place, named in zip(data, places, where, strict=True)
        ]
        fewest = None if self.card.net is None else self.card.net.recipe.augment.thin
        samples = [
            choose_samples(matrix, view.samples, fewest, named)
            for matrix, named in zip(matrices, where, strict=True)
        ]
        if any(each != samples[0] for each in samples):
            raise CoalflowError("the matrices differ in their numbers of haplotypes")
        scanner = self.scanner
        if samples[0] != view.samples:
            scanner = dataclasses.replace(scanner, references={})
        tables = []
        for part in split_matrices(matrices):
            batch, described = encode_matrices(
                matrices[part], names[part], view, samples[0], self.card.trained_on.windows
            )
            tables.append(scan_windows(batch, described, samples[0], scanner))
        table = pd.concat(tables, ignore_index=True).drop(columns="accessible")
        if not is_placed:
            about_places = ["length", "flags", NOVELTY, FURTHEST]
            about_places += [name for name in map(str, table) if name.startswith(f"{STATISTIC}:")]
            table = table.drop(columns=about_places, errors="ignore")
        return self._select_columns(table)

    def _select_columns(self, table: pd.DataFrame) -> pd.DataFrame:
        """Return the columns of windows and of the model, the latter without its name."""
        name, targets = self.name, self.card.targets
        start = f"{targets.first}:" if targets.has_classes else ""
        renamed = {name: targets.first} if targets.has_classes else {}
        for column in map(str, table):
            if column.startswith(f"{name}:"):
                renamed[column] = f"{start}{column.removeprefix(f'{name}:')}"
        others = [other for other in self.scanner.models if other != name]
        kept = [
            column
            for column in map(str, table)
            if column.partition(":")[0] not in {*others, MEASURED}
        ]
        return table[kept].rename(columns=renamed)


def load_model(path: str | os.PathLike[str]) -> Model:
    """Return a trained model.

    Parameters
    ----------
    path : path
        Its folder in a run, such as ``results/<run>/models/<net>`` or that of a baseline or of one
        restart; or a zip that ``snakemake package`` wrote.

    Returns
    -------
    Model

    Raises
    ------
    CoalflowError
        If it is not a trained model, or is damaged or incomplete.

    Examples
    --------
    >>> import coalflow
    >>> model = coalflow.load_model("results/tajimas_d/models/coalflow")  # doctest: +SKIP
    >>> model  # doctest: +SKIP
    <ensemble coalflow: Tajima's D, from 20 haplotypes, 40 sites>
    >>> model.predict("mine.vcf.gz", contigs=["2"])  # doctest: +SKIP
    >>> model.predict(matrix, positions)["tajimas_d"]  # doctest: +SKIP
    """
    scanner = open_scanner(Path(path))
    card = scanner.card
    encoding = card.view.encoding
    return Model(
        name=next(iter(scanner.models)),
        kind=card.kind,
        targets=tuple(_describe_target(name, target, card) for name, target in card.targets),
        classes=card.targets.classes,
        haplotypes=card.view.samples.number_of_haplotypes,
        sites=encoding.sites,
        length=encoding.length if encoding.pad else None,
        needs_positions=encoding.pad or card.net is None or "positions" in card.net.inputs,
        path=Path(path),
        scanner=scanner,
    )


def _describe_target(name: str, target: Target, card: Card) -> ModelTarget:
    if card.targets.has_classes:
        return ModelTarget(name, find_title(name), "classes")
    return ModelTarget(name, find_title(name), "log" if target.is_log else "linear")


def _is_list_of_matrices(data: Any) -> bool:
    if isinstance(data, np.ndarray):
        return data.ndim == 3
    return len(data) > 0 and np.ndim(data[0]) == 2
