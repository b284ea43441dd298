"""Folders of scans, and pages with an interactive picture of them."""

import jinja2
import numpy as np
import pandas as pd
from helpers.figures import CLASSES, make_card, predict_classes, predict_numbers

from coalflow.evaluation.comparisons import ShownModel
from coalflow.report import rendering
from coalflow.report.interactive.tracks import ScanTracks

NET = "coalflow"
STEP, LENGTH = 10_000, 20_000
VERDICTS = ("found", "question", "not significant")
PAGE = """<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>A scan</title>
<link rel="icon" href="data:,">{% include "styles.html.j2" %}</head><body><main>
{% import "scan_picture.html.j2" as interactive %}
<div class="scan"><div class="static"><img src="data:," alt="The scan as it stands in a file"></div>
{{ interactive.show_scan(scan, {"name": "mine", "folder": ""}) }}</div>
<table><tr id="region-mine-1"><td>the first region</td></tr></table>
</main>{% include "scan_script.html.j2" %}</body></html>"""


def make_tracks(classes=CLASSES, score="swept", targets=1):
    predictands = predict_classes(classes) if classes else predict_numbers(targets)
    return ScanTracks(ShownModel(NET, "ensemble", ""), predictands.targets, score, 0.01, 0.02)


def make_windows(contigs=("chr1", "chr2"), windows=30, classes=CLASSES, flags=None, targets=1):
    """Return windows with a peak in the middle of each contig."""
    generator = np.random.default_rng(3)
    number = len(contigs) * windows
    start = np.tile(np.arange(windows) * STEP, len(contigs))
    table = pd.DataFrame({"contig": np.repeat(contigs, windows), "start": start})
    table = table.assign(end=start + LENGTH, flags="")
    if flags is None:
        table.loc[[1, 2], "flags"] = ["gap", "novel"]
    else:
        table["flags"] = flags
    peak = np.exp(-(((start / STEP - windows / 2) / 2) ** 2))
    table["novelty"] = generator.random(number)
    for kind in ("p", "q", "region_p"):
        table[f"{NET}:swept:{kind}"] = 10.0 ** -(generator.random(number) + 4 * peak)
    for name, chances in zip(
        classes or (), generator.dirichlet(np.ones(len(classes or "-")), number).T, strict=False
    ):
        table[f"{NET}:{name}"] = chances
    for target in (
        () if classes else make_card(NET, 0, "net", predict_numbers(targets)).targets.names
    ):
        values = np.exp(generator.normal(size=number))
        table[f"{NET}:{target}"] = values
        table[f"{NET}:{target}:low"], table[f"{NET}:{target}:high"] = values / 2, values * 2
    return table


def make_regions(contigs=("chr1", "chr2"), windows=30):
    """Return a region in the middle of each contig."""
    start = (windows // 2 - 2) * STEP
    return pd.DataFrame(
        {
            "contig": contigs,
            "start": start,
            "end": start + 5 * STEP,
            "q": 0.0123456,
            "verdict": [VERDICTS[index % 3] for index in range(len(contigs))],
            "genes": ["LCT,MCM6", *[np.nan] * (len(contigs) - 1)],
        }
    )


def write_scan(folder, table, regions=None):
    """Write the tables of a scan, as the folder of a genome has them."""
    columns = ["contig", "start", "end"]
    regions = pd.DataFrame(columns=columns) if regions is None else regions
    for name, each in (("windows", table), ("regions", regions)):
        each.to_csv(folder / f"{name}.tsv", sep="\t", index=False, na_rep="nan")
    return folder


def render_scan(scan, library):
    """Return a page with nothing but a scan."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(rendering.TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
    )
    environment.filters.update(rendering.FILTERS)
    palette = dict.fromkeys(("net", "ensemble", "baseline"), "#000000")
    return environment.from_string(PAGE).render(scan=scan, library=library, palette=palette)
