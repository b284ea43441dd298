"""All nets on the quickstart's data: trains them, and writes docs/nets.md.

It runs config/all_nets.yaml up to its metrics, under an hour on one core of a laptop, or goes on
where it stopped; what is there already is only written down anew.

    python bench/compare_nets.py --cores 2
"""

import argparse
import inspect
import json
import pathlib
import subprocess
import sys

import pandas as pd

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.append(str(ROOT / "scripts"))

from coalflow import nets  # noqa: E402

RESULTS = ROOT / "results" / "all_nets"
PAGE = ROOT / "docs" / "nets.md"
SITES, HAPLOTYPES = 40, 20  # the quickstart's

TEXT = """\
# Nets

This page is written by `bench/compare_nets.py`.

`models.nets` takes any of these names. Each net takes haplotypes, positions and a mask that tells
sites from padding, and gives numbers or classes, as many as the targets need. The docstring of
each, in `scripts/coalflow/nets/`, says more, and where it differs from what was published.

- **order**: whether the order of haplotypes matters. Where it does not, their number may also
  differ from that in training.
- **positions**: whether the net reads where sites lie (`encoding.positions`).
- **sites**: the fewest that `encoding.sites` may be.
- **weights**: with {sites} sites of {haplotypes} haplotypes, one channel of positions, one output.
- **dropout**, **recipe**: how its authors trained it, where `training` leaves the key out.

{table}

{sources}

## Tajima's D

The quickstart's data: {train:,} training windows of {sites} sites and {haplotypes} haplotypes, with
three population sizes and three histories, and {test:,} test windows. Each net was trained once,
for up to {epochs} epochs. Some would go on learning: with more time, another may be ahead. In
brackets are 95 % intervals over test windows. Minutes are those of one processor core, at work.

{figures}

At a given number of sites, Tajima's D is linear in pi, so `ridge`, which is given pi, has an easy
game: this table tells whether a net can read haplotypes at all, not which is best for your
question. List several in `models.nets` and see.
"""


def main():
    """Train what is not trained yet, and write the page."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cores", type=int, default=1, help="how many nets train side by side")
    cores = parser.parse_args().cores
    metrics = RESULTS / "metrics.tsv"
    program = pathlib.Path(sys.executable).with_name("snakemake")
    subprocess.run(
        [program, "--configfile", "config/all_nets.yaml", "--cores", str(cores)]
        + ["--", str(metrics.relative_to(ROOT))],
        cwd=ROOT,
        check=True,
    )
    scores = pd.read_csv(metrics, sep="\t")
    cards = [json.loads(path.read_text()) for path in sorted(RESULTS.glob("models/*/0/card.json"))]
    histories = [len(pd.read_csv(history_of(card), sep="\t")) for card in cards]
    text = TEXT.format(
        sites=SITES,
        haplotypes=HAPLOTYPES,
        table=table_of_nets(),
        sources="\n".join(f"- `{name}`: {source(net)}" for name, net in nets.NETS.items()),
        train=cards[0]["trained_on"]["replicates"],
        test=int(scores["n"].max()),
        epochs=max(histories),
        figures=table_of_scores(scores, cards),
    )
    PAGE.write_text(text)
    print(f"wrote {PAGE.relative_to(ROOT)}")


def table_of_nets():
    """Return what each net is, as a Markdown table."""
    rows = []
    for name, kind in nets.NETS.items():
        net = nets.build(name, SITES, HAPLOTYPES, 1)
        rates = sorted(set(kind.dropout.values()))
        rows.append(
            [
                f"`{name}`",
                "does not matter" if kind.any_order else "matters",
                "yes" if "positions" in kind.inputs else "no",
                kind.fewest_sites,
                f"{nets.number_of_weights(net):,}",
                " to ".join(f"{rate:g}" for rate in sorted({rates[0], rates[-1]})) if rates else "",
                ", ".join(f"{key} {value}" for key, value in kind.recipe.items()),
            ]
        )
    header = ["net", "order", "positions", "sites", "weights", "dropout", "recipe"]
    return markdown(header, rows)


def source(net):
    """Return what a net is, in one sentence: the first of its docstring."""
    return inspect.getdoc(net).splitlines()[0]


def history_of(card):
    """Return the file with what happened in each epoch."""
    return RESULTS / "models" / card["model"] / str(card["restart"]) / "history.tsv"


def table_of_scores(scores, cards):
    """Return how well each model did on test windows, the best first, as a Markdown table."""
    cards = {card["model"]: card for card in cards}
    test = scores[scores["split"] == "test"].set_index(["model", "metric"])
    order = test.xs("rmse", level="metric")["value"].sort_values(kind="stable")
    rows = []
    for model in order.index:
        of_net = ["", "", ""]
        if model in cards:
            card = cards[model]
            timed = RESULTS / "benchmarks" / "train" / model / f"{card['restart']}.tsv"
            minutes = pd.read_csv(timed, sep="\t")["cpu_time"].sum() / 60
            epochs = len(pd.read_csv(history_of(card), sep="\t"))
            of_net = [f"{card['weights']:,}", f"{card['best_epoch']} of {epochs}", f"{minutes:.1f}"]
        measured = [with_interval(test.loc[(model, metric)]) for metric in ("rmse", "r2")]
        rows.append([f"`{model}`", *measured, *of_net])
    header = ["model", "RMSE", "R²", "weights", "best epoch", "minutes"]
    return markdown(header, rows)


def with_interval(row):
    """Return a score with its 95 % interval, to four decimals."""
    return f"{row['value']:.4f} [{row['ci_low']:.4f}, {row['ci_high']:.4f}]"


def markdown(header, rows):
    """Return a table in Markdown."""
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join("| " + " | ".join(map(str, line)) + " |" for line in lines)


if __name__ == "__main__":
    main()
