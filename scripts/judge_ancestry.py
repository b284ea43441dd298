"""Judge the ancestry that models predict of each haplotype at each base, on test windows, once."""

import pathlib
from collections.abc import Iterator, Mapping

import numpy as np
import numpy.typing as npt

from coalflow.config.settings.learning import EvaluateSettings
from coalflow.config.settings.view import View
from coalflow.core.command_line import parse_arguments
from coalflow.core.errors import run_program
from coalflow.core.files import write_json, write_table
from coalflow.core.progress import say
from coalflow.dataset import loading
from coalflow.dataset.loading import Replicates
from coalflow.dataset.site_ancestry import load_site_ancestry, unpack_site_ancestry
from coalflow.evaluation.ancestry import ancestry_scores
from coalflow.evaluation.ancestry.ancestry_calibration import (
    AncestryCalibration,
    write_ancestry_calibrations,
)
from coalflow.evaluation.ancestry.ancestry_scores import JudgedAncestry
from coalflow.evaluation.ancestry.haplotype_chain import fit_chain
from coalflow.evaluation.ancestry.odds_calibration import fit_odds_calibration
from coalflow.evaluation.ancestry.odds_counts import (
    Counts,
    count_odds,
    measure_bases,
)
from coalflow.evaluation.ancestry.segments import count_segments
from coalflow.models import ensembles
from coalflow.models.ancestry.haplotype_baselines import find_outgroup, fit_haplotype_baselines
from coalflow.models.ancestry.predicting import AncestryModels
from coalflow.models.storage.loading import load_models
from coalflow.models.storage.model import Model
from coalflow.report.figures import drawing
from coalflow.report.figures.scores.ancestry import draw_ancestry_scores
from coalflow.windows.observation import read_observation


def main() -> None:
    """Read models and windows; write calibrations, scores, curves and a figure."""
    arguments = parse_arguments(
        __doc__,
        EvaluateSettings,
        split="split.parquet",
        shards="folder of all shards",
        observation="how simulations are observed, .json",
        models="folder of all models",
        output="folder of the results",
        calibrations="folder for the calibrations of nets, in folders of their names",
    )
    settings, output = arguments.settings, arguments.output
    view = settings.view.observed(read_observation(arguments.observation))
    table = loading.read_split_table(arguments.split)

    def load(split: str) -> Replicates:
        found = loading.load_split(table, split, arguments.shards, view)
        return found.with_ancestry(load_site_ancestry(found.table, arguments.shards, view))

    trained = ensembles.add_ensembles(load_models(arguments.models, settings.models))
    models = _add_baselines(trained, load("train"), view)
    validation, test = load("validation"), load("test")
    say(f"calibrating by {len(validation):,} validation windows")
    calibrations = _calibrate(models, validation, view)
    say(f"judging by {len(test):,} test windows")
    judged = _judge(models, calibrations, test, view)
    tables = {
        "ancestry_scores": ancestry_scores.tabulate_ancestry_scores(judged, settings.seed),
        "ancestry_comparisons": ancestry_scores.compare_ancestry(
            judged, _find_best_baseline(models, calibrations), settings.seed
        ),
        "ancestry_curves": ancestry_scores.tabulate_ancestry_curves(judged),
        "ancestry_calibration": ancestry_scores.tabulate_ancestry_calibration(judged),
    }
    kinds = {name: trained[name].card.kind if name in trained else "baseline" for name in judged}
    figure = draw_ancestry_scores(tables, kinds)
    for name, scores in tables.items():
        write_table(output / f"{name}.tsv", scores)
    _write_calibrations(calibrations, trained, arguments.calibrations, output)
    drawing.save_figure(figure, output / "figures" / "ancestry_scores.png")


def _add_baselines(trained: Mapping[str, Model], train: Replicates, view: View) -> AncestryModels:
    """Return the models that predict ancestry at sites, and baselines if there is an outgroup."""
    nets = {name: model for name, model in trained.items() if model.card.kind != "baseline"}
    outgroup = find_outgroup(view)
    if outgroup is None:
        say("no population is sampled that can be an outgroup, so there are no baselines")
        return AncestryModels(nets)
    say(f"fitting baselines, with {outgroup} as the outgroup")
    return AncestryModels(nets, fit_haplotype_baselines(train, view, outgroup))


