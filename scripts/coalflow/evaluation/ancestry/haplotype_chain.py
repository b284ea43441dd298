"""Ancestry along haplotypes as a Markov chain, which joins what is predicted of many sites.

A net predicts each site from one window, and a stretch of ancestry may reach through several. The
chain has two states, with the ancestry and without it; predicted log odds are what is observed of
it. Predictions for neighbouring sites are of the same alleles, so each counts as a part of an
observation.

References
----------
Rabiner (1989), A tutorial on hidden Markov models. Proceedings of the IEEE 77:257-286.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from coalflow.config.fields.section import Section

# As which predictions for a stretch of mean length count. Segments of validation windows of
# config/ancestry.yaml are found as well with one to five, and less well with more. Along genomes,
# with fewer than four, they are joined with their neighbours.
OBSERVATIONS = 4.0
MOST_EVIDENCE = 30.0  # log odds, of the bases of a site


class HaplotypeChain(Section):
    """How often ancestry begins and ends along a haplotype, per base."""

    entry: float
    exit: float

    @property
    def share(self) -> float:
        """The share of all bases that has the ancestry."""
        return self.entry / (self.entry + self.exit)

    def smooth(
        self,
        odds: npt.NDArray[np.float32],
        bases: npt.NDArray[np.float64],
        share: float | None = None,
    ) -> npt.NDArray[np.float32]:
        """Return the log odds of ancestry, given the predictions for all sites of a haplotype.

        Parameters
        ----------
        odds : ndarray of float32, shape (windows, sites, rows)
            Calibrated log odds.
        bases : ndarray of float64, shape (windows, sites)
            How many each site stands for, 0 in padding.
        share : float, optional
            The share of all bases that has the ancestry, where it is not that of the chain: then
            it begins more often or less, and stretches are as long.

        Returns
        -------
        ndarray of float32, shape (windows, sites, rows)
        """
        share = self.share if share is None else share
        entry = self.exit * share / (1 - share)
        prior = np.log(self.entry / self.exit)
        weights = OBSERVATIONS * self.exit * bases[:, :, None]
        apart = (bases[:, 1:, None] + bases[:, :-1, None]) / 2
        # Between the middles of two sites, the state is drawn anew with this probability.
        drawn = -np.expm1(-(entry + self.exit) * apart)
        entered, left = share * drawn, (1 - share) * drawn

        def observe(site: int) -> npt.NDArray[np.float64]:
            evidence = weights[:, site] * (odds[:, site] - prior)
            return np.exp(evidence.clip(-MOST_EVIDENCE, MOST_EVIDENCE))

        # Ratios of the probabilities of both states, given the sites up to each and after it.
        joined = np.empty(odds.shape, np.float32)
        sites = odds.shape[1]
        ratio = np.full((len(odds), odds.shape[2]), entry / self.exit)
        for site in range(sites):
            if site:
                enter, leave = entered[:, site - 1], left[:, site - 1]
                ratio = (ratio * (1 - leave) + enter) / (ratio * leave + 1 - enter)
            ratio = ratio * observe(site)
            joined[:, site] = ratio
        ratio = np.ones_like(ratio)
        for site in reversed(range(1, sites)):
            enter, leave = entered[:, site - 1], left[:, site - 1]
            ratio = ratio * observe(site)
            ratio = (ratio * (1 - leave) + leave) / (ratio * enter + 1 - enter)
            joined[:, site - 1] *= ratio
        return np.log(joined, out=joined)


def fit_chain(
    truth: npt.NDArray[np.bool_], bases: npt.NDArray[np.float64]
) -> HaplotypeChain | None:
    """Return how often ancestry begins and ends in windows; None where all bases are alike.

    Stretches that reach beyond a window are counted without bias, since a window's ends are not
    theirs.

    Parameters
    ----------
    truth : ndarray of bool, shape (windows, sites, rows)
    bases : ndarray of float64, shape (windows, sites)
        How many each site stands for, 0 in padding.

    Examples
    --------
    >>> truth = np.array([[[0], [0], [1], [1], [0]]], bool)
    >>> fit_chain(truth, np.full((1, 5), 100.0))
    HaplotypeChain(entry=0.005, exit=0.0075)
    """
    present = bases > 0
    both = (present[:, 1:] & present[:, :-1])[:, :, None]
    begun = int((both & truth[:, 1:] & ~truth[:, :-1]).sum())
    ended = int((both & truth[:, :-1] & ~truth[:, 1:]).sum())
    having = float(np.einsum("ws,wsr->", bases, truth))
    lacking = float(bases.sum() * truth.shape[2]) - having
    if having <= 0 or lacking <= 0:
        return None
    # Half an event more, so that rare ones are not impossible.
    return HaplotypeChain(entry=(begun + 0.5) / lacking, exit=(ended + 0.5) / having)
