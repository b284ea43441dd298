"""The field's own problems: simulated by the authors' programs, compared, and the table of scores.

Simulate by the programs and command lines of those who published a problem, and write a config
that imports what they made; `--published` reads a published file in place of simulating:

    python validation/field.py --problem recombination --ms PATH --windows 2000 --out data/field
    python validation/field.py --problem sweeps --discoal PATH --windows 1000 --out data/field
    python validation/field.py --problem theta --published theta.sims.txt.gz --out data/field

Compare coalflow's simulations with theirs, by the shards of two runs:

    python validation/field.py --compare results/field_theta results/field_theta_programs

Write docs/field.md, from finished runs:

    python validation/field.py --table results/field_* --output docs/field.md
"""

import argparse
import math
import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.append(str(ROOT / "scripts"))

import field_page
import field_programs
import numpy as np
import scipy.stats

from coalflow.core.files import replace_atomically
from coalflow.windows.shards import read_shard

STATISTICS = ("sites", "pi", "tajimas_d", "haplotypes", "homozygosity")


def main():
    """Do what the arguments say."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--problem", choices=field_programs.PROBLEMS)
    parser.add_argument("--ms", type=pathlib.Path, help="Hudson's program")
    parser.add_argument("--discoal", type=pathlib.Path, help="Kern and Schrider's program")
    parser.add_argument("--published", type=pathlib.Path, help="the published file, for theta")
    parser.add_argument("--windows", type=int, default=1000, help="of each class")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=pathlib.Path, help="a folder")
    parser.add_argument("--compare", type=pathlib.Path, nargs=2, help="results of two runs")
    parser.add_argument("--table", type=pathlib.Path, nargs="+", help="results of runs")
    parser.add_argument("--output", type=pathlib.Path, help="a page")
    arguments = parser.parse_args()
    if arguments.compare:
        print(compare_runs(*arguments.compare))
    elif arguments.table:
        if arguments.output is None:
            parser.error("--table needs --output")
        with replace_atomically(arguments.output) as temporary:
            page = field_page.write_page(arguments.table)
            pathlib.Path(temporary).write_text(page, encoding="utf-8")
    elif arguments.problem and arguments.out:
        simulate(arguments, parser)
    else:
        parser.error("give --problem and --out, or --compare, or --table and --output")


def simulate(arguments, parser):
    """Write what a problem's programs make, and the config that imports it."""
    problem, folder = arguments.problem, arguments.out
    folder.mkdir(parents=True, exist_ok=True)
    if arguments.published:
        if problem != "theta":
            parser.error(f"no file of {problem} was published: give the program")
        windows, made = field_programs.describe_published_theta(arguments.published, folder)
    else:
        windows = arguments.windows
        needed = "discoal" if problem == "sweeps" else "ms"
        if getattr(arguments, needed) is None:
            parser.error(f"{problem} needs --{needed}, the path of the program")
        programs = {needed: getattr(arguments, needed).absolute()}
        generator = np.random.default_rng(arguments.seed)
        made = field_programs.PROBLEMS[problem](programs, folder.absolute(), windows, generator)
    path = field_programs.write_config(problem, folder, windows, made, arguments.published)
    print(f".venv/bin/snakemake --configfile {path}")


# Comparing -------------------------------------------------------------------------------------


def compare_runs(ours, theirs):
    """Return a table of how far the statistics of two runs' windows are apart."""
    first, second = (describe_windows(results) for results in (ours, theirs))
    lines = [
        f"{len(first)} windows of {ours.name}, {len(second)} of {theirs.name}; z is the difference "
        "of the means in standard errors, p that of a Kolmogorov-Smirnov test.",
        "",
        "| statistic | ours | theirs | z | sd, ours / theirs | p |",
        "|---|---|---|---|---|---|",
    ]
    for name, one, other in zip(STATISTICS, first.T, second.T, strict=True):
        one, other = one[np.isfinite(one)], other[np.isfinite(other)]
        error = math.sqrt(one.var(ddof=1) / len(one) + other.var(ddof=1) / len(other))
        z = (one.mean() - other.mean()) / error
        p = scipy.stats.ks_2samp(one, other).pvalue
        lines.append(
            f"| {name} | {one.mean():.4g} | {other.mean():.4g} | {z:+.2f} | "
            f"{one.std() / other.std():.3f} | {p:.2g} |"
        )
    return "\n".join(lines)


def describe_windows(results):
    """Return the statistics of all windows of a run, float (windows, statistics)."""
    rows = []
    for path in sorted(results.glob("shards/*/*.npz")):
        shard = read_shard(path)
        haplotypes = shard.samples.number_of_haplotypes
        for first, last in zip(shard.offsets, shard.offsets[1:], strict=False):
            packed = shard.haplotypes[first:last]
            rows.append(describe_window(np.unpackbits(packed, axis=1, count=haplotypes)))
    return np.array(rows)


def describe_window(alleles):
    """Return the statistics of a window; alleles are (sites, haplotypes)."""
    sites, haplotypes = alleles.shape
    copies = alleles.sum(axis=1, dtype=float)
    pairs = haplotypes * (haplotypes - 1) / 2
    pi = float((copies * (haplotypes - copies)).sum() / pairs)
    _, counts = np.unique(alleles.T, axis=0, return_counts=True)
    homozygosity = float(((counts / haplotypes) ** 2).sum())
    return sites, pi, compute_tajimas_d(sites, pi, haplotypes), len(counts), homozygosity


def compute_tajimas_d(sites, pi, haplotypes):
    """Return Tajima's D (1989); nan without sites."""
    if not sites:
        return math.nan
    numbers = np.arange(1, haplotypes)
    a1, a2 = (1 / numbers).sum(), (1 / numbers**2).sum()
    b1 = (haplotypes + 1) / (3 * (haplotypes - 1))
    b2 = 2 * (haplotypes**2 + haplotypes + 3) / (9 * haplotypes * (haplotypes - 1))
    e1 = (b1 - 1 / a1) / a1
    e2 = (b2 - (haplotypes + 2) / (a1 * haplotypes) + a2 / a1**2) / (a1**2 + a2)
    return (pi - sites / a1) / math.sqrt(e1 * sites + e2 * sites * (sites - 1))


if __name__ == "__main__":
    main()
