"""How far the windows of two runs are apart: coalflow's, and those of the authors' programs."""

import math

import numpy as np
import scipy.stats

from coalflow.dataset import loading
from coalflow.evaluation import bootstrap
from coalflow.models.storage.loading import load_model
from coalflow.models.storage.nets import load_net
from coalflow.windows.shards import read_shard

MOST = 5000  # windows of a class that are described, of the run's first shards
SEED = 1  # of resamples
STATISTICS = ("sites", "pi", "tajimas_d", "haplotypes", "homozygosity")


def compare_runs(ours, theirs):
    """Return a table of how far the statistics of two runs' windows are apart."""
    first, second = (describe_windows(results) for results in (ours, theirs))
    classes = sorted(first) if first.keys() == second.keys() else []
    numbers = [sum(len(rows) for rows in windows.values()) for windows in (first, second)]
    column, dashes = ("class | ", "---|") if len(classes) > 1 else ("", "")
    lines = [
        f"{numbers[0]:,} windows of {ours.name}, {numbers[1]:,} of {theirs.name}; z is the "
        "difference of the means in standard errors, p that of a Kolmogorov-Smirnov test.",
        "",
        f"| {column}statistic | ours | theirs | z | sd, ours / theirs | p |",
        f"|{dashes}---|---|---|---|---|---|",
    ]
    for name in classes if column else [None]:
        one, other = (
            np.concatenate([rows for key, rows in windows.items() if name in (None, key)])
            for windows in (first, second)
        )
        begin = f"| {name.replace('_', ' ')} " if name else ""
        lines += [begin + line for line in compare_statistics(one, other)]
    return "\n".join(lines)


def compare_statistics(ours, theirs):
    """Return a line for each statistic of two sets of windows, float (windows, statistics)."""
    lines = []
    for name, one, other in zip(STATISTICS, ours.T, theirs.T, strict=True):
        one, other = one[np.isfinite(one)], other[np.isfinite(other)]
        error = math.sqrt(one.var(ddof=1) / len(one) + other.var(ddof=1) / len(other))
        z = (one.mean() - other.mean()) / error
        p = scipy.stats.ks_2samp(one, other).pvalue
        lines.append(
            f"| {name.replace('_', ' ')} | {one.mean():.4g} | {other.mean():.4g} | {z:+.2f} | "
            f"{one.std() / other.std():.3f} | {p:.2g} |"
        )
    return lines


def judge_on(ours, theirs):
    """Return in a sentence how good a run's models are on windows of another run.

    These are all windows, by which class they are; or, where numbers are predicted, its test. Of
    classes with other names, or where nothing is trained, nothing is returned.
    """
    restarts = [load_net(path.parent) for path in sorted(ours.glob("models/coalflow/*/card.json"))]
    if not restarts:
        return ""
    if restarts[0].card.targets.classes is not None:
        return judge_classes(restarts, theirs)
    if not (theirs / "split.parquet").exists():
        return ""
    return judge_numbers(restarts, load_model(ours / "models" / "gradient_boosting"), theirs)


def judge_classes(restarts, theirs):
    """Return how many windows of another run an ensemble classifies right."""
    folders = {path.name.rpartition("=")[2]: path for path in sorted(theirs.glob("shards/*"))}
    view = restarts[0].card.view
    classes = view.targets.classes
    if sorted(classes) != sorted(folders):
        return ""
    right, number = 0, 0
    for name, folder in folders.items():
        for path in sorted(folder.glob("*.npz")):
            rows = loading.ShardRows(
                path, folder.name, np.arange(len(read_shard(path).offsets) - 1)
            )
            windows = loading.load_shard_windows(rows, view.encoding, view.observation)
            predicted = predict_mean(restarts, windows).argmax(axis=1)
            right += int((predicted == classes.index(name)).sum())
            number += len(predicted)
    low, high = scipy.stats.binomtest(right, number).proportion_ci(method="wilson")
    return (
        f"Of {number:,} windows of {theirs.name}, on which it was not trained, coalflow's net "
        f"classifies {right / number:.3f} ({low:.3f} to {high:.3f}) right.\n"
    )


def judge_numbers(restarts, boosting, theirs):
    """Return the errors of an ensemble and of gradient boosting on another run's test windows."""
    card = restarts[0].card
    table = loading.read_split_table(theirs / "split.parquet")
    test = loading.load_split(table, "test", theirs / "shards", card.view)
    squared = [
        (predict_mean(models, test.windows)[:, 0] - test.target[:, 0]) ** 2
        for models in (restarts, [boosting])
    ]
    means = np.array([one.mean() for one in squared])
    resampled = np.sqrt(bootstrap.resample_means(np.column_stack(squared), SEED))
    values = np.sqrt(means)
    low, high = bootstrap.find_interval(np.c_[resampled, resampled[:, 0] - resampled[:, 1]])
    net, boosted, difference = (
        f"{value:{sign}.2f} ({start:{sign}.2f} to {end:{sign}.2f})"
        for value, sign, start, end in zip(
            [*values, values[0] - values[1]], ["", "", "+"], low, high, strict=True
        )
    )
    return (
        f"Trained on coalflow's own windows, the ensemble has an RMSE of {net} on the "
        f"{len(test):,} test windows of {theirs.name}, gradient boosting {boosted}; the difference "
        f"is {difference}.\n"
    )


def predict_mean(models, windows):
    """Return the mean prediction of models, float (windows, outputs)."""
    return np.mean([model.predict(windows).values for model in models], axis=0)


def describe_windows(results):
    """Return the statistics of a run's windows by class: float (windows, statistics) each."""
    found = {}
    for path in sorted(results.glob("shards/*/*.npz")):
        rows = found.setdefault(path.parent.name.rpartition("=")[2], [])
        if len(rows) >= MOST:
            continue
        shard = read_shard(path)
        haplotypes = shard.samples.number_of_haplotypes
        for first, last in zip(shard.offsets, shard.offsets[1:], strict=False):
            packed = shard.haplotypes[first:last]
            rows.append(describe_window(np.unpackbits(packed, axis=1, count=haplotypes)))
    return {name: np.array(rows) for name, rows in found.items()}


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
