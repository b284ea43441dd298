"""The report: a page for a biologist, from a run's tables and pictures."""

import base64
import importlib.metadata
import math
import pathlib

import jinja2
import pandas as pd
import yaml

from coalflow.config import grid, targets
from coalflow.core.files import read_json
from coalflow.dataset import audit
from coalflow.dataset.splits import EXCLUDED, SPLITS
from coalflow.evaluation import metrics, predictions
from coalflow.genomes import scan
from coalflow.report.figures import drawing
from coalflow.report.figures.accuracy import FEWEST_WINDOWS
from coalflow.windows import observation

TEMPLATES = pathlib.Path(__file__).resolve().parent / "templates"
LIBRARIES = ("msprime", "tskit", "numpy", "torch", "scikit-learn", "cyvcf2")
SHORT_SHARE = 0.01  # more windows left out than this is worth a warning
TRIMMED_SHARE = 0.1  # and more that are seen in part
LEVEL_P = 0.001  # below this, splits differ by more than chance
EXACT = 1e-6  # a linear model that leaves less of the variance unexplained is exact up to rounding


def render(results, config, snakemake):
    """Return the page as HTML text, pictures included.

    ``results`` is the run's folder, ``config`` its filled-in config, ``snakemake`` the version of
    Snakemake, which need not be installed where the page is made.
    """
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        number=_number,
        share=_share,
        count=_count,
        interval=_interval,
        percent=_percent,
        shown=lambda value, how: {"number": _number, "share": _share}[how](value),
    )
    asked = _asked(results, config)
    classes = asked["classes"]
    targets_shown, models = _targets(asked), _models(results, asked)
    return environment.get_template("page.html.j2").render(
        config=config,
        classes=classes,
        colours=[drawing.colour_of(number) for number in range(len(classes or ()))],
        fewest_windows=FEWEST_WINDOWS,
        guess_loss=math.log(len(classes)) if classes else None,
        config_text=yaml.safe_dump(config, sort_keys=False),
        targets=targets_shown,
        class_target=next(iter(asked["target"])),
        target=_in_words([drawing.title_of(name) for name in asked["target"]]),
        history_file=_history_file(config["simulation"]["demography"]),
        haplotypes=grid.haplotypes(config["simulation"]),
        individuals=_individuals(config["simulation"]),
        dataset=_dataset(results, config, asked),
        laid=_laid(results),
        models=models,
        exactly_linear=_find_linear_targets(models, targets_shown),
        comparisons=_rows(results / "comparisons.tsv"),
        explained=_explained(results, config),
        genomes=[_genome(results, name, config, asked) for name in config["genomes"]],
        picture=lambda name: _picture(results / name),
        versions={
            **{name: importlib.metadata.version(name) for name in LIBRARIES},
            "snakemake": snakemake,
        },
    )


# Sections --------------------------------------------------------------------------------------


def _asked(results, config):
    """Return what all models were asked: the card of any tells."""
    folder = results / "models" / config["models"]["nets"][0] / "0"
    return read_json(folder / "card.json")


def _targets(asked):
    """Return what the page says of each target that is a number."""
    return [
        {
            "name": name,
            "title": drawing.title_of(name),
            "log": scale["log"],
            "of": " and ".join(asked["target"][name].get("of", ())),
            "of_trees": asked["target"][name].get("mode") == targets.BRANCH,
            "range": asked["trained_on"]["target"][name],
        }
        for name, scale in (asked["scale"] or {}).items()
    ]


def _in_words(names):
    *others, last = names
    return f"{', '.join(others)} and {last}" if others else last


