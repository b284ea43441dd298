"""How a neutral allele came from one mutation to its number of copies.

Going back one generation, an allele with j copies among C' chromosomes had
parental frequency p with density p^(j - 1) (1 - p)^(C' - j), Beta(j, C' - j + 1):
the binomial probability of j, times 1/p, the stationary density of a neutral
allele's frequency (Wright 1931). Where the parental number of copies rounds to
none the mutation is new. While copies are many, several generations are taken in
one stride, as if C' and j were smaller by as much. Origins are in proportion to 2N.
"""

import numpy as np
import numpy.typing as npt

from coalflow.simulation.sweeps.compilation import compiled, inlined
from coalflow.simulation.sweeps.trajectories.wright_fisher import LARGEST_WORK

COPIES_PER_STRIDE = 200  # a neutral allele changes by about 7 % in a stride


@compiled
def draw_standing_variation(
    random: np.random.Generator, chromosomes: npt.NDArray[np.int64], began: int, copies: int
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], int]:
    """Draw how a neutral allele came from one mutation to its number of copies.

    Parameters
    ----------
    random : numpy.random.Generator
    chromosomes : ndarray of int64, shape (generations,)
        2N of the population.
    began : int
        When it had that many copies, in generations ago.
    copies : int

    Returns
    -------
    times : ndarray of int64, shape (strides,)
        The older end of each stride, in generations ago; empty if nothing was found within
        reasonable work.
    path : ndarray of int64, shape (strides,)
        Copies at these times.
    tries : int

    References
    ----------
    Wright 1931, doi.org/10.1093/genetics/16.2.97
    """
    last = len(chromosomes) - 1
    largest = chromosomes[min(began, last) :].max()
    room = 1024
    times = np.empty(room, dtype=np.int64)
    path = np.empty(room, dtype=np.int64)
    work, tries = 0, 0
    while work < LARGEST_WORK:
        tries += 1
        ago, now, steps = began, copies, 0
        while now > 0:
            if steps + 1 >= room:
                room *= 2
                times = _lengthen(times, room)
                path = _lengthen(path, room)
            stride = max(1, now // COPIES_PER_STRIDE)
            inverse = _sum_inverse_sizes(chromosomes, ago, stride)
            parental = chromosomes[min(ago + stride, last)]
            frequency = random.beta(now / stride, (stride / inverse - now) / stride + 1.0)
            before = int(frequency * parental + 0.5)
            if before >= parental:
                continue
            ago += stride
            # A new mutation has a single copy.
            times[steps], path[steps] = ago, max(before, 1)
            now = before
            steps += 1
        work += steps
        if random.random() * largest < chromosomes[min(ago, last)]:
            return times[:steps], path[:steps], tries
    return times[:0], path[:0], tries


@inlined
def _sum_inverse_sizes(chromosomes: npt.NDArray[np.int64], ago: int, stride: int) -> float:
    """Return the sum of 1 / 2N over some generations."""
    inverse = 0.0
    for generation in range(ago, ago + stride):
        inverse += 1.0 / chromosomes[min(generation, len(chromosomes) - 1)]
    return inverse


@compiled
def _lengthen(array: npt.NDArray[np.int64], room: int) -> npt.NDArray[np.int64]:
    longer = np.empty(room, dtype=array.dtype)
    longer[: len(array)] = array
    return longer
