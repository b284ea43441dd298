"""Power at an equal rate of false discoveries: coalflow, other programs and classical statistics.

All scan the same simulated genomes of 25 Europeans (config/demography/human.yaml), some blocks of
which have a sweep in their middle: hard, soft, or partial. Those that learn do so from the same
priors and from as many windows of each class, simulated by coalflow (power_data.py).

    python bench/power.py work --diploshic shic/bin/diploSHIC --flexsweep flex/bin/python

It is run by hand, takes an hour of processor time, and resumes where it was stopped: everything is
kept in the folder ``work``. Other programs are in environments of their own:

    pip install diploSHIC "pandas<3"                    # Python 3.11; scikit-allel comes with it
    pip install flexsweep                               # Python 3.12; with CUDA, 5 GB
    pip install --no-deps flexsweep                     # or so, and tensorflow-cpu==2.18.1 and the
                                                        # rest of what it requires

``--statistics`` is a Python with scikit-allel; without it, that of diploS/HIC. What is printed is
also written to ``work/power.md`` and, per sweep, to ``work/found.tsv``.
"""

from __future__ import annotations

import argparse
import os
import pathlib
import sys

import numpy as np
import pandas as pd

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.append(str(ROOT / "scripts"))

import measuring  # noqa: E402
import power_data  # noqa: E402
import power_methods  # noqa: E402
import power_regions  # noqa: E402

HISTORY = ROOT / "config/demography/human.yaml"
SHARE = 0.1  # of stretches that have a sweep
RATES = (0.05, 0.1)  # of false discoveries
REACHES = (100_000, 250_000)  # bases from a sweep to the region that finds it
FALSE = 1  # regions in EQUAL bases, where all are compared at the same number
EQUAL = 100_000_000
WIDTH = 225_000  # bases: scores of others that learned are also averaged over this width
MEAN = "mean"
OURS = f"coalflow, not neutral, {MEAN}"  # what others are compared with
#: Statistics by the first part of their columns, with the size of windows as the last.
STATISTICS = {"h12": "H12", "ihs": "iHS", "tajimas_d": "Tajima's D"}


