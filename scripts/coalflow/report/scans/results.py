"""The results of a scan, as files: the table of windows, BED, pictures."""

import dataclasses
import functools
import pathlib
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from coalflow.config.settings.observing import JoinScanSettings
from coalflow.core.errors import CoalflowError
from coalflow.core.files import write_json
from coalflow.core.progress import say
from coalflow.evaluation.comparisons import ShownModel, choose_shown_models, read_order
from coalflow.evaluation.predictions import COMPUTED, REGION_P, name_column
from coalflow.genomes.genes.gene_file import read_genes
from coalflow.genomes.genes.genes import Genes
from coalflow.genomes.novelty.verdict import Verdict
from coalflow.genomes.scans import scan_outputs
from coalflow.genomes.scans.judged_scan import Columns, Scan, iterate_windows, open_scan
from coalflow.genomes.significance.region_tables import (
    FOUND,
    QUESTION,
    write_no_regions,
    write_regions,
)
from coalflow.report.figures.class_scans import draw_scan_of_classes
from coalflow.report.figures.drawing import save_figure
from coalflow.report.figures.regions.genome_track import Significance
from coalflow.report.figures.scans import draw_scan


@dataclasses.dataclass(frozen=True)
class ScanResults:
    """What was found along a genome.

    Attributes
    ----------
    scan : Scan
        The tables of windows, and what they are compared with.
    lengths : mapping of str to int
        Bases of the contigs that were scanned, in their order.
    shown : sequence of ShownModel
        The models that are drawn; the first is in BED, and makes the regions.
    genes : Genes, optional
        Those of the genome, by which regions are named.
    """

    scan: Scan
    lengths: Mapping[str, int]
    shown: Sequence[ShownModel]
    genes: Genes | None = None

    @functools.cached_property
    def columns(self) -> Columns:
        """The columns that depend on other windows, by that of the p-values they follow."""
        return self.scan.compute_columns()

    def read_shown(self) -> pd.DataFrame:
        """Return the table of windows with the columns of the models that are shown."""
        return self.scan.read_shown(self.columns)

    def find_window_length(self) -> int:
        """Return the bases of a typical window."""
        lengths = scan_outputs.read_windows(self.scan.parts, ["length"])["length"]
        return int(lengths.median())

    def write_files(self, folder: pathlib.Path) -> None:
        """Write ``windows.tsv``, ``windows.bed``, ``scan.png``, regions and the verdict.

        Without references, there are no regions and no verdict: their files then say so.

        Raises
        ------
        CoalflowError
            If a part is missing or damaged, or the disk is full.
        """
        scan = self.scan
        scan_outputs.write_windows(
            folder / "windows.tsv", iterate_windows(scan.parts, self.columns)
        )
        table = self.read_shown()
        scan_outputs.write_bed(folder / "windows.bed", table, self.shown[0].name, scan.card)
        regions = scan.find_regions(table, self.genes)
        if regions is None:
            write_no_regions(folder)
        else:
            write_regions(folder, regions)
        verdict = scan.judge_genome(regions)
        write_json(folder / "verdict.json", {} if verdict is None else verdict.as_json())
        save_figure(self._draw(table, regions), folder / "scan.png")
        say(_summarise(regions, verdict))

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
            save_figure(self._draw(windows, None), folder / f"{picture}.png")

    def _draw(self, table: pd.DataFrame, regions: pd.DataFrame | None) -> Figure:
        card, track = self.scan.card, self._find_significance(table, regions)
        if card.targets.classes is not None:
            classes = card.targets.classes
            return draw_scan_of_classes(table, self.shown, classes, self.lengths, track)
        return draw_scan(table, self.shown, COMPUTED, card, self.lengths, track)

    def _find_significance(
        self, table: pd.DataFrame, regions: pd.DataFrame | None
    ) -> Significance | None:
        """Return how surprising windows are; None where they are not compared with a null."""
        reference, model = self.scan.reference, self.shown[0].name
        if reference is None or not reference.scores:
            return None
        score = reference.scores[0].name
        column = name_column(model, score, REGION_P)
        if column not in table:
            return None
        return Significance(
            score=score,
            model=model,
            p=table[column].to_numpy(np.float64),
            threshold=reference.meta.significance.p,
            regions=pd.DataFrame() if regions is None else regions,
        )


def _summarise(regions: pd.DataFrame | None, verdict: Verdict | None) -> str:
    """Return in a line what matters most."""
    said = [] if verdict is None else [verdict.headline]
    if regions is not None:
        counts = regions["verdict"].value_counts()
        found, questions = (int(counts.get(each, 0)) for each in (FOUND, QUESTION))
        said.append(
            f"{found:,} {'region' if found == 1 else 'regions'} found"
            f"{f', {questions:,} in question' if questions else ''}"
        )
    return "; ".join(said) or "nothing is compared with a null"


def open_results(
    scanned: pathlib.Path,
    observation: pathlib.Path,
    models: pathlib.Path,
    validation: pathlib.Path,
    settings: JoinScanSettings,
) -> ScanResults:
    """Return the results of the scan of a genome of a run.

    Parameters
    ----------
    scanned : Path
        The folder of the tables of all parts.
    observation : Path
        What ``observe_genome.py`` wrote.
    models : Path
        The folder of all models.
    validation : Path
        ``validation.tsv``, which decides which models are shown.
    settings : JoinScanSettings

    Raises
    ------
    CoalflowError
        If one of the files is missing or damaged.
    """
    scan = open_scan(scanned, models, settings)
    order = read_order(validation, scan.card.targets, scan.models)
    shown = choose_shown_models(order)
    scan = dataclasses.replace(scan, shown=[model.name for model in shown])
    genes = None if settings.genes is None else read_genes(settings.genes)
    return ScanResults(scan, scan_outputs.read_lengths(observation), shown, genes)
