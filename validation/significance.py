"""Whether p-values, false discovery rates and verdicts of scans are what they say.

Genomes that are simulated as the run's own null are scanned, and genomes with a sweep in the
middle; then the same under histories, maps and selection that the run knows nothing of. A table
says whether p is uniform, how many of the regions found at a false discovery rate of .05 are false,
how many sweeps are found, and how many genomes are flagged as unlike the simulations, by the
verdict and by their novel windows.

    snakemake --configfile validation/significance.yaml
    python -m pip install -r validation/requirements.txt  # where fwdpy11 may be
    python validation/background_selection.py --output FOLDER
    python validation/significance.py --results results/significance --folder FOLDER --output docs

All but background_selection.py needs coalflow's own environment. What was simulated is kept in the
folder.
"""

import argparse
import concurrent.futures
import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.append(str(ROOT / "scripts"))

import numpy as np
import pandas as pd
import scipy.stats
import significance_genomes as genomes

from coalflow.config.registry.parameters import NEUTRAL
from coalflow.core.files import replace_atomically
from coalflow.evaluation.calibration.calibration_files import read_calibrations
from coalflow.evaluation.predictions import MEASURED, select_prediction
from coalflow.genomes.power.found_blocks import find_blocks, judge_regions
from coalflow.genomes.power.power_tables import tabulate_power
from coalflow.genomes.power.scanned_blocks import find_block_regions, tabulate_blocks
from coalflow.genomes.reference.blocks import read_blocks
from coalflow.genomes.reference.building import scan_blocks
from coalflow.genomes.reference.reference import read_references
from coalflow.genomes.scans.judged_scan import find_comparable
from coalflow.genomes.scans.scanned_columns import NOVELTY, select_columns
from coalflow.genomes.scans.scanners import Scanner
from coalflow.genomes.significance.multiple_testing import adjust_expected
from coalflow.genomes.significance.scores import measure_score
from coalflow.models.ensembles import add_ensembles
from coalflow.models.storage.loading import load_models
from coalflow.windows.observation import read_observation

FDR, FALSE_ALARMS = 0.05, 0.01
SWEPT = 0.5  # the share of genomes with a sweep
UNIFORM = 100  # seed of which window of each null genome is compared with a uniform distribution
LEVELS = (0.001, 0.01, 0.05, 0.5)
ACCEPTED = (0.03, 0.07)  # realised false discovery rates under the right model
UNACCEPTABLE, FLAGGED = 0.10, 0.9  # where the realised rate is higher, that many are flagged


