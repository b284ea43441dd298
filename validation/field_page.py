"""The page docs/field.md: what was published on each problem, and what finished runs reached."""

import re

import pandas as pd
from field_windows import compare_runs, judge_on

from coalflow.evaluation.learning_curve import fit_power_laws

INTRODUCTION = """# The field's own problems

<!-- Written by `python validation/field.py --table results/field_* --output docs/field.md`. -->

The paper behind the FAQ from which coalflow began, Flagel, Brandvain and Schrider
([2019](https://doi.org/10.1093/molbev/msy224)), has five problems; Whitehouse, Ray and Schrider
([2024](https://doi.org/10.1101/2024.02.20.581288)) took up four of them with a residual CNN, and
with a graph net on trees that Relate inferred. Here is what was published, and what coalflow's own
net and baselines reach, with far fewer simulations. `config/field/` has the problems as configs;
`validation/field.py` runs the authors' programs with their command lines in place of coalflow's.

Our scores are of test windows that no model saw before, with 95 % bootstrap intervals; `ensemble`
is the mean of the net's trainings. Published scores are of other windows of the same
distribution, except where it says that they are the same; where our interval contains one of them,
the difference may be chance. Minutes are those of one of two cores
without a GPU, which other programs kept busy as well: of simulating, and of all that was trained.
"""

METRICS = {
    "rmse": "RMSE",
    "r2": "R²",
    "r2_log10": "R² of the logarithm",
    "accuracy": "accuracy",
}
EXTRAPOLATED = 100_000  # windows to train on
CNN_2019 = "CNN, Flagel et al. 2019"
CNN_2024 = "residual CNN, Whitehouse et al. 2024"
GCN_2024 = "graph net, Whitehouse et al. 2024"
#: By problem: its title, what to know of it, the metric, and what was published: whose, of how many
#: windows to train on, and the score by target.
PROBLEMS = {
    "theta": {
        "title": "Theta without recombination",
        "about": (
            "40 haplotypes, theta from 10 to 50. The windows are those of the published file, its "
            "first 1,000 the test, as in the paper; `other windows` are coalflow's own, for "
            "training and for the test, of the same prior. An oracle that knows how many mutations "
            "fell while there were 2, 3, ... lineages would have an RMSE of 5.05 on average over "
            "such windows, the bound. All err more on the published test than on other windows, "
            "so it happens to be a hard one."
        ),
        "compared": "published",
        "bound": 5.05,  # standard error .01, by field_bound.py
        "metric": "rmse",
        "targets": ("theta",),
        "published": {CNN_2019: ("4,000", (5.99,))},
    },
    "recombination": {
        "title": "Recombination rate",
        "about": (
            "50 haplotypes, 20 kb, seven population sizes, rates over two orders of magnitude. The "
            "target is rho itself, not its logarithm, so large values decide. The published "
            "predictions have an RMSE of 120.2 and 110.9."
        ),
        "compared": "programs",
        "metric": "r2",
        "targets": ("rho",),
        "published": {CNN_2024: ("about 190,000", (0.944,)), GCN_2024: ("about 190,000", (0.953,))},
    },
    "demography": {
        "title": "Demography with five parameters",
        "about": (
            "50 haplotypes, 1.5 Mb, three sizes and two times. What a window cannot tell is in the "
            "intervals: `width` is their mean width as a share of the range in which 90 % of the "
            "prior lies, both of logarithms. At 1, nothing was learned."
        ),
        "compared": "programs",
        "metric": "r2_log10",
        "targets": (
            *("size_today", "recent_change", "size_between", "earlier_change", "size_before"),
        ),
        "published": {
            CNN_2024: ("about 90,000", (0.733, 0.555, 0.455, 0.636, 0.701)),
            GCN_2024: ("about 90,000", (0.781, 0.624, 0.500, 0.683, 0.701)),
        },
    },
    "introgression": {
        "title": "Introgression between two species",
        "about": (
            "20 haplotypes of *D. simulans* and 14 of *D. sechellia*, 10 kb, a pulse one way, the "
            "other way, or none, at .3 to .5 of the time since the split; the label is what was "
            "simulated, whether or not any lineage moved."
        ),
        "compared": "programs",
        "metric": "accuracy",
        "targets": ("class",),
        "published": {
            CNN_2024: ("about 39,000 a class", (0.851,)),
            GCN_2024: ("about 39,000 a class", (0.858,)),
        },
    },
    "sweeps": {
        "title": "Five kinds of sweeps",
        "about": (
            "104 haplotypes, 1.1 Mb by the rates that the authors simulated, a history with 27 "
            "sizes; hard and soft sweeps in the middle of the window or near it. Published hard "
            "sweeps near the middle lie to its right only, soft ones on either side, which gives "
            "away half of these. Ours lie on either side, which is harder. A window takes coalflow "
            "a twentieth of a second, discoal a third. Where they differ below, ours have kept "
            "more variation, perhaps because discoal lets nothing recombine between the selected "
            "site and material next to it ([sweeps.md](sweeps.md#other-coalescent-programs))."
        ),
        "compared": "programs",
        "metric": "accuracy",
        "targets": ("class",),
        "published": {
            CNN_2024: ("about 90,000 a class", (0.588,)),
            GCN_2024: ("about 90,000 a class", (0.626,)),
        },
    },
}


