"""A genome scanned with a model alone, from its file to the results, in one process."""

import dataclasses
import pathlib
import tempfile
from collections.abc import Callable, Mapping

from coalflow import read_version
from coalflow.config.genomes.model_scan import ModelScan
from coalflow.config.genomes.model_scan_reading import refuse_options
from coalflow.config.settings.genome_options import GenomeOptions, make_genome_options
from coalflow.core.errors import CoalflowError
from coalflow.core.files import refuse_unwritable, write_json
from coalflow.core.parquet import write_parquet_parts
from coalflow.core.progress import say
from coalflow.evaluation.calibration.calibration import Calibration
from coalflow.evaluation.calibration.calibration_files import CALIBRATION_FILE, parse_calibrations
from coalflow.evaluation.cards import Card
from coalflow.evaluation.comparisons import ShownModel
from coalflow.evaluation.model_description import ModelDescription
from coalflow.genomes.genes.gene_file import read_genes
from coalflow.genomes.opening import UsableGenome, open_genome
from coalflow.genomes.plan import GenomePlan, plan_genome
from coalflow.genomes.readers.formats import open_genome_file
from coalflow.genomes.reading import read_part
from coalflow.genomes.reference.reference import REFERENCE_FILE, Reference, decode_reference
from coalflow.genomes.scans.judged_scan import Scan
from coalflow.genomes.scans.scan import scan_batches
from coalflow.genomes.scans.scan_exports import export_scan
from coalflow.genomes.scans.scanners import Scanner
from coalflow.genomes.suitability.describing import describe_genome
from coalflow.genomes.suitability.model_needs import check_needs, name_options
from coalflow.genomes.windows.window_batches import WindowBatches
from coalflow.genomes.windows.window_flags import Accessibility
from coalflow.models.card_files import refuse_model
from coalflow.models.ensembles import add_ensembles
from coalflow.models.storage.model import Model
from coalflow.models.storage.packages import (
    COPY_AGAIN,
    open_model,
    read_description,
    read_extra,
)
from coalflow.report.scans.region_pictures import choose_regions, draw_regions
from coalflow.report.scans.results import ScanResults


def scan_with_model(scan: ModelScan, spell: Callable[[str], str]) -> None:
    """Scan a genome with a model alone, and write the results.

    Parameters
    ----------
    scan : ModelScan
    spell : callable
        Returns the name of an option as messages have it.

    Raises
    ------
    CoalflowError
        If the model is damaged, or needs other options; if the genome cannot be read, or is not
        such as the model reads; if the results cannot be written.
    """
    refuse_unwritable(scan.folder)
    models = add_ensembles(open_model(scan.model))
    say(f"{scan.model}: {_introduce(next(iter(models)), read_description(scan.model))}")
    scanner = Scanner(models, *_read_extras(scan.model))
    card = scanner.card
    mistakes = list(check_needs(scan, card.view))
    if mistakes:
        raise refuse_options(mistakes, spell)
    scan.folder.mkdir(parents=True, exist_ok=True)
    try:
        _scan(scan, scanner, spell)
    except CoalflowError as error:
        raise CoalflowError(name_options(str(error), spell)) from None


def _introduce(name: str, description: ModelDescription | None) -> str:
    """Return whose a model is, and under which terms it is used."""
    if description is None:
        return name
    about = description.about
    parts = {"by": ", ".join(about.authors or ()), "licence": about.licence, "cite": about.citation}
    known = [f"{what} {words}" for what, words in parts.items() if words]
    return "; ".join([f"{name} of the run {description.run}", *known])


def _read_extras(model: str) -> tuple[dict[str, Calibration], dict[str, Reference]]:
    """Return how a model is calibrated, and what its predictions are compared with."""
    path = pathlib.Path(model)
    contents = []
    for name in (CALIBRATION_FILE, REFERENCE_FILE):
        content = read_extra(path, name)
        if content is None:
            raise refuse_model(path, f"it has no {name}", COPY_AGAIN)
        contents.append(content)
    try:
        reference = decode_reference(contents[1])
    except ValueError as error:
        raise refuse_model(path, f"{REFERENCE_FILE}: {error}", COPY_AGAIN) from None
    return parse_calibrations(contents[0], path), {reference.meta.model: reference}