def _predict(
    models: AncestryModels, replicates: Replicates, view: View
) -> Iterator[tuple[str, npt.NDArray[np.float32], npt.NDArray[np.bool_], npt.NDArray[np.float64]]]:
    """Yield models' names, the log odds that they predict, the truth, and how many bases sites are.

    Of some windows at a time.
    """
    bases = _measure(replicates, view)
    for part, odds in models.predict_parts(replicates.windows):
        for name, values in odds.items():
            yield (
                name,
                values,
                unpack_site_ancestry(replicates.ancestry[part], values.shape[2]),
                bases[part],
            )


def _measure(replicates: Replicates, view: View) -> npt.NDArray[np.float64]:
    """Return how many bases each site stands for, float64 (windows, sites)."""
    assert view.encoding.length is not None
    windows = replicates.windows
    return measure_bases(windows.positions, windows.mask) * view.encoding.length


def _calibrate(
    models: AncestryModels, validation: Replicates, view: View
) -> dict[str, AncestryCalibration]:
    """Return calibrations of models: first of bases, then of what a chain makes of these."""
    target = view.targets.at_sites
    assert target is not None
    rows = dict(validation.windows.populations)[target.of[0]]
    truth = unpack_site_ancestry(validation.ancestry, rows)
    chain = fit_chain(truth, _measure(validation, view))
    counts: dict[str, Counts] = {}
    for name, odds, having, bases in _predict(models, validation, view):
        counts[name] = counts.get(name, 0) + count_odds(odds, having, bases).sum(axis=0)
    by_base = {name: fit_odds_calibration(counted) for name, counted in counts.items()}
    if chain is None:
        return {name: AncestryCalibration(bases=fitted) for name, fitted in by_base.items()}
    counts = {}
    for name, odds, having, bases in _predict(models, validation, view):
        joined = chain.smooth(by_base[name].apply(odds), bases)
        counts[name] = counts.get(name, 0) + count_odds(joined, having, bases).sum(axis=0)
    return {
        name: AncestryCalibration(
            bases=fitted, chain=chain, segments=fit_odds_calibration(counts[name])
        )
        for name, fitted in by_base.items()
    }


def _judge(
    models: AncestryModels,
    calibrations: Mapping[str, AncestryCalibration],
    test: Replicates,
    view: View,
) -> dict[str, JudgedAncestry]:
    found: dict[str, list[JudgedAncestry]] = {}
    for name, odds, truth, bases in _predict(models, test, view):
        calibration = calibrations[name]
        calibrated = calibration.bases.apply(odds)
        called = calibrated >= calibration.bases.threshold
        in_segments = calibration.join_sites(odds, bases) >= calibration.segment_threshold
        judged = JudgedAncestry(
            count_odds(calibrated, truth, bases),
            np.stack([np.einsum("ws,wsr->w", bases, called & (truth == has)) for has in (0, 1)], 1),
            count_segments(in_segments, truth, bases),
        )
        found.setdefault(name, []).append(judged)
    return {name: ancestry_scores.join_judged(parts) for name, parts in found.items()}


def _write_calibrations(
    calibrations: Mapping[str, AncestryCalibration],
    trained: Mapping[str, Model],
    models: pathlib.Path,
    output: pathlib.Path,
) -> None:
    """Write those of nets into their folders, and those of baselines, which have none, together."""
    by_net: dict[str, dict[str, AncestryCalibration]] = {}
    baselines = {}
    for name, calibration in calibrations.items():
        if name in trained:
            by_net.setdefault(trained[name].card.model, {})[name] = calibration
        else:
            baselines[name] = calibration.as_json()
    for net, found in by_net.items():
        write_ancestry_calibrations(models / net, found)
    write_json(output / "ancestry_baselines.json", baselines)


def _find_best_baseline(
    models: AncestryModels, calibrations: Mapping[str, AncestryCalibration]
) -> str | None:
    """Return the baseline with the highest average precision on validation windows, if any."""
    names = [name for name in calibrations if name not in models.nets]
    return max(names, key=lambda name: calibrations[name].bases.average_precision, default=None)


if __name__ == "__main__":
    run_program(main)