def _dataset(results, config, asked):
    names = () if asked["classes"] else tuple(asked["target"])
    table = pd.read_csv(results / "dataset.tsv", sep="\t")
    whole = table[table["cell"] == audit.ALL].set_index("split")
    cells = []
    for cell, rows in table[table["cell"] != audit.ALL].groupby("cell"):
        rows = rows.set_index("split")
        used = rows.loc[list(SPLITS)]
        described = {
            "name": cell,
            "replicates": int(rows["replicates"].sum()),
            "excluded": int(rows.loc[EXCLUDED, "replicates"]),
            "too_few_sites": int(rows.loc[EXCLUDED, "too_few_sites"]),
            "padded": int(used["padded"].sum()),
            "trimmed": int(used["trimmed"].sum()),
            "sites": _weighted_mean(used, "sites_mean"),
            "sites_min": used["sites_min"].min(),
            "sites_max": used["sites_max"].max(),
        }
        described["targets"] = [
            {
                "mean": _weighted_mean(used, f"{name}_mean"),
                "min": used[f"{name}_min"].min(),
                "max": used[f"{name}_max"].max(),
            }
            for name in names
        ]
        cells.append(described)
    replicates, excluded = whole["replicates"].sum(), whole.loc[EXCLUDED]
    worst = max(cell["too_few_sites"] / cell["replicates"] for cell in cells)
    drawn = grid.drawn(config["simulation"])
    tests = ["cells_p", *(f"{name}_p" for name in dict.fromkeys([*names, *drawn]))]
    trimmed = int(whole["trimmed"].sum())
    return {
        "cells": cells,
        "padded": int(whole["padded"].sum()),
        "trimmed": trimmed,
        "many_trimmed": config["encoding"]["pad"] and trimmed > TRIMMED_SHARE * replicates,
        "replicates": int(replicates),
        "refused_draws": int(whole["refused_draws"].sum()),
        "priors": _rows(results / "priors.tsv") if (results / "priors.tsv").exists() else [],
        "too_few_sites": int(excluded["too_few_sites"]),
        "target_undefined": int(excluded["target_undefined"]),
        "many_excluded": worst > SHORT_SHARE,
        "worst_excluded": worst,
        "splits": whole.loc[list(SPLITS)].reset_index().to_dict("records"),
        "splits_differ": bool((whole[tests] < LEVEL_P).any(axis=None)),
        "leaks": int(whole[["shared_replicates", "shared_seeds"]].sum(axis=None)),
        "twins": int(whole["shared_matrices"].sum()),
        "parameters": _scenario(config["simulation"]),
        "drawn": [name for name in drawn if name not in names],
        "sweeps": grid.sweeps(config["simulation"]) != ["neutral"],
    }


def _laid(results):
    """Return what is laid on simulations, beside what the file is like that they are to be like.

    ``rows`` are (what, laid on, measured or None), all but what is as in perfect data.
    """
    told = read_json(results / "observation.json")
    laid, file = told["observation"], told.get("measured")
    rows = []
    if "individuals" in laid:
        fewer = laid["individuals"].values()
        rows.append(("individuals", f"{sum(fewer):,} of those simulated", _of(file, "individuals")))
    if "mask" in laid:
        mask = told["mask"]
        share = 100 * mask["accessible_bases"] / mask["bases_spanned"]
        text = f"stretches of {laid['mask']}, of which {_number(share)} % are accessible"
        rows.append(("accessible bases", text, None))
    if laid["genotype_error"]:
        rows.append(("alleles read wrongly", _percent(laid["genotype_error"]), None))
    if observation.can_be_missing(laid) or (file and file["missing"]):
        rate = _percent(_missing(laid["missing"]))
        per_site = " on average, as many at a site as in the file"
        text = rate + per_site if isinstance(laid["missing"], dict) else rate
        rows.append(("missing genotypes", text, file and _percent(file["missing"])))
    if laid["polarisation_error"]:
        text = f"{_percent(laid['polarisation_error'])} of sites"
        rows.append(("wrong ancestral alleles", text, None))
    if laid["minimum_allele_count"] > 1 or (file and file["minimum_allele_count"] > 1):
        text = f"{laid['minimum_allele_count']:,} copies or more"
        rows.append(("rarer allele", text, _of(file, "minimum_allele_count")))
    if not laid["phased"] or (file and not file["phased"]):
        text = "known" if laid["phased"] else "lost: the models see genotypes of individuals"
        rows.append(("phase", text, file and ("known" if file["phased"] else "lost")))
    remarks = file["remarks"] if file else []
    return {"rows": rows, "file": file, "remarks": remarks, "missing": _missing(laid["missing"])}


def _of(file, key):
    return file and f"{file[key]:,}"


def _missing(missing):
    """Return the mean share of missing genotypes that is laid on simulations."""
    if not isinstance(missing, dict):
        return missing
    sites = missing["per_site"]
    lost = sum(number * count for number, count in enumerate(sites))
    return lost / (sum(sites) * missing["individuals"])


def _percent(share):
    return f"{_number(100 * share)} %"


def _weighted_mean(used, column):
    """Return the mean over all splits' replicates; a split without any has no mean."""
    some = used[used["replicates"] > 0]
    return (some[column] * some["replicates"]).sum() / max(some["replicates"].sum(), 1)