def _scan(scan: ModelScan, scanner: Scanner, spell: Callable[[str], str]) -> None:
    models, card = scanner.models, scanner.card
    options, view, output = make_scan_options(scan, card), card.view, scan.folder
    section = scan.make_genome()
    genes = None if scan.genes is None else read_genes(scan.genes)
    # As large as a part of the genome, for which the folder has room sooner than others.
    with tempfile.TemporaryDirectory(prefix=".scanning-", dir=output) as folder:
        genome, plan = _read_genome(scan, card, options, pathlib.Path(folder, "genome.npz"))
        described = describe_genome(
            genome,
            plan,
            view.encoding,
            view.observation,
            options,
            scan.show or (),
            section.show_regions,
        )
        if genes is not None:
            genes.refuse_unfit(plan.find_bounds(genome.contigs), plan.path)
        lengths, shown = genome.description.lengths, _show(models)
        for note in described.notes:
            say(name_options(f"{plan.path}: {note}", spell))
        batches = WindowBatches.plan(genome.contigs, view.encoding, options)
        table = pathlib.Path(folder, "windows.parquet")
        samples = genome.contigs[0].samples
        if samples != view.samples:
            say(
                f"{scan.genome}: {samples.number_of_haplotypes} haplotypes are used, and "
                f"{scan.model} was trained on {view.samples.number_of_haplotypes}: predictions "
                "are not compared with a null, and windows have no novelty"
            )
            scanner = dataclasses.replace(scanner, references={})
        accessibility = Accessibility.measure_file(options.mask, genome.contigs)
        tables = scan_batches(batches, scanner, genome.draws, accessibility=accessibility)
        write_parquet_parts(table, tables)
        write_json(output / "observation.json", described.content)
        step = options.step if options.windows is None else None
        scanned = Scan([table], card, scanner.references, [shown.name], step)
        results = ScanResults(scanned, lengths, [shown], genes)
        results.write_files(output)
        if scanned.has_upper_bounds:
            say(
                f"{scan.genome}: windows are not laid as those of the null are, so the expected "
                "numbers of regions are upper bounds"
            )
        if scan.show:
            results.draw_contigs(output / "pictures", section.name_pictures())
        if section.has_region_pictures:
            chosen = choose_regions(
                output / "regions.tsv",
                section.number_of_top_regions,
                section.show_regions,
                results,
                plan.path,
            )
            draw_regions(results, genome, view.observation, chosen, output / "regions")
        for format in scan.outputs or ():
            export_scan(format, output / format, scanned, lengths)
    write_json(output / "options.json", _describe_origin(scan, models))


def make_scan_options(scan: ModelScan, card: Card) -> GenomeOptions:
    """Return how a genome is read, and cut into windows such as a model reads.

    Parameters
    ----------
    scan : ModelScan
    card : Card
        That of the model.
    """
    seed = card.settings.get("seed", 0) if scan.seed is None else scan.seed
    fewest = None if card.net is None else card.net.recipe.augment.thin
    return make_genome_options(scan.make_genome(), card.view.encoding, seed, fewest, mask=None)


def _read_genome(
    scan: ModelScan, card: Card, options: GenomeOptions, store: pathlib.Path
) -> tuple[UsableGenome, GenomePlan]:
    """Read a genome into a contig store, and open that."""
    observation, samples = card.view.observation, card.view.samples
    file = open_genome_file(scan.genome)
    plan = plan_genome(file, samples, options.for_reading(), observation.phased, parts=1)
    say(f"{scan.genome}: reading {len(plan.individuals):,} of {plan.in_file:,} individuals")
    read_part(file, plan, 0, options.for_alleles(), store)
    return open_genome([store], plan, samples, observation, options), plan


def _show(models: Mapping[str, Model]) -> ShownModel:
    """Return the model that is drawn: the ensemble of restarts, if there are several."""
    name, model = next(iter(models.items()))
    reason = f"the mean of {len(model.members)} restarts" if model.members else "the model"
    return ShownModel(name, model.card.kind, reason)


def _describe_origin(scan: ModelScan, models: Mapping[str, Model]) -> dict[str, object]:
    """Return of what, with what and how results were made."""
    return {
        "coalflow": read_version(),
        "options": scan.as_json(),
        "models": {
            name: model.card.file.sha256
            for name, model in models.items()
            if model.card.file is not None and not model.members
        },
    }
