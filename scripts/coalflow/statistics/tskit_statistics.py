"""Statistics of sample sets that tskit computes, of sites or of the trees themselves.

The same functions serve both: for sites the trees are the star-shaped ones of
:mod:`coalflow.statistics.site_statistics`, for trees those that were simulated.
"""

import numpy as np

from coalflow.config.targets import BRANCH


def compute_on_trees(trees, definition, populations):
    """Return a statistic of a whole tree sequence, a float; nan where it is undefined.

    ``definition`` is that of a target, with ``mode: branch``; ``populations`` are slices of
    the samples by name (:func:`coalflow.windows.shards.slice_populations`). Times and lengths of branches
    are means over bases, in the trees' units of time, generations mostly.
    """
    whole = [0, trees.sequence_length]
    return float(compute_in_windows(trees, definition, populations, whole)[0])


def compute_in_windows(trees, definition, populations, windows):
    """Return a statistic of each window between the edges ``windows``, float64 (windows,).

    Statistics of sites are sums over sites, not means over bases.
    """
    everyone = trees.samples()
    chosen = [everyone[populations[name]] for name in definition["of"]] or [everyone]
    mode = definition["mode"]
    options = {"windows": windows, "mode": mode, "span_normalise": mode == BRANCH}
    # 0 / 0 is tskit's way to nan.
    with np.errstate(invalid="ignore", divide="ignore"):
        return _COMPUTED[definition["statistic"]](trees, chosen, options).reshape(-1)


def estimate_watterson_theta(segregating, haplotypes):
    """Return Watterson's (1975) estimator of theta, S / (1 + 1/2 + ... + 1/(n - 1))."""
    return segregating / (1 / np.arange(1, haplotypes)).sum()


def _tajimas_d(trees, sets, options):
    return trees.Tajimas_D(sets, windows=options["windows"], mode=options["mode"])


def _theta_h(trees, sets, options):
    """Fay and Wu's (2000) estimator of theta, by which commoner derived alleles weigh more."""
    (one,) = sets
    copies = np.arange(len(one) + 1)
    spectrum = trees.allele_frequency_spectrum(sets, polarised=True, **options)
    # What all carry is no variation, as in the other estimators.
    return spectrum[:, :-1] @ copies[:-1] ** 2 / (len(one) * (len(one) - 1) / 2)


def _coalescence_time(trees, sets, options):
    """Half the length of branches between two haplotypes: of one set, or one of each."""
    pairs = trees.diversity if len(sets) == 1 else trees.divergence
    return pairs(sets, **options) / 2


def _time_to_common_ancestor(trees, sets, options):
    """Mean over bases of the time when all haplotypes of all sets have one ancestor."""
    # Simplified to these haplotypes, each tree has their common ancestor as its root.
    of_sets = trees.simplify(np.concatenate(sets), record_provenance=False)
    times = [tree.time(tree.root) if tree.has_single_root else np.nan for tree in of_sets.trees()]
    return np.array([np.average(times, weights=np.diff(of_sets.breakpoints(as_array=True)))])


# Each takes trees, a list of sets, and tskit's options.
_COMPUTED = {
    "segregating_sites": lambda trees, sets, options: trees.segregating_sites(sets, **options),
    "watterson_theta": lambda trees, sets, options: estimate_watterson_theta(
        trees.segregating_sites(sets, **options), len(sets[0])
    ),
    "diversity": lambda trees, sets, options: trees.diversity(sets, **options),
    "tajimas_d": _tajimas_d,
    "theta_h": _theta_h,
    "fay_wu_h": lambda trees, sets, options: (
        trees.diversity(sets, **options).reshape(-1) - _theta_h(trees, sets, options)
    ),
    "y1": lambda trees, sets, options: trees.Y1(sets, **options),
    "divergence": lambda trees, sets, options: trees.divergence(sets, **options),
    "fst": lambda trees, sets, options: trees.Fst(sets, **options),
    "f2": lambda trees, sets, options: trees.f2(sets, **options),
    "y2": lambda trees, sets, options: trees.Y2(sets, **options),
    "f3": lambda trees, sets, options: trees.f3(sets, **options),
    "y3": lambda trees, sets, options: trees.Y3(sets, **options),
    "f4": lambda trees, sets, options: trees.f4(sets, **options),
    "coalescence_time": _coalescence_time,
    "time_to_common_ancestor": _time_to_common_ancestor,
}
