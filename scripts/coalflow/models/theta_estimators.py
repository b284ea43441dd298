"""Classical estimators: one statistic, and a formula or a histogram.

A number has a classical estimator if a formula leads to it from Watterson's theta. Theta is 4 N mu
for each base, so it gives the population size where the mutation rate is known, and the mutation
rate where the size is. Nothing is learned from simulations, and histories, errors and sites that
were cut off are ignored.

For classes there are no formulas; customary are cutoffs of Tajima's D from neutral simulations.
Here the cutoffs are the 5 % quantiles of D in training, and the probability of a class is its share
of the training windows between the same two cutoffs.
"""

import warnings

import numpy as np
import numpy.typing as npt
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.naive_bayes import CategoricalNB
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import KBinsDiscretizer

from coalflow.config.schema.targets import ParameterTarget
from coalflow.config.settings.learning import FitBaselineSettings
from coalflow.config.settings.view import View
from coalflow.dataset.target_scaling import TargetScale, TargetScaling

NUMBER_STATISTIC, CLASS_STATISTIC = "watterson_theta", "tajimas_d"
INTERVALS = 20


class WattersonEstimator(RegressorMixin, BaseEstimator):
    """Estimates a population size or a mutation rate from Watterson's theta.

    Parameters
    ----------
    unit : float
        By how much theta rises with each unit of the target.
    lowest : float
        A theta below this is raised to it.
    log : bool
    mean, sd : float
        The target's :class:`coalflow.dataset.target_scaling.TargetScale`.
    """

    def __init__(self, unit: float, lowest: float, log: bool, mean: float, sd: float) -> None:
        self.unit = unit
        self.lowest = lowest
        self.log = log
        self.mean = mean
        self.sd = sd

    def predict(self, theta: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """Return the target in the units in which models learn.

        Parameters
        ----------
        theta : ndarray of float64, shape (windows, 1)

        Returns
        -------
        ndarray of float64, shape (windows, 1)
        """
        scale = TargetScale(log=self.log, mean=self.mean, sd=self.sd)
        estimated = np.maximum(theta, self.lowest) / self.unit
        return TargetScaling.from_scales({"target": scale}).standardise(estimated)


def make_watterson_estimator(
    settings: FitBaselineSettings, view: View, scaling: TargetScaling
) -> WattersonEstimator:
    """Return the estimator of a population size or of a mutation rate.

    Where rare alleles are left out, theta is estimated from all others (after Achaz 2008). Where
    the logarithm is learned, a window without variation is treated as if it had half a site.

    Parameters
    ----------
    settings : FitBaselineSettings
        Its ``known`` holds the other factor of theta.
    view : View
        Its only target is the parameter.
    scaling : TargetScaling

    References
    ----------
    Watterson GA (1975). On the number of segregating sites in genetical models without
    recombination. Theor Popul Biol 7:256-276.

    Achaz G (2008). Testing for neutrality in samples with sequencing errors. Genetics
    179:1409-1424.
    """
    target = view.targets[view.targets.first]
    # Or the config is refused.
    assert isinstance(target, ParameterTarget) and view.encoding.length is not None
    known = next(value for name, value in settings.known.items() if name != target.parameter)
    haplotypes = view.samples.number_of_haplotypes
    terms = 1 / np.arange(1, haplotypes)
    fewest = view.observation.minimum_allele_count
    observed = terms[fewest - 1 : haplotypes - fewest].sum() / terms.sum()
    half_a_site = 0.5 / terms.sum()
    scale = scaling.scales[view.targets.first]
    return WattersonEstimator(
        unit=float(4 * known * view.encoding.length * observed),
        lowest=float(half_a_site if target.is_log else 0),
        log=scale.log,
        mean=scale.mean,
        sd=scale.sd,
    )


def fit_histogram(statistic: npt.NDArray[np.float64], classes: npt.NDArray[np.int64]) -> Pipeline:
    """Return a fitted classifier by the share of each class between cutoffs of one statistic.

    Parameters
    ----------
    statistic : ndarray of float64, shape (windows, 1)
        In training.
    classes : ndarray of int64, shape (windows,)
        The indices of the true classes.
    """
    intervals = KBinsDiscretizer(
        INTERVALS, encode="ordinal", strategy="quantile", quantile_method="linear", subsample=None
    )
    estimator = make_pipeline(intervals, CategoricalNB(min_categories=INTERVALS))
    with warnings.catch_warnings():
        # Where many windows have the same value, such as those without variation, there are fewer.
        warnings.filterwarnings("ignore", "Bins whose width are too small")
        return estimator.fit(statistic, classes)
