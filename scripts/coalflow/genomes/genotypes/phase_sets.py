"""Phase sets: stretches within which an individual's heterozygotes are phased."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from coalflow.config.fields.section import Section
from coalflow.genomes.genotypes.sites import JudgedBlock

NO_PHASE_SET = -1
UNSEEN = -2  # in place of the phase set of somebody without a heterozygote so far


class PhaseChange(Section):
    """Where an individual changes to another phase set."""

    position: int
    individual: str


class PhaseSets:
    """The phase sets of individuals along a stretch of one contig.

    Phased genotypes without a phase set belong together, as the specification of VCF has it.

    Parameters
    ----------
    names : sequence of str
        The individuals.

    Attributes
    ----------
    change : PhaseChange, optional
        Where somebody changes first to another phase set; None while nobody did.
    ends : ndarray of int64, shape (3, individuals)
        The first phase set of each, the position at which it begins, and the last one; ``UNSEEN``
        where somebody has no phased heterozygote.
    """

    def __init__(self, names: Sequence[str]) -> None:
        self._names = names
        self.ends = np.full((3, len(names)), UNSEEN, dtype=np.int64)
        self.change: PhaseChange | None = None

    def follow(self, judged: JudgedBlock, rows: npt.NDArray[np.int64]) -> None:
        """Look at the sites of a block, which follows those before; ``rows`` are their indices."""
        block = judged.block
        if self.change is not None or not len(rows):
            return
        first, begins, last = self.ends
        heterozygous = judged.heterozygous[rows] & block.phased[rows]
        new = (first == UNSEEN) & heterozygous.any(axis=0)
        row_of_first = heterozygous.argmax(axis=0)
        begins[new] = block.positions[rows][row_of_first[new]]
        if block.phase_sets is None and (last < 0).all():
            first[new] = last[new] = NO_PHASE_SET
            return
        sets = np.full(heterozygous.shape, NO_PHASE_SET, dtype=np.int64)
        if block.phase_sets is not None:
            sets = block.phase_sets[rows]
        first[new] = sets[row_of_first[new], np.flatnonzero(new)]
        for row, known in enumerate(heterozygous):
            changed = known & (last != UNSEEN) & (last != sets[row])
            if changed.any():
                self.change = self._note(block.positions[rows[row]], changed)
                return
            last[known] = sets[row, known]

    def _note(self, position: int, changed: npt.NDArray[np.bool_]) -> PhaseChange:
        individual = self._names[int(np.flatnonzero(changed)[0])]
        return PhaseChange(position=int(position), individual=individual)


def find_first_change(
    names: Sequence[str],
    ends: npt.NDArray[np.int64],
    changes: Sequence[PhaseChange | None],
) -> PhaseChange | None:
    """Return where somebody first changes to another phase set in stretches that follow each other.

    Parameters
    ----------
    names : sequence of str
        The individuals.
    ends : ndarray of int64, shape (stretches, 3, individuals)
        Those of :class:`PhaseSets`, stretch by stretch.
    changes : sequence of PhaseChange or None
        Those within each stretch.
    """
    last = np.full(len(names), UNSEEN, dtype=np.int64)
    for (first, begins, end), change in zip(ends, changes, strict=True):
        changed = (first != UNSEEN) & (last != UNSEEN) & (first != last)
        found = [] if change is None else [(change.position, names.index(change.individual))]
        found += [(int(begins[index]), int(index)) for index in np.flatnonzero(changed)]
        if found:
            position, index = min(found)
            return PhaseChange(position=position, individual=names[index])
        last = np.where(end != UNSEEN, end, last)
    return None
