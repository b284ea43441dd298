"""What is imported of each window that was simulated elsewhere."""

import dataclasses

import numpy as np
import numpy.typing as npt

from coalflow.windows.ancestry import Runs


@dataclasses.dataclass(frozen=True)
class ImportedReplicate:
    """One imported window.

    Attributes
    ----------
    alleles : ndarray of uint8, shape (sites, haplotypes)
        1 where the allele is derived.
    positions : ndarray of float64, shape (sites,)
        In bases from the window's left end.
    truth : dict
        True values by name.
    tree_statistics : dict
        Statistics of the trees, and the class by the gene flow that happened, as far as they are
        needed, by their names in shards.
    given_set : str
        What it is for: ``train``, ``validation`` or ``test``; empty where that is not given.
    ancestry : Runs, optional
        Which stretches of haplotypes are from another population, where that is needed.
    """

    alleles: npt.NDArray[np.uint8]
    positions: npt.NDArray[np.float64]
    truth: dict[str, float]
    tree_statistics: dict[str, float | str] = dataclasses.field(default_factory=dict)
    given_set: str = ""
    ancestry: Runs | None = None