def _scenario(simulation):
    """Return what was simulated as (parameter, values) pairs."""
    demography = simulation["demography"]
    pairs = [
        (f"files of {name}", ", ".join(files))
        for name, files in simulation.get("import", {}).get("files", {}).items()
    ]
    if "demes" in demography:
        pairs.append(("demes file", demography["demes"]))
    if "stdpopsim" in demography:
        pairs.append(("model of stdpopsim's", demography["stdpopsim"]))
    if "draws" in simulation:
        pairs.append(("joint draws", simulation["draws"]))
    if "population" in demography:
        pairs.append(("population sampled", demography["population"]))
    if "selected_in" in demography:
        pairs.append(("selected in", ", ".join(demography["selected_in"])))
    values = {}
    for cell in grid.cells(simulation):
        for name, value in cell.parameters.items():
            if value not in values.setdefault(name, []):
                values[name].append(value)
    for name, of_cells in values.items():
        in_order = simulation.get("grid", {}).get(name, of_cells)
        pairs.append((name.replace("_", " "), ", ".join(_plain(value) for value in in_order)))
    return pairs


def _history_file(demography):
    """Return the demes file or the model that tells the history, or None."""
    return demography.get("demes", demography.get("stdpopsim"))


def _individuals(simulation):
    """Return who is sampled, in words."""
    kind = {1: "haploid", 2: "diploid"}.get(simulation["ploidy"], f"{simulation['ploidy']}-ploid")
    samples = grid.samples(simulation)
    numbers = [
        f"{number:,} of {name}" if isinstance(simulation["samples"], dict) else f"{number:,}"
        for name, number in samples.items()
    ]
    return f"{' and '.join(numbers)} {kind} individuals"


def _models(results, asked):
    """Return a row per model, in the order of the metric they are compared by, best first.

    ``scores`` has each target's metrics by name, in dicts; ``place`` is how many models are
    better on validation windows.
    """
    (target, metric), more_is_better = next(iter(metrics.compared(asked).items()))
    same = ["model", "kind", "restart"]
    scores, validation = (
        pd.read_csv(results / f"{table}.tsv", sep="\t", dtype={"restart": str})
        for table in ("metrics", "validation")
    )
    scores, validation = (table.fillna({"restart": ""}) for table in (scores, validation))
    of_choice = validation[(validation["target"] == target) & (validation["metric"] == metric)]
    places = of_choice.set_index(same)["value"].rank(ascending=not more_is_better)
    rows = []
    for (name, kind, restart), part in scores.groupby(same):
        rows.append(
            {
                "name": f"{name}/{restart}" if restart else name,
                "kind": kind,
                "place": places[name, kind, restart],
                "n": int(part["n"].iloc[0]),
                "scores": {
                    of_target: {row["metric"]: row for row in scored.to_dict("records")}
                    for of_target, scored in part.groupby("target")
                },
            }
        )
    return sorted(
        rows, key=lambda row: row["scores"][target][metric]["value"], reverse=more_is_better
    )


def _find_linear_targets(models, targets_shown):
    """Return the titles of the targets that are linear functions of the summary statistics."""
    return [
        target["title"]
        for row in models
        if row["name"] == "ridge"
        for target in targets_shown
        # Of a target learned on the log scale, the logarithm would be the linear function.
        if not target["log"] and 1 - row["scores"][target["name"]]["r2"]["value"] < EXACT
    ]


def _explained(results, config):
    restarts = range(config["models"]["restarts"])
    comparisons = {}
    for net in config["models"]["nets"] if len(restarts) > 1 else []:
        comparisons[net] = _rows(results / f"restarts_{net}.tsv")
    nets = config["models"]["nets"]
    # Two pictures stand side by side: two nets, or two restarts of one.
    shown = (
        [(net, 0) for net in nets[:2]] if len(nets) > 1 else [(nets[0], n) for n in restarts[:2]]
    )
    return {
        "activations": [f"figures/activations_{net}_{restart}.png" for net, restart in shown],
        "restarts": comparisons,
    }


