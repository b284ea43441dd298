"""A genome scanned with a model alone, from its file to the results, in one process."""

import contextlib
import pathlib
import tempfile
from collections.abc import Callable, Iterator, Mapping

from coalflow import read_version
from coalflow.config.genomes.model_scan import ModelScan
from coalflow.core.files import Room, refuse_unwritable, write_json
from coalflow.core.progress import say
from coalflow.genomes.genes.gene_file import read_genes
from coalflow.genomes.painting.opening import open_painter
from coalflow.genomes.painting.painted_genome import paint_genome
from coalflow.genomes.scans.file_scan import FileScan, open_scanner, read_file, refuse_as_options
from coalflow.genomes.scans.scan_exports import export_scan
from coalflow.genomes.scans.scanners import Scanner
from coalflow.genomes.suitability.model_needs import name_options
from coalflow.models.storage.model import Model
from coalflow.models.storage.packages import read_description
from coalflow.report.scans.painted_files import write_painted
from coalflow.report.scans.region_pictures import choose_regions, draw_regions
from coalflow.report.scans.results import ScanResults
from coalflow.report.scans.scan_page import (
    OPTIONS,
    introduce_model,
    show_model,
    write_scan_page,
)


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
    scanner = open_scanner(scan.model)
    painter = open_painter(scan.model, scanner.models) if scanner.card.paints else None
    say(
        f"{scan.model}: {introduce_model(next(iter(scanner.models)), read_description(scan.model))}"
    )
    card = scanner.card
    if painter is None and card.targets.at_sites is not None:
        say(f"{scan.model}: predicts shares of windows alone, so no haplotypes are painted")
    with refuse_as_options(scan, card, spell, card.paints), _make_folder(scan.folder):
        # As large as a part of the genome, for which the folder has room sooner than others.
        with tempfile.TemporaryDirectory(prefix=".scanning-", dir=scan.folder) as folder:
            read = _scan(scan, scanner, pathlib.Path(folder), spell)
            if painter is not None:
                room = Room(0, folder)
                painted = paint_genome(read.genome, read.plan, read.options, painter, room.allocate)
                write_painted(painted, scan.folder)
        write_json(scan.folder / OPTIONS, _describe_origin(scan, scanner.models))
        write_scan_page(scan, read.scanner)


@contextlib.contextmanager
def _make_folder(folder: pathlib.Path) -> Iterator[None]:
    """Make the folder of the results, which does not stay empty where there are none."""
    is_new = not folder.exists()
    folder.mkdir(parents=True, exist_ok=True)
    try:
        yield
    except BaseException:
        if is_new:
            with contextlib.suppress(OSError):  # it holds something
                folder.rmdir()
        raise


def _scan(
    scan: ModelScan, scanner: Scanner, folder: pathlib.Path, spell: Callable[[str], str]
) -> FileScan:
    """Write what is found of windows; return what was read of the genome."""
    output = scan.folder
    genes = None if scan.genes is None else read_genes(scan.genes)
    read = read_file(scan, scanner, folder)
    genome, plan = read.genome, read.plan
    if genes is not None:
        genes.refuse_unfit(plan.find_bounds(genome.contigs), plan.path)
    for note in read.described.notes:
        say(name_options(f"{plan.path}: {note}", spell))
    if read.has_other_haplotypes:
        trained, used = (
            samples.number_of_haplotypes
            for samples in (scanner.card.view.samples, genome.contigs[0].samples)
        )
        say(
            f"{scan.genome}: {used} haplotypes are used, and {scan.model} was trained on "
            f"{trained}: predictions are not compared with a null, and windows have no novelty"
        )
    scanned = read.predict_windows(folder)
    write_json(output / "observation.json", read.described.content)
    lengths, shown = genome.description.lengths, show_model(scanner)
    results = ScanResults(scanned, lengths, [shown], genes)
    results.write_files(output)
    if scanned.has_upper_bounds:
        say(
            f"{scan.genome}: windows are not laid as those of the null are, so the expected "
            "numbers of regions are upper bounds"
        )
    _write_requested(read, results)
    return read


def _write_requested(read: FileScan, results: ScanResults) -> None:
    """Write what is only written where it is asked for, and the pictures of regions."""
    scan, section, output = read.scan, read.scan.make_genome(), read.scan.folder
    if scan.show:
        results.draw_contigs(output / "pictures", section.name_pictures())
    if section.has_region_pictures:
        chosen = choose_regions(
            output / "regions.tsv",
            section.number_of_top_regions,
            section.show_regions,
            results,
            read.plan.path,
        )
        observation = results.scan.card.view.observation
        draw_regions(results, read.genome, observation, chosen, output / "regions")
    for format in scan.outputs or ():
        export_scan(format, output / format, results.scan, results.lengths)


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
