"""Compare nets on several problems: train them, and write docs/nets.md.

Each problem is a config of config/, run up to its metrics with one training of each net, as the
net's authors trained it. All together take two hours on one core; for results that exist already,
only the page is written again.

    python tools/compare_nets.py --cores 2
    python tools/compare_nets.py --only theta

``--only`` runs only the problems that it names. The page covers all problems that have results.
"""

import argparse
import dataclasses
import inspect
import json
import pathlib
import subprocess
import sys

import pandas as pd
import yaml

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.append(str(ROOT / "scripts"))

from coalflow.evaluation import comparisons, metrics
from coalflow.models import nets

PAGE = ROOT / "docs" / "nets.md"
SITES, HAPLOTYPES = 40, 20  # the quickstart's
OWN = "coalflow/0"  # the net that others are compared with
BASELINES = ["mean", "ridge", "gradient_boosting"]
BASELINES_OF_CLASSES = ["mean", "logistic_regression", "gradient_boosting"]


@dataclasses.dataclass(frozen=True)
class Problem:
    """A config, the nets that are trained on it, and its text on the page."""

    name: str
    config: str
    nets: list
    baselines: list
    title: str
    text: str
    training: dict = dataclasses.field(default_factory=dict)

    @property
    def results(self):
        """The folder of its results."""
        return ROOT / "results" / f"nets_{self.name}"


PROBLEMS = [
    Problem(
        "tajimas_d",
        "config/config.yaml",
        list(nets.NETS),
        BASELINES,
        "Tajima's D",
        """\
The quickstart, with three population sizes and three histories; at most 8 epochs, so that all nets
finish in half an hour. Some would still improve. With a given number of sites, Tajima's D is linear
in pi, so the problem is easy for `ridge`, which is given pi: this table shows whether a net can
read haplotypes at all, not which is best for your question.""",
        {"epochs": 8},
    ),
    Problem(
        "theta",
        "config/theta.yaml",
        ["coalflow", "flagel_theta", "dilated_residual"],
        BASELINES,
        "Theta",
        """\
Windows without recombination, with drawn mutation rates; the error of the rate times 4e9 is that of
theta. No method can have an error below about 1.27e-9 here: see [own_net.md](own_net.md).""",
    ),
    Problem(
        "recombination_rate",
        "config/recombination_rate.yaml",
        ["coalflow", "flagel_recombination", "dilated_residual"],
        BASELINES,
        "Recombination rate",
        "Rates over two orders of magnitude; the error is that of log10.",
    ),
    Problem(
        "sweeps_small",
        "config/sweeps_small.yaml",
        ["coalflow", "flagel_sweeps", "dilated_residual"],
        BASELINES_OF_CLASSES,
        "Sweeps",
        "Five classes: neutral, a hard or a soft sweep, or either of these nearby.",
    ),
]

TEXT = """\
# Nets

This page is written by `tools/compare_nets.py`.

`models.nets` takes any of these names. Each net takes haplotypes, positions and a mask that
distinguishes sites from padding, and predicts as many numbers or classes as the targets need. Its
docstring, in `scripts/coalflow/models/nets/`, has more detail, including differences from the publication.

- **order**: whether the order of haplotypes matters. Where it does not, their number may also
  differ from that in training.
- **positions**: whether the net reads the sites' positions (`encoding.positions`).
- **sites**: the smallest `encoding.sites` that it accepts.
- **weights**: with {sites} sites of {haplotypes} haplotypes, one channel of positions, one output.
- **dropout**, **recipe**: its authors' values, used for keys that `training` leaves out.

{table}

{sources}

## How good they are

Each net was trained once on each problem, with its own recipe. Another training would give slightly
different scores. Brackets are 95 % intervals over test windows; "minus coalflow" is the difference
from coalflow's own net on the same test windows, with its paired interval: above 0, `coalflow` is
ahead (below 0 where higher is better). Minutes are processor time on one core.

{problems}"""

OF_PROBLEM = """\
### {title}

`{config}`: {train:,} training windows of {sites} sites and {haplotypes} haplotypes, {test:,} test
windows. {text}

{figures}
"""


