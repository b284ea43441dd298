"""Allele frequencies from one Wright-Fisher generation to the next.

The compiled parts of ``trajectory``. Histories come as the arrays of ``Generations``: a
generation's row is how many generations ago it was, and the last row holds for all before.
"""

import collections
import math

import numpy as np

from coalflow.simulation.sweeps.compilation import compiled, inlined

LARGEST_WORK = 400_000_000  # generations (by populations) tried for one path, some 15 seconds
NORMAL_FROM = 64.0  # binomial variance from which the quantile is expanded
COPIES_PER_STRIDE = 200  # a neutral allele moves some 7 % in a stride
NEVER = -1  # duration of a path that did not end as it should

# All that changes a frequency: sizes and migration (``chromosomes``, ``matrix`` and
# ``parents`` as in ``Generations``), s of each population, h, and the rate of new copies.
Forces = collections.namedtuple(
    "Forces", ["chromosomes", "matrix", "parents", "coefficients", "dominance", "new_copies"]
)


@inlined
def binomial_quantile(trials, chance, deviate):
    """Return the binomial quantile of a standard normal deviate.

    Exact up to a variance of 64; above by Cornish and Fisher's expansion to the
    fourth cumulant (Abramowitz and Stegun 1964, 26.2.49), which is off by one copy
    now and then.
    """
    if chance <= 0.0:
        return 0
    if chance >= 1.0:
        return trials
    if chance > 0.5:
        return trials - _quantile_of_rare(trials, 1.0 - chance, -deviate)
    return _quantile_of_rare(trials, chance, deviate)


@inlined
def _quantile_of_rare(trials, chance, deviate):
    mean = trials * chance
    variance = mean * (1.0 - chance)
    if variance >= NORMAL_FROM:
        spread = math.sqrt(variance)
        skewness = (1.0 - 2.0 * chance) / spread
        kurtosis = (1.0 - 6.0 * chance * (1.0 - chance)) / variance
        square = deviate * deviate
        expanded = (
            deviate
            + skewness * (square - 1.0) / 6.0
            + kurtosis * deviate * (square - 3.0) / 24.0
            - skewness * skewness * deviate * (2.0 * square - 5.0) / 36.0
        )
        return min(max(int(math.floor(mean + spread * expanded + 0.5)), 0), trials)
    below = 0.5 * math.erfc(-deviate / math.sqrt(2.0))
    odds = chance / (1.0 - chance)
    copies = 0
    mass = math.exp(trials * math.log1p(-chance))
    cumulated = mass
    # Beyond the mean, masses too small to be added end the search.
    while cumulated < below and copies < trials and (copies < mean or mass > 1e-17):
        mass *= odds * (trials - copies) / (copies + 1.0)
        copies += 1
        cumulated += mass
    return copies


@inlined
def after_selection(frequency, coefficient, dominance):
    """Return the allele's frequency among the gametes of selected parents.

    Fitnesses 1, 1 + hs, 1 + s in Hardy-Weinberg proportions (Ewens 2004, eq. 1.24).
    """
    both = frequency * frequency * (1.0 + coefficient)
    one = frequency * (1.0 - frequency) * (1.0 + dominance * coefficient)
    none = (1.0 - frequency) * (1.0 - frequency)
    return (both + one) / (both + 2.0 * one + none)


@inlined
def _among_gametes(copies, chromosomes, forces, gametes):
    """Write the allele's frequency among the gametes of each population's parents."""
    for population in range(len(copies)):
        size = chromosomes[population]
        gametes[population] = 0.0
        if size > 0:
            selected = after_selection(
                copies[population] / size, forces.coefficients[population], forces.dominance
            )
            gametes[population] = selected + forces.new_copies * (1.0 - selected)


@inlined
def _parental_frequency(parents, gametes):
    """Return the allele's frequency among gametes that come from several populations."""
    frequency = 0.0
    for population in range(len(gametes)):
        frequency += parents[population] * gametes[population]
    return min(frequency, 1.0)


