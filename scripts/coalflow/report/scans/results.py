"""The results of a scan, as files: the table of windows, BED, pictures."""

import dataclasses
import pathlib
from collections.abc import Mapping, Sequence

import pandas as pd
from matplotlib.figure import Figure

from coalflow.core.errors import CoalflowError
from coalflow.evaluation.cards import Card
from coalflow.evaluation.comparisons import ShownModel
from coalflow.evaluation.predictions import COMPUTED, find_models
from coalflow.genomes.scans import scan_outputs
from coalflow.report.figures.class_scans import draw_scan_of_classes
from coalflow.report.figures.drawing import save_figure
from coalflow.report.figures.scans import draw_scan


@dataclasses.dataclass(frozen=True)
class ScanResults:
    """What was predicted along a genome.

    Attributes
    ----------
    parts : sequence of Path
        The tables of windows that ``scan.py`` wrote, in order.
    card : Card
        That of any of the models.
    lengths : mapping of str to int
        Bases of the contigs that were scanned, in their order.
    shown : sequence of ShownModel
        The models that are drawn; the first is in BED.
    """

    parts: Sequence[pathlib.Path]
    card: Card
    lengths: Mapping[str, int]
    shown: Sequence[ShownModel]

    def read_shown(self) -> pd.DataFrame:
        """Return the table of windows with the columns of the models that are shown."""
        columns = scan_outputs.list_columns(self.parts)
        models = find_models(columns, self.card.targets)
        shown = [model.name for model in self.shown]
        return scan_outputs.read_windows(
            self.parts, scan_outputs.choose_columns(columns, models, shown)
        )

    def write_files(self, folder: pathlib.Path) -> None:
        """Write ``windows.tsv``, ``windows.bed`` and ``scan.png``.

        Raises
        ------
        CoalflowError
            If a part is missing or damaged, or the disk is full.
        """
        scan_outputs.write_windows(folder / "windows.tsv", self.parts)
        table = self.read_shown()
        scan_outputs.write_bed(folder / "windows.bed", table, self.shown[0].name, self.card)
        save_figure(self._draw(table), folder / "scan.png")

    def draw_contigs(self, folder: pathlib.Path, pictures: Mapping[str, str]) -> None:
        """Draw some contigs, each in a picture of its own.

        Parameters
        ----------
        folder : Path
        pictures : mapping of str to str
            By contig, the name of the picture without its suffix.

        Raises
        ------
        CoalflowError
            If no window lies on one of the contigs.
        """
        table = self.read_shown()
        folder.mkdir(parents=True, exist_ok=True)
        for contig, picture in pictures.items():
            windows = table[table["contig"] == contig].reset_index(drop=True)
            if windows.empty:
                raise CoalflowError(f"genomes.<name>.show: no window lies on contig {contig}")
            save_figure(self._draw(windows), folder / f"{picture}.png")

    def _draw(self, table: pd.DataFrame) -> Figure:
        classes = self.card.targets.classes
        if classes is not None:
            return draw_scan_of_classes(table, self.shown, classes, self.lengths)
        return draw_scan(table, self.shown, COMPUTED, self.card, self.lengths)
