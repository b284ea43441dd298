"""Compare nets on several problems: train them, and write docs/nets.md.

Each problem is a config of config/, run up to its metrics with one training of each net, as the
net's authors trained it. All together take two hours on one core; where there are results already,
only the page is rewritten.

    python tools/compare_nets.py --cores 2
    python tools/compare_nets.py --only theta

``--only`` runs only the problems that it names. The page covers all problems that have results.
What it says of each net is written by tools/document_nets.py.
"""

import argparse
import dataclasses
import pathlib
import subprocess
import sys
from collections.abc import Mapping
from typing import Any

import pandas as pd
import yaml

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.append(str(ROOT / "scripts"))

from coalflow.config.registry.nets import NETS
from coalflow.evaluation.cards import Card
from coalflow.evaluation.comparisons import compare_models
from coalflow.evaluation.metrics import list_compared_metrics
from coalflow.models.card_files import read_card
from document_nets import PAGE, SCORES, describe_nets, format_table

OWN = "coalflow/0"  # the net that others are compared with
BASELINES = ["mean", "ridge", "gradient_boosting"]
CLASS_BASELINES = ["mean", "logistic_regression", "gradient_boosting"]


@dataclasses.dataclass(frozen=True)
class Problem:
    """A config, the nets that are trained on it, and its text on the page."""

    name: str
    config: str
    nets: list[str]
    baselines: list[str]
    title: str
    text: str
    training: dict[str, Any] = dataclasses.field(default_factory=dict)

    @property
    def results(self) -> pathlib.Path:
        """The folder of its results."""
        return ROOT / "results" / f"nets_{self.name}"

    def name_folder(self, model: str) -> str:
        """Return the folder of a model below models/, which is also its name in predictions."""
        return f"{model}/0" if model in self.nets else model


PROBLEMS = [
    Problem(
        "tajimas_d",
        "config/config.yaml",
        list(NETS),
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
        CLASS_BASELINES,
        "Sweeps",
        """\
Europeans, with rates drawn from priors. Five classes: neutral, a hard or a soft sweep, or either of
these nearby; sweeps that ended at a frequency of .2 or more, up to 2,000 generations ago. Many are
too weak or too old to be found by any method.""",
    ),
]

TEXT = """\

Each net was trained once on each problem, with its own recipe. Another training would give slightly
different scores. Brackets are 95 % intervals over test windows; "minus coalflow" is the difference
from coalflow's own net on the same test windows, with its paired interval: above 0, `coalflow` is
ahead (below 0 where higher is better). Minutes are processor time on one core.

{problems}"""

PROBLEM_TEXT = """\
### {title}

`{config}`: {train:,} training windows of {sites} sites and {haplotypes} haplotypes, {test:,} test
windows. {text}

{table}
"""


def main() -> None:
    """Train what is not trained yet, and write the page."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cores", type=int, default=1, help="how many nets train in parallel")
    names = [problem.name for problem in PROBLEMS]
    parser.add_argument("--only", nargs="+", choices=names, default=names)
    arguments = parser.parse_args()
    for problem in PROBLEMS:
        if problem.name in arguments.only:
            train(problem, arguments.cores)
    finished = [problem for problem in PROBLEMS if (problem.results / "metrics.tsv").exists()]
    scores = TEXT.format(problems="\n".join(describe_problem(problem) for problem in finished))
    PAGE.write_text(describe_nets() + SCORES + scores, encoding="utf-8")
    print(f"wrote {PAGE.relative_to(ROOT)}")


def train(problem: Problem, cores: int) -> None:
    """Run a problem up to its metrics, with its own models in place of the config's."""
    overlay = {
        "run": problem.results.name,
        "models": {"nets": problem.nets, "restarts": 1, "baselines": problem.baselines},
        "training": problem.training,
    }
    problem.results.mkdir(parents=True, exist_ok=True)
    merged_last = problem.results / "compare_nets.yaml"
    merged_last.write_text(yaml.safe_dump(overlay, sort_keys=False), encoding="utf-8")
    program = pathlib.Path(sys.executable).with_name("snakemake")
    subprocess.run(
        [str(program), "--cores", str(cores), "--configfile", problem.config]
        + [str(merged_last.relative_to(ROOT))]
        + ["--", str((problem.results / "metrics.tsv").relative_to(ROOT))],
        cwd=ROOT,
        check=True,
    )


def describe_problem(problem: Problem) -> str:
    """Return what the page says of a problem."""
    folders = [problem.name_folder(model) for model in problem.nets + problem.baselines]
    cards = {folder: read_card(problem.results / "models" / folder) for folder in folders}
    predictions = pd.read_parquet(problem.results / "predictions.parquet")
    card = cards[OWN]
    return PROBLEM_TEXT.format(
        title=problem.title,
        config=problem.config,
        text=problem.text,
        train=card.trained_on.replicates,
        test=len(predictions),
        sites=card.view.encoding.sites,
        haplotypes=card.view.samples.number_of_haplotypes,
        table=tabulate_scores(problem, predictions, cards),
    )


def tabulate_scores(problem: Problem, predictions: pd.DataFrame, cards: Mapping[str, Card]) -> str:
    """Return how well each model did on test windows, the best first, as a Markdown table."""
    scores = pd.read_csv(problem.results / "metrics.tsv", sep="\t").set_index(["model", "metric"])
    compared = list_compared_metrics(cards[OWN].targets)
    metrics = [metric for _, metric in compared]
    first, more_is_better = metrics[0], next(iter(compared.values()))
    values = scores.xs(first, level="metric")["value"]
    rows = []
    for model in values.sort_values(ascending=not more_is_better, kind="stable").index:
        folder = problem.name_folder(model)
        against = ""
        if folder != OWN:
            difference = compare_models(predictions, cards, folder, OWN, seed=0).iloc[0]
            against = format_with_interval(difference, "difference")
        measured = [
            format_with_interval(scores.loc[(model, metric)], "value") for metric in metrics
        ]
        training = describe_training(problem, folder, cards[folder])
        rows.append([f"`{model}`", *measured, against, *training])
    header = ["model", *metrics, f"{first} minus coalflow's", "weights", "best epoch", "minutes"]
    return format_table(header, rows)


def describe_training(problem: Problem, folder: str, card: Card) -> list[str]:
    """Return a net's weights, its best epoch and its time; for a baseline, empty cells."""
    if card.net is None:
        return ["", "", ""]
    history = pd.read_csv(problem.results / "models" / folder / "history.tsv", sep="\t")
    timed = pd.read_csv(problem.results / "benchmarks" / "train" / f"{folder}.tsv", sep="\t")
    minutes = timed["cpu_time"].sum() / 60
    best_epoch = f"{card.net.best_epoch} of {len(history)}"
    return [f"{card.net.weights:,}", best_epoch, f"{minutes:.1f}"]


def format_with_interval(row: pd.Series, column: str) -> str:
    """Return a number with its 95 % interval, to three digits of the number itself."""
    return f"{row[column]:.3g} [{row['ci_low']:.3g}, {row['ci_high']:.3g}]"


if __name__ == "__main__":
    main()
