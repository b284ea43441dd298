"""Genomes in memory, and models that nobody trained, for tests of scans."""

import dataclasses

import numpy as np
from helpers.data import make_encoding, make_observation, make_samples, make_targets
from helpers.genomes import make_options
from helpers.models import HAPLOTYPES, SITES, varied_matrices
from helpers.windows import SitesInMemory

from coalflow.config.settings.view import View
from coalflow.core.files import read_json, write_json
from coalflow.evaluation.predictions import Prediction
from coalflow.genomes.store.contigs import Contig
from coalflow.genomes.windows.window_batches import WindowBatches


@dataclasses.dataclass
class ContigInMemory(SitesInMemory):
    """A contig whose sites are all usable.

    ``haplotypes`` is uint8 (sites, haplotypes), or a list of such, one for each draw; a site that
    does not vary among the individuals of one of several draws is not read.
    """

    haplotypes: np.ndarray | list = None

    def __post_init__(self):
        self.read = []  # how many sites each time
        draws = self.haplotypes if isinstance(self.haplotypes, list) else [self.haplotypes]
        self.samples = make_samples(draws[0].shape[1], ploidy=1)

    def count_sites_before(self, bases):
        return np.searchsorted(self.positions, bases, side="right")

    def read_sites(self, first, last, draw=0):
        self.read.append(last - first)
        positions, several = self.positions[first:last], isinstance(self.haplotypes, list)
        alleles = (self.haplotypes[draw] if several else self.haplotypes)[first:last]
        piece = Contig(self.name, np.array(positions, int), alleles, None, self.samples)
        return piece.select(np.ptp(alleles, axis=1) > 0) if several else piece


def make_contig(name, sites, seed=0, haplotypes=HAPLOTYPES, length=None):
    """Return a contig with sites at irregular places, all of them varying."""
    generator = np.random.default_rng(seed)
    positions = np.cumsum(generator.integers(1, 500, size=sites))
    alleles = varied_matrices(1, seed, sites, haplotypes)[0]
    return ContigInMemory(positions, length or int(positions[-1:].sum()) + 1, name, None, alleles)


def plan_batches(contigs, step, encoding, size=None, **options):
    """Return the batches of a genome, of as many windows as ``size`` says."""
    options = make_options(step=step, **options)
    batches = WindowBatches.plan(contigs, encoding, options)
    return dataclasses.replace(batches, size=size or batches.size)


def make_scanned_view(target="tajimas_d", **encoding):
    """Return the view of models of the windows here."""
    return View(
        observation=make_observation(polarised=True),
        encoding=make_encoding(**{"sites": SITES, "order": "sampled", **encoding}),
        samples=make_samples(HAPLOTYPES // 2),
        targets=make_targets(target),
    )


def pad_windows(folder, length):
    """Have models on the disk read padded windows of so many bases."""
    for path in folder.glob("*/card.json"):
        card = read_json(path)
        card["view"]["encoding"].update(pad=True, length=length)
        write_json(path, card)


def predict_copies(windows):
    """Predict how many alleles are 1, as a model does."""
    return Prediction(windows.haplotypes.sum(axis=(1, 2), dtype=float)[:, None])
