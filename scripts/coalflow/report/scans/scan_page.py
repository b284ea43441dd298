"""The page about a genome that was scanned with a model alone."""

from __future__ import annotations

import dataclasses
import json
import pathlib
import shlex
from typing import Any

import pydantic

from coalflow import read_version
from coalflow.config.genomes.model_scan import SUFFIXES, ModelScan
from coalflow.config.genomes.model_scan_reading import write_options
from coalflow.core.errors import CoalflowError
from coalflow.core.files import read_json, replace_atomically
from coalflow.evaluation.comparisons import ShownModel
from coalflow.evaluation.model_description import ModelDescription
from coalflow.evaluation.result_tables import read_result_table
from coalflow.genomes.scans.file_scan import open_scanner
from coalflow.genomes.scans.scanned_columns import NOVELTY
from coalflow.genomes.scans.scanners import Scanner
from coalflow.models.storage.packages import read_description
from coalflow.report.figures.drawing import BASELINE, ENSEMBLE, NET, find_title
from coalflow.report.genomes.answers import answer_genome
from coalflow.report.genomes.scan_basis import describe_basis
from coalflow.report.genomes.summarising import summarise_genome
from coalflow.report.glossary import TERMS
from coalflow.report.rendering import render_template
from coalflow.report.wording import join_names

PAGE, OPTIONS = "report.html", "options.json"


def show_model(scanner: Scanner) -> ShownModel:
    """Return the model that is drawn: the ensemble of restarts, if there are several."""
    name, model = next(iter(scanner.models.items()))
    reason = f"the mean of {len(model.members)} restarts" if model.members else "the model"
    return ShownModel(name, model.card.kind, reason)


def introduce_model(name: str, description: ModelDescription | None) -> str:
    """Return whose a model is, and under which terms it is used."""
    if description is None:
        return name
    about = description.about
    parts = {"by": ", ".join(about.authors or ()), "licence": about.licence, "cite": about.citation}
    known = [f"{what} {words}" for what, words in parts.items() if words]
    return "; ".join([f"{name} of the run {description.run}", *known])


def write_scan_page(scan: ModelScan, scanner: Scanner) -> None:
    """Write the page of a scan whose other results are there.

    Parameters
    ----------
    scan : ModelScan
    scanner : Scanner
        What scanned the genome: without references, nothing was compared with a null.

    Raises
    ------
    CoalflowError
        If one of the results is missing or damaged, or the disk is full.
    """
    folder, card, shown = scan.folder, scanner.card, show_model(scanner)
    name = SUFFIXES.sub("", pathlib.Path(scan.genome).absolute().name)
    genome = summarise_genome(folder, folder, name, scan.make_genome(), [shown.name], card)
    if not card.paints:  # an earlier scan into the folder may have
        genome = dataclasses.replace(genome, ancestry=None)
    basis = describe_basis(card, [shown], next(iter(scanner.references.values()), None))
    description = read_description(scan.model)
    predicted = join_names([find_title(target) for target in card.targets.names])
    page = render_template(
        "scan",
        folder,
        title=f"{predicted[:1].upper()}{predicted[1:]} along {name}",
        model=scan.model,
        about="" if description is None else introduce_model(shown.name, description),
        genome=genome,
        genomes=[genome],
        answer=answer_genome(genome, basis),
        basis=basis,
        haplotypes=card.view.samples.number_of_haplotypes,
        level=3,
        palette={"net": NET, "ensemble": ENSEMBLE, "baseline": BASELINE},
        classes=basis.classes,
        terms=TERMS,
        version=read_version(),
        command=f"coalflow scan {shlex.join(write_options(scan))}",
    )
    with replace_atomically(folder / PAGE) as temporary:
        temporary.write_text(page, encoding="utf-8")


def rewrite_scan_page(folder: pathlib.Path) -> pathlib.Path:
    """Write the page of a scan again, from its results and its model; return its path.

    Parameters
    ----------
    folder : Path
        That of the scan.

    Raises
    ------
    CoalflowError
        If these are not the results of such a scan, or the model is not where it was.
    """
    try:
        if not (folder / OPTIONS).is_file():
            raise FileNotFoundError
        scan = _read_scan(read_json(folder / OPTIONS)["options"])
        if scan.folder.absolute() != folder.absolute():  # it was moved
            scan = scan.model_copy(update={"output": str(folder)})
    except (FileNotFoundError, KeyError, AttributeError, TypeError, pydantic.ValidationError):
        raise CoalflowError(
            f"{folder}: not the folder of a scan by a model alone. Name the one that `coalflow "
            "scan` wrote; the report of a run is made by Snakemake"
        ) from None
    scanner = open_scanner(scan.model)
    if NOVELTY not in read_result_table(folder / "windows.tsv"):  # nothing was compared
        scanner = Scanner(scanner.models, scanner.calibrations)
    write_scan_page(scan, scanner)
    return folder / PAGE


def _read_scan(options: dict[str, Any]) -> ModelScan:
    """Return a scan by its options in JSON, of which those that were not given are defaults."""
    defaults = {name: field.default for name, field in ModelScan.model_fields.items()}
    given = {name: value for name, value in options.items() if value != defaults.get(name)}
    return ModelScan.model_validate_json(json.dumps(given))
