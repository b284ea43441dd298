"""Baselines that predict the ancestry of each row of a window from its summary statistics.

``archie`` is the logistic regression of ArchIE; ``s_star`` is the statistic S* alone. For all sites
of a window they predict the same.

References
----------
Durvasula and Sankararaman (2019), A statistical model for reference-free inference of archaic local
ancestry. PLoS Genetics 15:e1008175.
"""

from __future__ import annotations

import dataclasses

import numpy as np
import numpy.typing as npt
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

from coalflow.config.settings.view import View
from coalflow.dataset.loading import Replicates
from coalflow.dataset.site_ancestry import unpack_site_ancestry
from coalflow.evaluation.ancestry.odds_counts import measure_bases
from coalflow.statistics.archaic.haplotype_table import HaplotypeTable, describe_haplotypes
from coalflow.windows.packed_windows import Windows

LOGISTIC, S_STAR = "archie", "s_star"
S_STAR_UNIT = 5000.0  # what a match adds: scores in units of it are like log odds in size
WINDOWS_AT_ONCE = 200
MOST_ROWS = 400_000  # to which a regression is fitted: about two gigabytes


@dataclasses.dataclass(frozen=True)
class HaplotypeBaselines:
    """Baselines, fitted.

    Attributes
    ----------
    of, outgroup : str
        The population whose ancestry is predicted, and one that has none of it.
    length : int
        Bases of a window.
    regression : Pipeline
    """

    of: str
    outgroup: str
    length: int
    regression: Pipeline

    def predict_rows(self, windows: Windows) -> dict[str, npt.NDArray[np.float32]]:
        """Return log odds by the names of baselines, float32 (windows, 1, rows) each."""
        table = _describe(windows, self.length, self.of, self.outgroup)
        shape = len(windows), 1, table.values.shape[1]
        odds = self.regression.decision_function(table.values.reshape(-1, len(table.names)))
        scores = table.values[:, :, table.names.index(S_STAR)] / S_STAR_UNIT
        found = {LOGISTIC: odds, S_STAR: scores}
        return {name: values.astype(np.float32).reshape(shape) for name, values in found.items()}


def find_outgroup(view: View) -> str | None:
    """Return the first sampled population that ancestry is neither of nor from, if there is one.

    Parameters
    ----------
    view : View
        It predicts ancestry at sites.
    """
    target = view.targets.at_sites
    assert target is not None
    return next((name for name in view.samples.ordered if name not in target.of), None)


def fit_haplotype_baselines(train: Replicates, view: View, outgroup: str) -> HaplotypeBaselines:
    """Return baselines that are fitted to training windows.

    A row that has the ancestry in part counts as with it and as without it, by its bases. Of more
    than ``MOST_ROWS`` rows, windows that are evenly spread are taken.

    Parameters
    ----------
    train : Replicates
        With their true ancestry.
    view : View
    outgroup : str
        As :func:`find_outgroup` returns it.
    """
    target, length = view.targets.at_sites, view.encoding.length
    assert target is not None and length is not None and train.ancestry is not None
    described, shares = [], []
    number = min(len(train), max(1, MOST_ROWS // dict(train.windows.populations)[target.of[0]]))
    chosen = np.arange(number) * len(train) // number
    for start in range(0, number, WINDOWS_AT_ONCE):
        part = chosen[start : start + WINDOWS_AT_ONCE]
        table = _describe(train.windows[part], length, target.of[0], outgroup)
        rows = table.values.shape[1]
        bases = measure_bases(train.windows.positions[part], train.windows.mask[part])
        ancestry = unpack_site_ancestry(train.ancestry[part], rows)
        shares.append(np.einsum("ws,wsr->wr", bases, ancestry).ravel())
        described.append(table.values.reshape(-1, len(table.names)))
    values, share = np.concatenate(described), np.concatenate(shares).clip(0, 1)
    without, partly = share < 1, share > 0
    regression = make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000))
    regression.fit(
        np.concatenate([values[without], values[partly]]),
        np.repeat([0, 1], [without.sum(), partly.sum()]),
        logisticregression__sample_weight=np.concatenate([1 - share[without], share[partly]]),
    )
    return HaplotypeBaselines(target.of[0], outgroup, length, regression)


def _describe(windows: Windows, length: int, of: str, outgroup: str) -> HaplotypeTable:
    return describe_haplotypes(windows, np.full(len(windows), length), of, outgroup)