def write_page(runs, earlier=""):
    """Return the page, from the folders of finished runs.

    A problem of which there is no run keeps what an earlier page has of it.
    """
    found = {}
    for results in runs:
        problem = results.name.split("_")[1]
        if problem not in PROBLEMS:
            raise SystemExit(f"{results}: is not called field_<problem>")
        found.setdefault(problem, []).append(results)
    kept = dict(re.findall(r"^## ([^\n]+)\n\n(.*?)(?=^## |\Z)", earlier, re.MULTILINE | re.DOTALL))
    parts = [INTRODUCTION]
    for problem, described in PROBLEMS.items():
        title, folders = described["title"], found.get(problem, [])
        known = write_problem(problem, folders) if folders or title not in kept else kept[title]
        parts.append(f"## {title}\n\n{known.strip()}\n")
    return "\n".join(parts)


def write_problem(problem, folders):
    """Return what is known of a problem, from the folders of its runs."""
    described = PROBLEMS[problem]
    finished = [results for results in folders if (results / "metrics.tsv").exists()]
    parts = [described["about"] + "\n", write_table(described, finished)]
    by_name = {results.name: results for results in folders}
    ours, programs = f"field_{problem}", f"field_{problem}_{described['compared']}"
    if {ours, programs} <= {*by_name}:
        parts.append("coalflow's windows next to those of the authors' program:\n")
        parts.append(compare_runs(by_name[ours], by_name[programs]) + "\n")
        parts.append(judge_on(by_name[ours], by_name[programs]))
    return "\n".join(parts)


def write_table(described, runs):
    """Return the table of a problem: what was published, and what each run reached."""
    targets = described["targets"]
    shown = [target.replace("_", " ") for target in targets]
    metric = METRICS[described["metric"]]
    columns = shown if len(targets) > 1 else [metric]
    columns += ["above the bound"] if "bound" in described else []
    lines = [f"{metric} of each:\n"] if len(targets) > 1 else []
    lines += [
        f"| model | windows to train on | {' | '.join(columns)} | minutes |",
        "|---|---|" + "---|" * len(columns) + "---|",
    ]
    for model, (windows, scores) in described["published"].items():
        cells = " | ".join([*(f"{score:.3g}" for score in scores), *list_excess(scores, described)])
        lines.append(f"| {model} | {windows} | {cells} | |")
    for results in runs:
        lines += list_rows(results, described, ", other windows" if is_apart(results, runs) else "")
    if not runs:
        lines.append("\nNot run by coalflow yet.")
    for results in runs:
        which = "other" if is_apart(results, runs) else "same"
        lines += ["", compare_with_boosting(results, which), *write_widths(results, targets)]
        lines += write_learning_curve(results)
    return "\n".join([*lines, ""])


def is_apart(results, runs):
    """Return whether a run has windows of its own, next to one that has the published ones."""
    published = f"{results.name}_published"
    return any(other.name == published for other in runs)


def compare_with_boosting(results, which):
    """Return in a sentence by how much the ensemble is ahead of gradient boosting, or behind."""
    table = pd.read_csv(results / "comparisons.tsv", sep="\t")
    rows = table[(table["net"] == "coalflow") & (table["baseline"] == "gradient_boosting")]
    differences = [
        f"{row.target.replace('_', ' ')}, {row.metric.replace('_', ' ')}: {row.difference:+.3g} "
        f"({row.ci_low:+.3g} to {row.ci_high:+.3g})"
        for row in rows.itertuples()
    ]
    compared = f"The ensemble less gradient boosting, on the {which} windows"
    return f"{compared}: {'; '.join(differences)}."


