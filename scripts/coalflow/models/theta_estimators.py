"""What one would do without learning much: one statistic, and a formula or a histogram.

A number has a classical estimator where a formula leads from Watterson's theta to it. Theta is
4 N mu for each base, so the size follows where the mutation rate is known, and the mutation rate
where the size is. Nothing is learned from simulations, and nothing is known of histories, errors or
sites that were cut off.

For classes there are no formulas. What is customary are cutoffs of Tajima's D from neutral
simulations. Here the cutoffs are the twentieths of D in training, and what is told of a window is
how often each class is among the training windows between the same two.
"""

import warnings

import numpy as np
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.naive_bayes import CategoricalNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import KBinsDiscretizer

from coalflow.config.targets import FACTORS_OF_THETA
from coalflow.dataset import target_scaling

STATISTIC_OF_NUMBERS, STATISTIC_OF_CLASSES = "watterson_theta", "tajimas_d"
INTERVALS = 20


class ByWatterson(RegressorMixin, BaseEstimator):
    """A size or a mutation rate from Watterson's theta.

    ``unit`` is by how much theta grows with each unit of the target, ``lowest`` what theta is
    taken for at the least, ``scale`` the target's :class:`coalflow.dataset.target_scaling.TargetScaling` as a card has it.
    """

    def __init__(self, unit, lowest, scale):
        self.unit = unit
        self.lowest = lowest
        self.scale = scale

    def predict(self, theta):
        """Return the target in the units in which models learn, float64 (windows, 1).

        ``theta`` is float64 (windows, 1).
        """
        estimated = np.maximum(theta, self.lowest) / self.unit
        return target_scaling.TargetScaling.from_card(self.scale).standardise(estimated)


def of_number(settings, scale):
    """Return the :class:`ByWatterson` of a size or of a mutation rate.

    ``settings`` has the ``target``, and in ``known`` the value of the other of the two, besides
    ``encoding``, ``observation``, ``samples`` and ``ploidy``.

    Where rare alleles are left out, theta is estimated from all others (after Achaz 2008). Where a
    logarithm is learned, a window without variation is taken to have half a site.
    """
    (definition,) = settings["target"].values()
    known = settings["known"][FACTORS_OF_THETA[definition["parameter"]]]
    haplotypes = settings["ploidy"] * sum(number for _, number in settings["samples"])
    terms = 1 / np.arange(1, haplotypes)
    fewest = settings["observation"]["minimum_allele_count"]
    seen = terms[fewest - 1 : haplotypes - fewest].sum() / terms.sum()
    half_a_site = 0.5 / terms.sum()
    return ByWatterson(
        unit=float(4 * known * settings["encoding"]["length"] * seen),
        lowest=float(half_a_site if definition["scale"] == "log" else 0),
        scale=scale.for_card(),
    )


def of_classes(statistic, classes):
    """Return a fitted classifier by the share of each class between cutoffs of one statistic.

    ``statistic`` is float64 (windows, 1), ``classes`` int64 (windows,), both of training.
    """
    intervals = KBinsDiscretizer(
        INTERVALS, encode="ordinal", strategy="quantile", quantile_method="linear", subsample=None
    )
    estimator = make_pipeline(intervals, CategoricalNB(min_categories=INTERVALS))
    with warnings.catch_warnings():
        # Where many windows have the same value, such as those without variation, there are fewer.
        warnings.filterwarnings("ignore", "Bins whose width are too small")
        return estimator.fit(statistic, classes)