def main():
    """Simulate, scan, judge, and write the page."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--results", type=pathlib.Path, required=True, help="the run's folder")
    parser.add_argument("--folder", type=pathlib.Path, required=True, help="for simulations")
    parser.add_argument("--output", type=pathlib.Path, required=True, help="a folder")
    parser.add_argument("--null", type=int, default=2000, help="null genomes of the right model")
    parser.add_argument("--genomes", type=int, default=100, help="of all else, of each kind")
    parser.add_argument("--cores", type=int, default=1)
    arguments = parser.parse_args()
    jobs = genomes.list_jobs(arguments.folder, arguments.null, arguments.genomes)
    with concurrent.futures.ProcessPoolExecutor(arguments.cores) as pool:
        list(pool.map(genomes.simulate, jobs))
    genomes.import_background(arguments.folder)
    scanner, observation = open_run(arguments.results)
    judged = [
        judge(name, arguments.folder, scanner, observation)
        for name in genomes.list_scenarios(arguments.folder)
    ]
    page = write_page(
        pd.concat([models for models, _ in judged]), pd.DataFrame([fit for _, fit in judged])
    )
    print(page)
    with replace_atomically(arguments.output / "significance_validation.md") as temporary:
        pathlib.Path(temporary).write_text(page, encoding="utf-8")


def open_run(results):
    """Return what scans, and how simulations are observed."""
    maker = genomes.make_settings()
    folders = maker.list_model_folders()
    packed = (*maker.config.models.nets, *maker.config.baselines)
    models = results / "models"
    scanner = Scanner(
        add_ensembles(load_models(models, folders)),
        read_calibrations(models, packed),
        read_references(models, packed),
    )
    return scanner, read_observation(results / "observation.json")


def judge(name, folder, scanner, observation):
    """Return a row for each model, and how many genomes are flagged, of one scenario."""
    paths = genomes.list_files(folder, name)
    blocks = read_blocks(paths, observation)
    maker = genomes.make_settings()
    truth = tabulate_blocks(blocks, maker.power([]).kinds, ["selection_coefficient"])
    scanned = scan_blocks(blocks, scanner, maker.make_reference().options)
    rows = []
    for model_name, model in scanner.models.items():
        reference = scanner.references[model_name.partition("/")[0]]
        score = reference.scores[0]
        regions = find_block_regions(scanned, model, reference, score)
        judged = judge_regions(regions, truth, SWEPT, reference.meta.length)
        found = find_blocks(judged, truth, FDR)
        every = tabulate_power(found, judged, truth, [], SWEPT, FDR).iloc[0]
        prediction = select_prediction(scanned, model_name, model.card.targets)
        scores = measure_score(score, prediction, model.card.targets, model.card.scaling)
        null = reference.find_null(model_name, score)
        tracks = null.judge_means(scanned, scores)
        rows.append(
            {
                "scenario": name,
                "model": model_name,
                **test_uniform("window", tracks.assign(p=null.tail.find_p(scores)), truth),
                **test_uniform("mean", tracks, truth),
                "alone": count_found_alone(regions, truth),
                **every.to_dict(),
            }
        )
    return pd.DataFrame(rows), {"scenario": name, **count_flagged(scanned, truth, scanner)}


def list_null(truth):
    """Return the names of null genomes."""
    return truth.loc[truth["kind"] == NEUTRAL, "block"]


def test_uniform(name, tracks, truth):
    """Return how p-values, of one window of each null genome, differ from a uniform distribution.

    Windows of a genome are linked; those of different genomes are independent, as the test needs.
    """
    null = tracks[tracks["contig"].isin(list_null(truth)) & tracks["p"].notna()]
    chosen = null.sample(frac=1, random_state=UNIFORM).groupby("contig")["p"].first()
    tested = scipy.stats.kstest(chosen, "uniform")
    shares = {f"{name}_{level}": (null["p"] <= level).mean() for level in LEVELS}
    return {f"{name}_ks": tested.statistic, f"{name}_ks_p": tested.pvalue, **shares}


def count_found_alone(regions, truth):
    """Return in which share of null genomes something is found, each scanned alone."""
    null = regions[regions["block"].isin(list_null(truth))]
    found = [
        (adjust_expected(rows["rate"].to_numpy(np.float64)) <= FDR).any()
        for _, rows in null.groupby("block")
    ]
    return sum(found) / len(list_null(truth))


def count_flagged(scanned, truth, scanner):
    """Return the shares of null genomes that are flagged, each judged alone."""
    reference, flagged = scanner.judge, []
    for _, table in scanned[scanned["contig"].isin(list_null(truth))].groupby("contig"):
        usual = table[find_comparable(table)].reset_index(drop=True)
        places = usual[["contig", "start", "end"]]
        verdict = reference.fit.judge(
            pd.concat([places, select_columns(usual, MEASURED)], axis=1),
            usual[NOVELTY].to_numpy(),
            FALSE_ALARMS,
        )
        fit = 1.0 if verdict.p is None else verdict.p
        flagged.append(
            {
                "fit": fit <= FALSE_ALARMS,
                "windows": verdict.novel_p <= FALSE_ALARMS,
                "either": min(fit, verdict.novel_p) <= FALSE_ALARMS / 2,
                "novel_share": verdict.novel_share,
                "differs": verdict.differences[0].statistic if verdict.differences else "",
            }
        )
    table = pd.DataFrame(flagged)
    named = table.loc[table["either"], "differs"].mode()
    shares = table[["fit", "windows", "either", "novel_share"]].mean()
    return {"genomes": len(table), **shares, "differs": named.iloc[0] if len(named) else ""}


# The page -----------------------------------------------------------------------------------------


def write_page(models, fits):
    """Return both tables as Markdown, and what of them was to be shown."""
    names = genomes.SCENARIOS
    lines = [
        "| genomes | model | p of windows uniform: D, p | p of means | windows up to "
        f"{', '.join(f'{level:g}' for level in LEVELS)} | means | null genomes with a region "
        "| false regions, expected | false discovery rate | power |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    lines += [
        f"| {names[row['scenario']]} | {row['model']} | {describe_uniform(row, 'window')} "
        f"| {describe_uniform(row, 'mean')} | {list_shares(row, 'window')} "
        f"| {list_shares(row, 'mean')} | {row['alone']:.3f} "
        f"| {row['false_regions']:.0f}, {row['expected_false']:.1f} "
        f"| {row['fdr']:.3f} [{row['fdr_low']:.3f}, {row['fdr_high']:.3f}] "
        f"| {row['power']:.2f} [{row['power_low']:.2f}, {row['power_high']:.2f}] |"
        for row in models.to_dict("records")
    ]
    lines += [
        "",
        "| genomes | null genomes | flagged by the verdict | by novel windows | by either "
        "| novel windows | what differs |",
        "|---|---|---|---|---|---|---|",
    ]
    lines += [
        f"| {names[row['scenario']]} | {row['genomes']} | {row['fit']:.2f} | {row['windows']:.2f} "
        f"| {row['either']:.2f} | {row['novel_share']:.3f} | {row['differs']} |"
        for row in fits.to_dict("records")
    ]
    return "\n".join([*lines, "", *conclude(models, fits), ""])


def describe_uniform(row, name):
    """Return the distance to a uniform distribution, and its p-value."""
    return f"{row[f'{name}_ks']:.3f}, {row[f'{name}_ks_p']:.2g}"


def list_shares(row, name):
    """Return how many p-values are up to each level."""
    return ", ".join(f"{row[f'{name}_{level}']:.4f}" for level in LEVELS)


def conclude(models, fits):
    """Yield whether the marks are reached."""
    right = models[models["scenario"] == genomes.RIGHT]
    low, high = ACCEPTED
    for row in right.to_dict("records"):
        word = "is" if low <= row["fdr"] <= high else "is not"
        yield f"- {row['model']}: the realised false discovery rate {word} within {low} and {high}."
    rates = models.groupby("scenario")["fdr"].max()
    for name in rates[rates > UNACCEPTABLE].index:
        share = fits.set_index("scenario").loc[name, "either"]
        yield (
            f"- {genomes.SCENARIOS[name]}: up to {rates[name]:.0%} of regions are false, and "
            f"{share:.0%} of genomes are flagged ({FLAGGED:.0%} should be)."
        )


if __name__ == "__main__":
    main()
