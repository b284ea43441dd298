"""The ploidy of individuals on a contig, and whether it is what nets read."""

import dataclasses
import itertools
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from coalflow.config.schema.samples import Samples
from coalflow.genomes.genotypes.ploidy import describe_ploidy


@dataclasses.dataclass(frozen=True)
class ContigPloidy:
    """How many haplotypes individuals have on a contig.

    Attributes
    ----------
    ploidies : ndarray of int64, shape (individuals,)
    called : ndarray of bool, shape (individuals,)
        Whether anything is called of each of them.
    left_out : str, optional
        In words, why none of the contig is used.
    """

    ploidies: npt.NDArray[np.int64]
    called: npt.NDArray[np.bool_]
    left_out: str | None = None


def decide_ploidy(
    votes: npt.NDArray[np.int64],
    expected: npt.NDArray[np.int8],
    names: Sequence[str],
    draws: Sequence[Sequence[int]],
    numbers: Sequence[int],
    samples: Samples,
    phased: bool,
) -> ContigPloidy:
    """Return the ploidy of individuals: as expected, or as in most records.

    Parameters
    ----------
    votes : ndarray of int64, shape (individuals, highest ploidy + 1)
        In how many records each individual has which ploidy.
    expected : ndarray of int8, shape (individuals,)
        What the config says of each; 0 where it is that of the file.
    names : sequence of str
        The individuals.
    draws : sequence of sequence of int
        The indices of those that are used together.
    numbers : sequence of int
        How many of them are of each population.
    samples : Samples
        What nets read.
    phased : bool
        Whether they read haplotypes. Otherwise they read individuals, whose ploidy must agree.
    """
    in_file = votes.argmax(axis=1)
    ploidies = np.where(expected > 0, expected, in_file)
    others = ploidies[ploidies > 0]
    if len(others):  # somebody who is never called is like most
        ploidies = np.where(ploidies > 0, ploidies, np.bincount(others).argmax())
    decided = ContigPloidy(ploidies, in_file > 0)
    if not decided.called.any():
        return decided  # nothing is called at all, which is another reason
    if ((in_file > 0) & (ploidies != in_file)).any():
        written = describe_ploidy(in_file.tolist(), names)
        given = describe_ploidy(ploidies.tolist(), names)
        why = f"{written} in the file, {given} by the ploidy that is given for it"
        return dataclasses.replace(decided, left_out=why)
    for draw in draws:
        who = list(draw)
        why_not = _refuse(ploidies[who], [names[i] for i in who], numbers, samples, phased)
        if why_not is not None:
            return dataclasses.replace(decided, left_out=why_not)
    return decided


def _refuse(
    ploidies: npt.NDArray[np.int64],
    names: Sequence[str],
    numbers: Sequence[int],
    samples: Samples,
    phased: bool,
) -> str | None:
    """Return in words why individuals are not what nets read, or None."""
    described = describe_ploidy(ploidies.tolist(), names)
    if not phased and (ploidies != samples.ploidy).any():
        return f"{described}; without phase the net reads individuals of ploidy {samples.ploidy}"
    ends = [*itertools.accumulate(numbers)]
    counts = [int(part.sum()) for part in np.split(ploidies, ends[:-1])]
    if counts == samples.haplotypes:
        return None
    found, wanted = (" and ".join(map(str, each)) for each in (counts, samples.haplotypes))
    return f"{described}, {found} haplotypes; the net reads {wanted}"
