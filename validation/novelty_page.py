"""The page that ``novelty.py`` writes."""

import numpy as np
import scipy.stats

HEADER = (
    "| misfit | strength | error, times | windows at 1 % | at 5 % | genomes | what differs most | "
    "Mahalanobis at 1 % | at 5 % | sbi, genomes |"
)
INTRODUCTION = """# Novelty: what it finds, and its false alarms

Written by `python validation/novelty.py`. A net was trained on windows of 100 kb of 20 diploid
individuals of one population of constant size, to classify sweeps or to predict recombination
rates. Windows and genomes of 100 windows were then simulated in other ways, or spoilt as sequencing
does. The table has the share of windows flagged as novel and of genomes that are said to differ
slightly or not to fit; how many times as large as on held-out simulations the net's error is; and
what a plain Mahalanobis distance (of windows, with the same calibration) and the misspecification
test of the package sbi (maximum mean discrepancy, of genomes at p = 1 %) find in the same
statistics.
"""


def write_page(judged):
    """Return the page of tables of all problems."""
    parts = [INTRODUCTION]
    for problem, table in judged.items():
        parts += [f"## {problem[0].upper()}{problem[1:]}\n", write_table(table), summarise(table)]
    return "\n".join(parts)


def write_table(table):
    """Return a table of misfits in Markdown."""
    rows = [HEADER, "|" + " --- |" * 10]
    for _, row in table.iterrows():
        shares = [
            f"{100 * row[name]:.1f} %" if np.isfinite(row[name]) else "not measured"
            for name in (
                "novel 0.01",
                "novel 0.05",
                "flagged",
                "mahalanobis 0.01",
                "mahalanobis 0.05",
                "mmd",
            )
        ]
        cells = [row["misfit"], row["strength"], f"{row['ratio']:.2f}", *shares[:3], row["most"]]
        rows.append("| " + " | ".join([*cells, *shares[3:]]) + " |")
    return "\n".join(rows) + "\n"


def summarise(table):
    """Return the marks of a problem."""
    base, others = table.iloc[0], table.iloc[1:]
    lines = []
    for level in (0.01, 0.05):
        found, number = base[f"novel {level}"], int(base["windows"])
        # Of windows, and of those held out that they are compared with.
        ranks = base["held out"] + 1
        low, high = scipy.stats.betabinom.interval(0.99, number, level * ranks, (1 - level) * ranks)
        within = "within" if low <= round(found * number) <= high else "outside"
        lines.append(
            f"- false alarms of windows at {100 * level:.0f} %: {100 * found:.2f} % of {number:,}, "
            f"{within} what chance makes of {100 * level:.0f} % (99 %)"
        )
    lines.append(
        f"- false alarms of genomes at 1 %: {100 * base['flagged']:.1f} % of {int(base['genomes'])}"
    )
    doubled = others[others["ratio"] >= 2]
    for name, column in (
        ("windows, at 1 %", "novel 0.01"),
        ("windows, at 5 %", "novel 0.05"),
        ("genomes", "flagged"),
        ("windows by Mahalanobis distance, at 5 %", "mahalanobis 0.05"),
        ("genomes by sbi's test", "mmd"),
    ):
        lines.append(
            f"- flagged {name}: {100 * doubled[column].mean():.0f} % where the error is at least "
            f"doubled ({len(doubled)} of {len(others)} misfits), {100 * others[column].mean():.0f} "
            "% of all"
        )
    return "\n".join(lines) + "\n"