def _genome(results, name, config, asked):
    folder = results / "genomes" / name
    read_as = read_json(folder / "observation.json")
    table = pd.read_csv(folder / "windows.tsv", sep="\t")
    names = [model["name"] for model in _models(results, asked)]
    genome = {
        "name": name,
        "source": config["genomes"][name].get("path"),
        "observation": read_as,
        "contigs": table["contig"].nunique(),
        "windows": len(table),
        "without_sites": int((table["sites"] == 0).sum()),
        "trimmed": int((table["sites"] > config["encoding"]["sites"]).sum()),
    }
    used = table[table["sites"] > 0]
    genome["targets"] = [_target_in(used, names, one) for one in _targets(asked)]
    if asked["classes"]:
        genome["models"] = _classes_in(used, names, asked["classes"])
    return genome


def _classes_in(table, names, classes):
    """Return for each model how many windows it says to be of each class, and how surely."""
    return [
        {
            "name": name,
            "windows": [int((table[name] == one).sum()) for one in classes],
            "means": [table[predictions.column(name, one)].mean() for one in classes],
        }
        for name in names
    ]


def _target_in(table, names, target):
    """Return what models predict of a target in a genome, and how it agrees with what it is."""
    column, (low, high) = predictions.column(scan.COMPUTED, target["name"]), target["range"]
    known = table[table[column].notna()] if column in table else table[:0]
    predicted = {name: table[predictions.column(name, target["name"])] for name in names}
    return {
        **target,
        "computed": len(known) > 0,
        "outside": int((~known[column].between(low, high)).sum()) if column in table else 0,
        "models": [
            {
                "name": name,
                **dict(zip(("low", "median", "high"), of.quantile([0.05, 0.5, 0.95]), strict=True)),
                **(_agreement(known[column], of[known.index]) if len(known) else {}),
            }
            for name, of in predicted.items()
        ],
    }


def _agreement(truth, predicted):
    """Return the scores of predictions against what is computed on each window."""
    truth, predicted = truth.to_numpy(), predicted.to_numpy()
    return {metric: of(truth, predicted) for metric, of in metrics.METRICS.items()}


# Small things ------------------------------------------------------------------------------------


def _rows(path):
    return pd.read_csv(path, sep="\t").to_dict("records")


def _picture(path):
    """Return a picture as the address of an <img> that holds it."""
    return "data:image/png;base64," + base64.b64encode(path.read_bytes()).decode()


def _within(told):
    ends = [f"{word} {_plain(told[key])}" for key, word in BOUNDS.items() if key in told]
    return f" ({' and '.join(ends)})" if ends else ""


def _weighed(told):
    weights = told.get("weights", [None] * len(told["values"]))
    return ", ".join(
        _plain(value) if weight is None else f"{_plain(value)} (weight {_plain(weight)})"
        for value, weight in zip(told["values"], weights, strict=True)
    )


BOUNDS = {"low": "at least", "high": "at most"}
# How parameters are drawn, in words.
IN_WORDS = {
    "uniform": lambda told: f"{_plain(told[0])} to {_plain(told[1])}, uniform",
    "log_uniform": lambda told: f"{_plain(told[0])} to {_plain(told[1])}, log-uniform",
    "normal": lambda told: (
        f"normal, mean {_plain(told['mean'])}, sd {_plain(told['sd'])}{_within(told)}"
    ),
    "beta": lambda told: (
        f"beta({_plain(told['a'])}, {_plain(told['b'])}) "
        f"from {_plain(told['low'])} to {_plain(told['high'])}"
    ),
    "categorical": lambda told: f"one of {_weighed(told)}",
    "formula": lambda told: f"= {told}",
    "draws": lambda told: f"column {told} of the joint draws",
    grid.MAP: lambda told: f"stretches of {told}",
}


def _plain(value):
    if isinstance(value, dict):
        ((kind, told),) = value.items()
        return IN_WORDS[kind](told)
    return f"{value:,}" if isinstance(value, int) else str(value)


def _number(value, digits=3):
    """Show a number with some significant digits, without e-notation where it is readable."""
    if value is None or math.isnan(value):
        return "–"
    text = f"{value:.{digits}g}"
    if "e" in text and 1e-4 <= abs(value) < 1e6:
        text = f"{value:.0f}"
    return text.replace("-", "−")


def _share(value):
    """Show a number that is at most 1, such as R squared, so that 0.9980 and 0.9999 differ."""
    return "–" if math.isnan(value) else f"{value:.5f}".replace("-", "−")


def _count(value):
    return f"{int(value):,}"


def _interval(row):
    """Show a score with its interval."""
    value, low, high = (_number(row[key]) for key in ("value", "ci_low", "ci_high"))
    return value if low == "–" else f"{value} [{low}, {high}]"