def main():
    """Train what is not trained yet, and write the page."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cores", type=int, default=1, help="how many nets train in parallel")
    names = [problem.name for problem in PROBLEMS]
    parser.add_argument("--only", nargs="+", choices=names, default=names)
    arguments = parser.parse_args()
    for problem in PROBLEMS:
        if problem.name in arguments.only:
            train(problem, arguments.cores)
    told = [problem for problem in PROBLEMS if (problem.results / "metrics.tsv").exists()]
    text = TEXT.format(
        sites=SITES,
        haplotypes=HAPLOTYPES,
        table=table_of_nets(),
        sources="\n".join(f"- `{name}`: {source(net)}" for name, net in nets.NETS.items()),
        problems="\n".join(text_of(problem) for problem in told),
    )
    PAGE.write_text(text)
    print(f"wrote {PAGE.relative_to(ROOT)}")


def train(problem, cores):
    """Run a problem up to its metrics, with its own models in place of the config's."""
    overlay = {
        "run": problem.results.name,
        "models": {"nets": problem.nets, "restarts": 1, "baselines": problem.baselines},
        "training": problem.training,
    }
    problem.results.mkdir(parents=True, exist_ok=True)
    laid_over = problem.results / "compare_nets.yaml"
    laid_over.write_text(yaml.safe_dump(overlay, sort_keys=False))
    program = pathlib.Path(sys.executable).with_name("snakemake")
    subprocess.run(
        [program, "--cores", str(cores), "--configfile", problem.config]
        + [str(laid_over.relative_to(ROOT))]
        + ["--", str((problem.results / "metrics.tsv").relative_to(ROOT))],
        cwd=ROOT,
        check=True,
    )


def text_of(problem):
    """Return what the page says of a problem."""
    folders = [folder_of(problem, model) for model in problem.nets + problem.baselines]
    cards = {folder: card_of(problem, folder) for folder in folders}
    predictions = pd.read_parquet(problem.results / "predictions.parquet")
    card = cards[OWN]
    return OF_PROBLEM.format(
        title=problem.title,
        config=problem.config,
        text=problem.text,
        train=card["trained_on"]["replicates"],
        test=len(predictions),
        sites=card["encoding"]["sites"],
        haplotypes=sum(2 * number for _, number in card["samples"]),
        figures=table_of_scores(problem, predictions, cards),
    )


def table_of_nets():
    """Return what each net is, as a Markdown table."""
    rows = []
    for name, kind in nets.NETS.items():
        net = nets.build_net(name, SITES, HAPLOTYPES, 1)
        rates = sorted(set(kind.dropout.values()))
        rows.append(
            [
                f"`{name}`",
                "does not matter" if kind.any_order else "matters",
                "yes" if "positions" in kind.inputs else "no",
                kind.fewest_sites,
                f"{nets.count_weights(net):,}",
                " to ".join(f"{rate:g}" for rate in sorted({rates[0], rates[-1]})) if rates else "",
                ", ".join(f"{key} {value}" for key, value in kind.recipe.items()),
            ]
        )
    header = ["net", "order", "positions", "sites", "weights", "dropout", "recipe"]
    return markdown(header, rows)


def source(net):
    """Return what a net is, in one sentence: the first of its docstring."""
    return inspect.getdoc(net).splitlines()[0]


def folder_of(problem, model):
    """Return the folder of a model below models/, which is also its name in predictions."""
    return f"{model}/0" if model in problem.nets else model


def card_of(problem, folder):
    """Return the card of a model."""
    return json.loads((problem.results / "models" / folder / "card.json").read_text())


def table_of_scores(problem, predictions, cards):
    """Return how well each model did on test windows, the best first, as a Markdown table."""
    scores = pd.read_csv(problem.results / "metrics.tsv", sep="\t").set_index(["model", "metric"])
    shown = metrics.list_compared_metrics(cards[OWN].targets)
    (_, first), more_is_better = next(iter(shown.items()))
    values = scores.xs(first, level="metric")["value"]
    rows = []
    for model in values.sort_values(ascending=not more_is_better, kind="stable").index:
        folder = folder_of(problem, model)
        against = ""
        if folder != OWN:
            difference = comparisons.compare_models(predictions, cards, folder, OWN, seed=0).iloc[0]
            against = with_interval(difference, "difference")
        measured = [with_interval(scores.loc[(model, metric)], "value") for _, metric in shown]
        of_net = told_of_training(problem, folder) if model in problem.nets else ["", "", ""]
        rows.append([f"`{model}`", *measured, against, *of_net])
    named = [metric for _, metric in shown]
    header = ["model", *named, f"{first} minus coalflow's", "weights", "best epoch", "minutes"]
    return markdown(header, rows)


def told_of_training(problem, folder):
    """Return a net's weights, its best epoch and what it took, as the table shows them."""
    card = card_of(problem, folder)
    history = pd.read_csv(problem.results / "models" / folder / "history.tsv", sep="\t")
    timed = pd.read_csv(problem.results / "benchmarks" / "train" / f"{folder}.tsv", sep="\t")
    minutes = timed["cpu_time"].sum() / 60
    return [f"{card['weights']:,}", f"{card['best_epoch']} of {len(history)}", f"{minutes:.1f}"]


def with_interval(row, column):
    """Return a number with its 95 % interval, to three digits of the number itself."""
    return f"{row[column]:.3g} [{row['ci_low']:.3g}, {row['ci_high']:.3g}]"


def markdown(header, rows):
    """Return a table in Markdown."""
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join("| " + " | ".join(map(str, line)) + " |" for line in lines)


if __name__ == "__main__":
    main()
