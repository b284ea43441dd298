"""Probabilities of classes where these are as common as in genomes, not as in training."""

import numpy as np
import numpy.typing as npt


def apply_class_prior(
    values: npt.NDArray[np.float64], mix: npt.ArrayLike, prior: npt.ArrayLike
) -> npt.NDArray[np.float64]:
    """Return posterior probabilities under a prior, from those under the mix of training.

    What a window says of a class is how much more probable it makes it than it was, so that the
    odds are multiplied by the ratio of the priors (Saerens, Latinne and Decaestecker 2002,
    doi.org/10.1162/089976602753284446). The probabilities must be calibrated.

    Parameters
    ----------
    values : ndarray of float64, shape (windows, classes)
        Probabilities; nan where nothing is predicted.
    mix : array_like, shape (classes,)
        How common each class is among training windows; all above 0.
    prior : array_like, shape (classes,)
        How common each is in genomes.

    Returns
    -------
    ndarray of float64, shape (windows, classes)

    Examples
    --------
    >>> apply_class_prior(np.array([[0.5, 0.5]]), [0.5, 0.5], [0.98, 0.02])
    array([[0.98, 0.02]])
    """
    weights = np.asarray(prior, dtype=np.float64) / np.asarray(mix, dtype=np.float64)
    # By the largest, so that no sum vanishes where the probable class is a rare one.
    weighted = values * (weights / weights.max())
    return weighted / weighted.sum(axis=1, keepdims=True)
