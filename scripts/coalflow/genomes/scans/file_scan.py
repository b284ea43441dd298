"""The file of a genome scanned with a model alone, in one process: up to the table of windows."""

from __future__ import annotations

import contextlib
import dataclasses
import pathlib
from collections.abc import Callable, Iterator

from coalflow.config.genomes.model_scan import ModelScan
from coalflow.config.genomes.model_scan_reading import refuse_options
from coalflow.config.settings.genome_options import GenomeOptions, make_genome_options
from coalflow.core.errors import CoalflowError
from coalflow.core.parquet import write_parquet_parts
from coalflow.core.progress import say
from coalflow.evaluation.calibration.calibration import Calibration
from coalflow.evaluation.calibration.calibration_files import CALIBRATION_FILE, parse_calibrations
from coalflow.evaluation.cards import Card
from coalflow.genomes.opening import UsableGenome, open_genome
from coalflow.genomes.plan import GenomePlan, plan_genome
from coalflow.genomes.readers.formats import open_genome_file
from coalflow.genomes.reading import read_part
from coalflow.genomes.reference.reference import REFERENCE_FILE, Reference, decode_reference
from coalflow.genomes.scans.judged_scan import Scan
from coalflow.genomes.scans.scan import scan_batches
from coalflow.genomes.scans.scanners import Scanner
from coalflow.genomes.suitability.describing import DescribedGenome, describe_genome
from coalflow.genomes.suitability.model_needs import check_needs, check_painting, name_options
from coalflow.genomes.windows.window_batches import WindowBatches
from coalflow.genomes.windows.window_flags import Accessibility
from coalflow.models.card_files import refuse_model
from coalflow.models.ensembles import add_ensembles
from coalflow.models.storage.packages import COPY_AGAIN, open_model, read_extra

NEIGHBOURS = 50  # windows of a stretch, where only some are predicted


def open_scanner(model: str | pathlib.Path) -> Scanner:
    """Return the model in a folder or a zip, ready to scan.

    Parameters
    ----------
    model : path
        The folder of a net or of a baseline, or a zip.

    Raises
    ------
    CoalflowError
        If there is none, or if it is damaged or incomplete.
    """
    models = add_ensembles(open_model(model))
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
    calibrations: dict[str, Calibration] = parse_calibrations(contents[0], path)
    references: dict[str, Reference] = {reference.meta.model: reference}
    return Scanner(models, calibrations, references)


@contextlib.contextmanager
def refuse_as_options(
    scan: ModelScan, card: Card, spell: Callable[[str], str], paints: bool = False
) -> Iterator[None]:
    """Refuse options that a model cannot use; then have errors name options, not keys of a config.

    Parameters
    ----------
    scan : ModelScan
    card : Card
        That of the model.
    spell : callable
        Returns the name of an option as messages have it.
    paints : bool
        Whether the genome is painted, too.

    Raises
    ------
    CoalflowError
    """
    mistakes = [*check_needs(scan, card.view), *(check_painting(scan) if paints else ())]
    if mistakes:
        raise refuse_options(mistakes, spell)
    try:
        yield
    except CoalflowError as error:
        raise CoalflowError(name_options(str(error), spell)) from None


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


@dataclasses.dataclass(frozen=True)
class FileScan:
    """The file of a genome that was read for a model.

    Attributes
    ----------
    scan : ModelScan
    scanner : Scanner
        What predicts its windows. It has no references where the genome has fewer haplotypes than
        those of the null.
    options : GenomeOptions
    plan : GenomePlan
    genome : UsableGenome
        Its sites are in a file next to the tables.
    described : DescribedGenome
    """

    scan: ModelScan
    scanner: Scanner
    options: GenomeOptions
    plan: GenomePlan
    genome: UsableGenome
    described: DescribedGenome

    @property
    def batches(self) -> WindowBatches:
        """The windows of the genome."""
        encoding = self.scanner.card.view.encoding
        return WindowBatches.plan(self.genome.contigs, encoding, self.options)

    @property
    def has_other_haplotypes(self) -> bool:
        """Whether windows have fewer haplotypes than those that the model was trained on."""
        return self.genome.contigs[0].samples != self.scanner.card.view.samples

    def predict_windows(self, folder: pathlib.Path, most: int | None = None) -> Scan:
        """Predict windows, and return what was found.

        Parameters
        ----------
        folder : Path
            Where the table of windows is written.
        most : int, optional
            How many are predicted, about: stretches of neighbours that are spread over the genome.
            Without it, all.

        Raises
        ------
        CoalflowError
            If the mask cannot be read, or the disk is full.
        """
        scanner, options, batches, every = self.scanner, self.options, self.batches, 1
        if most is not None and batches.windows > most:
            batches = dataclasses.replace(batches, size=min(batches.size, NEIGHBOURS))
            every = -(-batches.windows // most)
        accessibility = Accessibility.measure_file(options.mask, self.genome.contigs)
        tables = scan_batches(
            batches, scanner, self.genome.draws, accessibility=accessibility, every=every
        )
        table = folder / "windows.parquet"
        write_parquet_parts(table, tables)
        shown = next(iter(scanner.models))
        step = options.step if options.windows is None else None
        return Scan([table], scanner.card, scanner.references, [shown], step)


def read_file(scan: ModelScan, scanner: Scanner, folder: pathlib.Path) -> FileScan:
    """Read the file of a genome into a folder, and refuse it if the model cannot use it.

    Parameters
    ----------
    scan : ModelScan
    scanner : Scanner
    folder : Path

    Raises
    ------
    CoalflowError
        If the genome cannot be read, or is not such as the model reads; if the disk is full.
    """
    card, section = scanner.card, scan.make_genome()
    observation, samples = card.view.observation, card.view.samples
    target = card.targets.at_sites
    options, store = make_scan_options(scan, card), folder / "genome.npz"
    file = open_genome_file(scan.genome)
    plan = plan_genome(file, samples, options.for_reading(), observation.phased, parts=1)
    say(f"{scan.genome}: reading {len(plan.individuals):,} of {plan.in_file:,} individuals")
    read_part(file, plan, 0, options.for_alleles(), store)
    genome = open_genome([store], plan, samples, observation, options)
    described = describe_genome(
        genome,
        plan,
        card.view.encoding,
        observation,
        options,
        scan.show or (),
        section.show_regions,
        None if target is None or not card.paints else target.of[0],
    )
    found = FileScan(scan, scanner, options, plan, genome, described)
    if found.has_other_haplotypes:
        return dataclasses.replace(found, scanner=dataclasses.replace(scanner, references={}))
    return found
