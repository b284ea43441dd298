"""Phase sets: stretches within which an individual's heterozygotes are phased."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from coalflow.genomes.genotypes.sites import JudgedBlock
from coalflow.genomes.vcf_sites import NO_PHASE_SET

_UNSEEN = -2  # in place of the phase set of somebody without a heterozygote so far


class PhaseSets:
    """The phase sets of individuals along one contig.

    Phased genotypes without a phase set belong together, as the specification of VCF has it.

    Parameters
    ----------
    contig : str
    names : sequence of str
        The individuals.

    Attributes
    ----------
    change : str, optional
        Who changes first to another phase set, and where; None while nobody did.
    """

    def __init__(self, contig: str, names: Sequence[str]) -> None:
        self._contig = contig
        self._names = names
        self._last = np.full(len(names), _UNSEEN, dtype=np.int64)
        self.change: str | None = None

    def follow(self, judged: JudgedBlock, rows: npt.NDArray[np.int64]) -> None:
        """Look at the sites of a block, which follows those before; ``rows`` are their indices."""
        block = judged.block
        if self.change is not None or not len(rows):
            return
        heterozygous = judged.heterozygous & block.phased
        sets = block.phase_sets
        if sets is None and (self._last < 0).all():
            self._last[heterozygous[rows].any(axis=0)] = NO_PHASE_SET
            return
        if sets is None:
            sets = np.full(heterozygous.shape, NO_PHASE_SET, dtype=np.int64)
        for row in rows:
            known = heterozygous[row]
            changed = known & (self._last != _UNSEEN) & (self._last != sets[row])
            if changed.any():
                who = self._names[int(np.flatnonzero(changed)[0])]
                self.change = f"{who} at {self._contig}:{block.positions[row]}"
                return
            self._last = np.where(known, sets[row], self._last)