def main() -> None:
    """Simulate, scan by all methods, and compare."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--config", type=pathlib.Path, default=ROOT / "config/sweeps_small.yaml")
    parser.add_argument("--diploshic", type=pathlib.Path, help="the program diploSHIC")
    parser.add_argument("--flexsweep", type=pathlib.Path, help="a Python with flexsweep")
    parser.add_argument("--statistics", type=pathlib.Path, help="a Python with scikit-allel")
    parser.add_argument("--replicates", type=int, default=1000, help="of each class, for training")
    parser.add_argument("--swept", type=int, default=72, help="blocks with a sweep")
    parser.add_argument("--neutral", type=int, default=60, help="neutral blocks, of 10 Mb")
    parser.add_argument("--only", nargs="+", choices=list(METHODS), default=list(METHODS))
    arguments = parser.parse_args()
    os.environ.update(measuring.ONE_THREAD)
    folder = arguments.folder.absolute()
    folder.mkdir(parents=True, exist_ok=True)
    work = power_methods.Work(folder, arguments.config.absolute(), arguments.replicates)
    for option in ("diploshic", "flexsweep", "statistics"):
        if getattr(arguments, option):
            setattr(arguments, option, getattr(arguments, option).absolute())
    os.chdir(ROOT)  # paths in configs are relative to it
    power_data.simulate_training(work.config, work.training, work.replicates)
    sizes = power_data.Sizes(swept=arguments.swept, neutral=arguments.neutral)
    blocks = power_data.simulate_genomes(HISTORY, work.genomes, sizes)
    power_data.write_whole_genome(work.genomes, blocks)
    for method in arguments.only:
        scan(method, work, arguments)
    text = compare(work, blocks)
    (folder / "power.md").write_text(text, encoding="utf-8")
    print(text)


METHODS = ("statistics", "coalflow", "diploshic", "flexsweep")


def scan(method: str, work: power_methods.Work, arguments: argparse.Namespace) -> None:
    """Write the scores of a method, unless they are there or its program is not given."""
    beside = arguments.diploshic and arguments.diploshic.parent / "python"
    programs = {
        "statistics": arguments.statistics or beside,
        "coalflow": pathlib.Path(sys.executable),
        "diploshic": arguments.diploshic,
        "flexsweep": arguments.flexsweep,
    }
    if work.scores(method).exists():
        return
    program = programs[method]
    if program is None:
        print(f"not measured: {method}, whose option was not given")
    elif method == "coalflow":
        power_methods.scan_by_coalflow(work)
    elif method == "diploshic":
        power_methods.scan_by_diploshic(work, program)
    elif method == "flexsweep":
        power_methods.scan_by_flexsweep(work, program)
    else:
        power_methods.scan_by_statistics(work, program)


# Comparison --------------------------------------------------------------------------------------


def compare(work: power_methods.Work, blocks: pd.DataFrame) -> str:
    """Return the tables, in Markdown, of all methods that have scores."""
    swept = blocks[blocks["kind"] != "neutral"].reset_index(drop=True)
    sites = swept["site"].to_numpy(float)
    peaks = {name: power_regions.find_peaks(track, blocks) for name, track in read_tracks(work)}
    bases = next(iter(peaks.values())).bases
    lines = [
        f"{len(swept)} blocks with a sweep; {bases / 1e6:,.0f} Mb examined of neutral blocks; "
        f"{work.replicates:,} windows of each class to learn from.",
    ]
    found = {}
    criteria = [("equal", FALSE), *[("fdr", rate) for rate in RATES]]
    for reach in REACHES:
        for kind, level in criteria:
            title = (
                f"{level} false region in {EQUAL / 1e6:.0f} Mb"
                if kind == "equal"
                else f"False discovery rate {level}, where {SHARE:.0%} of stretches of "
                f"{power_regions.STRETCH / 1e6:g} Mb have a sweep"
            )
            hits = {}
            for name, one in peaks.items():
                if kind == "equal":
                    false = power_regions.FalseRegions(one.neutral, one.bases)
                    threshold = false.find_threshold(level, EQUAL)
                else:
                    threshold = power_regions.threshold_for_fdr(one, sites, reach, level, SHARE)
                hits[name] = power_regions.find_sweeps(one, sites, threshold, reach)
                found[f"{name}:{kind}:{level}:{reach}"] = hits[name]
            lines += ["", f"### {title}; regions within {reach // 1000} kb", ""]
            lines += tabulate(keep_best_sizes(hits), swept)
    pd.concat([swept, pd.DataFrame(found)], axis=1).to_csv(
        work.folder / "found.tsv", sep="\t", index=False
    )
    return "\n".join(lines) + "\n"


def read_tracks(work: power_methods.Work) -> list[tuple[str, power_regions.Track]]:
    """Return the scores of all methods that have some, and means of those of neighbours."""
    tracks = []
    for method in METHODS:
        if not work.scores(method).exists():
            continue
        table = pd.read_csv(work.scores(method), sep="\t")
        for name in table.columns[2:]:
            # Restarts of a net are in their ensemble; a baseline that knows nothing has no peaks.
            if "/0" in name or "/1" in name or table[name].nunique() < 2:
                continue
            part = table[["contig", "position"]].assign(score=table[name])
            tracks.append((name, power_regions.Track(name, part)))
            if name.endswith("not neutral") or method == "flexsweep":
                mean = f"{name}, {MEAN}"
                is_ours = method == "coalflow"
                averaged = (
                    power_regions.average_as_scans(part)
                    if is_ours
                    else power_regions.average_within(part, WIDTH)
                )
                tracks.append((mean, power_regions.Track(mean, averaged)))
    return tracks


def keep_best_sizes(hits: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Return what was found, of each statistic with the size of windows that found most."""
    kept = {name: hit for name, hit in hits.items() if name.rpartition("_")[0] not in STATISTICS}
    for column, statistic in STATISTICS.items():
        sizes = {name: hit for name, hit in hits.items() if name.rpartition("_")[0] == column}
        if sizes:
            best = max(sizes, key=lambda name: sizes[name].mean())  # noqa: B023
            kept[f"{statistic}, {best.rpartition('_')[2]} kb"] = sizes[best]
    return kept


def tabulate(hits: dict[str, np.ndarray], swept: pd.DataFrame) -> list[str]:
    """Return the lines of a table: power of each method, by kind and strength, and pairs."""
    weak = (swept["selection_coefficient"] < np.sqrt(np.prod(power_data.STRENGTHS))).to_numpy()
    groups = {kind: (swept["kind"] == kind).to_numpy() for kind in power_data.KINDS}
    groups |= {"s < .032": weak, "s > .032": ~weak}
    head = ["method", "power", "95 %", *groups, "times coalflow's", "only coalflow", "only it", "p"]
    lines = ["| " + " | ".join(head) + " |", "|" + " --- |" * len(head)]
    ours = hits.get(OURS)
    for name, hit in sorted(hits.items(), key=lambda item: -item[1].mean()):
        low, high = power_regions.interval(int(hit.sum()), len(hit))
        cells = [name, f"{hit.mean():.2f}", f"{low:.2f}–{high:.2f}"]
        cells += [f"{hit[group].mean():.2f}" for group in groups.values()]
        if ours is None or name == OURS:
            cells += ["", "", "", ""]
        else:
            ratio = f"{hit.mean() / ours.mean():.2f}" if ours.any() else ""
            a, b, p = power_regions.compare_pairs(ours, hit)
            cells += [ratio, str(a), str(b), f"{p:.2g}"]
        lines.append("| " + " | ".join(cells) + " |")
    return lines


if __name__ == "__main__":
    main()
