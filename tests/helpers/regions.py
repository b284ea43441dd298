"""Pictures of regions, drawn from small tables."""

import numpy as np
import pandas as pd
from helpers.data import make_observation
from helpers.figures import predict_classes, predict_numbers
from helpers.scans import ContigInMemory

from coalflow.evaluation.comparisons import ShownModel
from coalflow.genomes.genes import Gene
from coalflow.report.figures.regions.haplotypes import make_haplotype_image
from coalflow.report.figures.regions.picture import RegionView, draw_region
from coalflow.report.figures.regions.tracks import STATISTICS


def region_table(models, classes=None, windows=20, polarised=True):
    """Return windows with a peak in the middle, one that is novel, and one with a gap."""
    generator = np.random.default_rng(4)
    start = np.arange(windows) * 50_000
    table = pd.DataFrame({"start": start, "end": start + 100_000})
    table = table.assign(contig="chr2")
    flags = {windows // 4: "novel", windows // 3: "gap"}
    table["flags"] = [flags.get(row, "") for row in range(windows)]
    peak = np.exp(-(((np.arange(windows) - windows / 2) / 2) ** 2))
    for name in STATISTICS:
        if polarised or name != "fay_wu_h":
            table[f"statistic:{name}"] = generator.normal(size=windows) - 3 * peak
    for model in models:
        table[f"{model}:tajimas_d"] = generator.normal(size=windows)
        table[f"{model}:swept:region_p"] = 10.0 ** -(generator.random(windows) + 4 * peak)
        for name, share in zip(classes or (), (0.9, 0.1), strict=False):
            table[f"{model}:{name}"] = share + (peak - peak * 2 * share) * 0.8
    return table


def make_region_view(classes=("neutral", "hard"), models=2, genes=9, windows=20, **changes):
    names = ["coalflow", "ridge"][:models]
    generator = np.random.default_rng(5)
    alleles = generator.integers(0, 2, size=(90, 30), dtype=np.uint8)
    positions = np.sort(generator.choice(np.arange(1, 1_000_000), 90, replace=False))
    contig = ContigInMemory(positions, 1_000_000, "chr2", None, alleles)
    stretch, peak = (200_000, 800_000), (450_000, 550_000)
    quantiles = pd.DataFrame(
        np.tile([-2.3, -0.7, 0, 0.7, 2.3], (len(STATISTICS), 1)),
        index=list(STATISTICS),
        columns=[0.01, 0.25, 0.5, 0.75, 0.99],
    )
    view = {
        "title": "chr2:400,001-600,000",
        "details": "found: p 1e-5, q 0.01; hard; genes LCT and MCM6",
        "contig": "chr2",
        "start": stretch[0],
        "end": stretch[1],
        "region": (400_000, 600_000),
        "peak": peak,
        "windows": region_table(names, classes, windows),
        "shown": [
            ShownModel(name, kind, "")
            for name, kind in zip(names, ("net", "baseline"), strict=False)
        ],
        "targets": (predict_classes(classes) if classes else predict_numbers()).targets,
        "score": "swept",
        "threshold": 0.01,
        "bands": quantiles,
        "haplotypes": make_haplotype_image(contig, stretch, peak, make_observation(polarised=True)),
        "polarised": True,
        "genes": [
            Gene(f"GENE{n}", 70_000 * n, 70_000 * n + 30_000, "+-"[n % 2], n > 3)
            for n in range(genes or 0)
        ]
        if genes is not None
        else None,
    }
    return RegionView(**{**view, **changes})


def draw_region_of_classes(**changes):
    return draw_region(make_region_view(**changes))


def draw_region_of_numbers(**changes):
    return draw_region(make_region_view(classes=None, **changes))


EVERY_FIGURE = [draw_region_of_classes, draw_region_of_numbers]
