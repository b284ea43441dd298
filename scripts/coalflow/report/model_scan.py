"""A genome scanned with a model alone, from its file to the results, in one process."""

import pathlib
import tempfile
from collections.abc import Callable, Mapping

from coalflow.config.model_scans import refuse_options
from coalflow.config.schema.model_scan import ModelScan
from coalflow.config.settings.genome_options import GenomeOptions, make_genome_options
from coalflow.core.errors import CoalflowError
from coalflow.core.files import refuse_unwritable, write_json
from coalflow.core.parquet import write_parquet_parts
from coalflow.core.progress import say
from coalflow.evaluation.cards import Card
from coalflow.evaluation.comparisons import ShownModel
from coalflow.genomes.describing import describe_genome
from coalflow.genomes.model_needs import check_needs, name_options
from coalflow.genomes.opening import UsableGenome, open_genome
from coalflow.genomes.plan import GenomePlan, plan_genome
from coalflow.genomes.readers.formats import open_genome_file
from coalflow.genomes.reading import read_part
from coalflow.genomes.scan import scan_batches
from coalflow.genomes.scan_exports import export_scan
from coalflow.genomes.window_batches import WindowBatches
from coalflow.models.ensembles import add_ensembles
from coalflow.models.model_package import open_model
from coalflow.models.storage.model import Model
from coalflow.report.model_card import list_needs
from coalflow.report.scan_results import ScanResults


def scan_with_model(scan: ModelScan, spell: Callable[[str], str]) -> pathlib.Path:
    """Scan a genome with a model alone; return the folder of the results.

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
    card = next(iter(models.values())).card
    say(f"{scan.model}: {next(iter(models))}, for {describe_needs(card)}")
    mistakes = list(check_needs(scan, card.view))
    if mistakes:
        raise refuse_options(mistakes, spell)
    try:
        _scan(scan, models, card)
    except CoalflowError as error:
        raise CoalflowError(name_options(str(error), spell)) from None
    return scan.folder


def describe_needs(card: Card) -> str:
    """Return what a model reads, in a few words."""
    needs = dict(list_needs(card))
    return f"windows of {needs['windows']}, of {needs['individuals']}"


def _scan(scan: ModelScan, models: Mapping[str, Model], card: Card) -> None:
    options, view = make_scan_options(scan, card), card.view
    with tempfile.TemporaryDirectory(prefix="coalflow-") as folder:
        genome, plan = _read_genome(scan, card, options, pathlib.Path(folder, "genome.npz"))
        described = describe_genome(genome, plan, view.encoding, view.observation, options)
        for note in described.notes:
            say(f"{plan.path}: {note}")
        write_json(scan.folder / "observation.json", described.content)
        batches = WindowBatches.plan(genome.contigs, view.encoding, options)
        table = pathlib.Path(folder, "windows.parquet")
        write_parquet_parts(table, scan_batches(batches, models, genome.draws))
        lengths = genome.description.lengths
        ScanResults([table], card, lengths, [_show(models)]).write(scan.folder)
        for format in scan.outputs or ():
            export_scan(format, scan.folder / format, [table], card.targets, lengths)


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
    reason = "the mean of its restarts" if model.members else "the model"
    return ShownModel(name, model.card.kind, reason)