def list_rows(results, described, which):
    """Return the rows of a run: its ensemble and its baselines, and of which windows."""
    metrics = pd.read_csv(results / "metrics.tsv", sep="\t")
    metrics = metrics[(metrics["split"] == "test") & (metrics["metric"] == described["metric"])]
    windows = count_training_windows(results)
    simulated, trained = count_minutes(results)
    rows = []
    for (model, kind), scores in metrics.groupby(["model", "kind"], sort=False):
        chosen = (
            scores.set_index("target").loc[list(described["targets"])]
            if len(described["targets"]) > 1
            else scores
        )
        if kind == "net":
            continue
        excess = list_excess(chosen["value"], described)
        cells = " | ".join([*(show_score(score) for score in chosen.itertuples()), *excess])
        name = f"coalflow's net, {kind}" if kind == "ensemble" else model.replace("_", " ")
        minutes = f"{simulated:.0f} + {trained:.0f}" if kind == "ensemble" else ""
        rows.append(f"| {name}{which} | {windows:,} | {cells} | {minutes} |")
    return rows


def list_excess(scores, described):
    """Return by how much scores are above the bound of a problem; nothing where none is known."""
    if "bound" not in described:
        return []
    return [f"{100 * (score / described['bound'] - 1):.0f} %" for score in scores]


def show_score(score):
    """Return a score with its interval."""
    digits = 2 if score.value >= 1 else 3
    low, high = f"{score.ci_low:.{digits}f}", f"{score.ci_high:.{digits}f}"
    return f"{score.value:.{digits}f} ({low} to {high})"


def count_training_windows(results):
    """Return how many windows a run trained on, those for validation too."""
    splits = pd.read_parquet(results / "split.parquet", columns=["split"])["split"]
    return int(splits.isin(["train", "validation"]).sum())


def count_minutes(results):
    """Return the minutes of simulating, and of training nets and baselines, one at a time."""
    folder = results / "benchmarks"
    simulated = [*folder.glob("simulate/**/*.tsv"), *folder.glob("import*/**/*.tsv")]
    trained = [*folder.glob("train/**/*.tsv"), *folder.glob("fit_baseline/**/*.tsv")]
    trained += [*folder.glob("summarise.tsv")]
    return [
        sum(pd.read_csv(path, sep="\t")["s"].iloc[0] for path in paths) / 60
        for paths in (simulated, trained)
    ]


# How scores grow with windows ----------------------------------------------------------------


def write_learning_curve(results):
    """Return what the net's loss was by number of windows, and is expected to be with many more."""
    path = results / "learning_curve.tsv"
    if not path.exists():
        return []
    table = pd.read_csv(path, sep="\t")
    trained = table[(table["net"] == "coalflow") & (table["kind"] == "trained")]
    means = trained.groupby("windows")["value"].mean()
    metric, target = (str(trained[key].iloc[0]) for key in ("metric", "target"))
    power = 2 if metric.startswith("rmse") else 1
    metric, target = METRICS.get(metric, metric.replace("_", " ")), target.replace("_", " ")
    law = fit_power_laws(means.index.to_numpy(), means.to_numpy()[None] ** power)
    ((floor, scale, fall),) = law
    expected = (floor + scale * EXTRAPOLATED**-fall) ** (1 / power)
    return [
        "",
        f"{metric} of {target} on validation windows, means of single trainings, by windows to "
        "train on; the last is extrapolated, by a power law through the others:",
        "",
        f"| {' | '.join(f'{number:,}' for number in [*means.index, EXTRAPOLATED])} |",
        "|" + "---|" * (len(means) + 1),
        f"| {' | '.join(f'{value:.3g}' for value in [*means, expected])} |",
    ]


# What a window cannot tell ---------------------------------------------------------------------


def write_widths(results, targets):
    """Return how wide intervals are, where there are several targets."""
    if len(targets) < 2:
        return []
    widths = measure_widths(results, targets)
    cells = " | ".join(f"{width:.2f}" for width in widths)
    return [
        "",
        f"| | {' | '.join(target.replace('_', ' ') for target in targets)} |",
        "|---|" + "---|" * len(targets),
        f"| width | {cells} |",
        "",
    ]


def measure_widths(results, targets):
    """Return the mean width of the ensemble's intervals by that of the prior's, of logarithms."""
    coverage = pd.read_csv(results / "coverage.tsv", sep="\t")
    whole = (coverage["stage"] == "after") & (coverage["group"] == "all")
    rows = coverage[whole & (coverage["kind"] == "interval")]
    sizes = rows.pivot_table(index="model", columns="target", values="size")
    return [sizes.loc["coalflow", target] / sizes.loc["mean", target] for target in targets]
