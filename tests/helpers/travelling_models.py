"""Models that travel without their run, and genomes that they read."""

import itertools
import shutil

import numpy as np
from helpers.genomes import record, vcf
from helpers.models import save_fitted_baseline, save_untrained_net
from helpers.packages import pack
from helpers.references import save_extras

NAMES = ("a", "b", "c")  # as many as the models read


def pack_models(folder, run, train, validation):
    """Write a net of two restarts and a baseline, of windows of 8 sites in 3 diploids, as zips."""
    for restart in range(2):
        save_untrained_net(run / "net" / str(restart), train, restart, loss="gaussian")
    save_fitted_baseline(run / "ridge", "ridge", train, validation)
    save_extras(run / "net", ("0", "1"), train, validation)
    save_extras(run / "ridge", ("",), train, validation)
    for name, model in {"net": "flagel_tajimas_d", "ridge": "ridge"}.items():
        pack(folder / f"{name}.zip", run / name, model)
    shutil.rmtree(run)
    return folder


def draw_records(names, sites=40, contig="1", seed=0, phased="|"):
    """Yield records at which every allele varies, with the ancestral one in INFO."""
    generator = np.random.default_rng(seed)
    positions = np.cumsum(generator.integers(1, 400, size=sites))
    for position in positions.tolist():
        alleles = generator.permutation(2 * len(names)) < generator.integers(1, 2 * len(names))
        pairs = [
            phased.join("01"[int(allele)] for allele in pair) for pair in alleles.reshape(-1, 2)
        ]
        yield record(position, *pairs, contig=contig, info="AA=A")


def make_genome(names=NAMES, **how):
    contigs = [draw_records(names, contig=contig, **how) for contig in ("1", "2")]
    return vcf(*itertools.chain(*contigs), names=names)