@compiled
def first_path_that_ends(
    random,
    path,
    forces,
    start_frequency,
    goal,
    focal,
    lineage,
    starts,
    cumulated,
    latest,
    earliest,
):
    """Try paths until one ends between ``earliest`` and ``latest`` generations ago.

    They begin at ``starts`` with the probabilities whose sums are ``cumulated``: with
    one copy or, where it is not 0, at ``start_frequency``. Leaves the path in ``path``;
    returns when it began, its duration (or NEVER, after much work), the number of
    tries, and of those that reached their end at any time.
    """
    chromosomes = forces.chromosomes
    last = len(chromosomes) - 1
    work, tries, survived = 0, 0, 0
    while work < LARGEST_WORK:
        tries += 1
        began = starts[np.searchsorted(cumulated, random.random(), side="right")]
        origin = lineage[min(began, last)]
        size = chromosomes[min(began, last), origin]
        path[0] = 0
        path[0, origin] = 1
        if start_frequency > 0.0:
            path[0, origin] = min(max(int(start_frequency * size + 0.5), 1), size - 1)
        duration, generations = _run(random, path, forces, goal, focal, began, latest)
        work += generations * path.shape[1]
        if duration != NEVER:
            survived += 1
            if began - duration <= earliest:
                return began, duration, tries, survived
    return 0, NEVER, tries, survived


@inlined
def _run(random, path, forces, goal, focal, began, latest):
    """Run a path from ``path[0]``, ``began`` generations ago, until its end.

    Returns its duration in generations, or NEVER where the allele was lost or had not
    ended ``latest`` generations ago; and the number of generations that were run.
    """
    chromosomes = forces.chromosomes
    populations = chromosomes.shape[1]
    last = len(chromosomes) - 1
    gametes = np.empty(populations)
    for generation in range(min(began - latest, len(path) - 1)):
        ago = min(began - generation, last)
        below = min(began - generation - 1, last)
        _among_gametes(path[generation], chromosomes[ago], forces, gametes)
        parents = forces.parents[forces.matrix[below]]
        total = 0
        for population in range(populations):
            chance = _parental_frequency(parents[population], gametes)
            path[generation + 1, population] = binomial_quantile(
                chromosomes[below, population], chance, random.standard_normal()
            )
            total += path[generation + 1, population]
        if total == 0:
            return NEVER, generation + 1
        size = chromosomes[below, focal]
        if size > 0 and path[generation + 1, focal] >= goal * size:
            return generation + 1, generation + 1
    return NEVER, began - latest


@compiled
def standing_variation(random, chromosomes, began, copies):
    """Draw how a neutral allele came from one mutation to ``copies`` copies.

    Going back one generation, an allele with j copies among C' chromosomes had
    parental frequency p with density p^(j - 1) (1 - p)^(C' - j), Beta(j, C' - j + 1):
    the binomial probability of j, times 1/p, the stationary density of a neutral
    allele's frequency (Wright 1931). Where the parental number of copies rounds to
    none the mutation is new. While copies are many, several generations are taken in
    one stride, as if C' and j were smaller by as much. Origins in proportion to 2N.

    Returns the times (generations ago) and copies of each stride's older end, int64,
    empty arrays where nothing came of much work, and the number of tries.
    """
    last = len(chromosomes) - 1
    largest = 1
    for ago in range(min(began, last), last + 1):
        largest = max(largest, chromosomes[ago])
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
                times = _longer(times, room)
                path = _longer(path, room)
            stride = max(1, now // COPIES_PER_STRIDE)
            inverse = 0.0
            for generation in range(ago, ago + stride):
                inverse += 1.0 / chromosomes[min(generation, last)]
            parental = chromosomes[min(ago + stride, last)]
            frequency = random.beta(now / stride, (stride / inverse - now) / stride + 1.0)
            before = int(frequency * parental + 0.5)
            if before >= parental:
                continue
            ago += stride
            # A new mutation has one copy.
            times[steps], path[steps] = ago, max(before, 1)
            now = before
            steps += 1
        work += steps
        if random.random() * largest < chromosomes[min(ago, last)]:
            return times[:steps], path[:steps], tries
    return times[:0], path[:0], tries


@compiled
def _longer(array, room):
    longer = np.empty(room, dtype=array.dtype)
    longer[: len(array)] = array
    return longer


@compiled
def drift(random, copies, generations, forces):
    """Let an allele go from ``generations`` ago to the present, wherever it goes.

    Returns its copies, int64 (generations + 1, populations), oldest first.
    """
    chromosomes = forces.chromosomes
    populations = chromosomes.shape[1]
    last = len(chromosomes) - 1
    path = np.empty((generations + 1, populations), dtype=np.int64)
    path[0] = copies
    gametes = np.empty(populations)
    for step in range(generations):
        ago = min(generations - step, last)
        below = min(generations - step - 1, last)
        _among_gametes(path[step], chromosomes[ago], forces, gametes)
        parents = forces.parents[forces.matrix[below]]
        for population in range(populations):
            chance = _parental_frequency(parents[population], gametes)
            path[step + 1, population] = random.binomial(chromosomes[below, population], chance)
    return path
