"""The frequency of a selected allele through time: Wright-Fisher, given its end.

A sweep is asked for by its end: ``fixation_time`` generations ago the allele
became fixed, or first reached ``end_frequency``. A Wright-Fisher population runs
the other way, so its paths must be made to end when they should.

Where sizes do not change, a path is run from anywhere, and moved. Where they
change, moving it would change the sizes it ran through. There, new mutations arise
in proportion to the number of chromosomes of their generation, each is followed
under the sizes that it meets, and the first path is taken that ends close to the
time asked for: within 2 % of the sweep's likely duration. Nothing is approximated
by that: the path is one of those that end when it ends, and when that was is recorded.

**Standing variation.** Before selection set in, an allele at frequency f0 had
drifted from a single mutation. Backwards in time the neutral diffusion of such an
allele is that of one bound for loss (Kimura and Ohta 1973; Griffiths 2003), with
new mutations in proportion to 2N. See :func:`_standing_variation`. f0 is given, so
every generation is as good for the start of selection as any other.
"""

import dataclasses
import math

import numpy as np

from coalflow.errors import CoalflowError
from coalflow.simulation.compiled import compiled
from coalflow.simulation.generations import NOWHERE

LONGEST = 1_000_000  # generations of selection that a path may take
LARGEST_WORK = 400_000_000  # generations (by populations) tried for one path, some 15 seconds
TOLERANCE = 0.02  # of the likely duration, for the end of a sweep under changing sizes
LEAST, MOST = 2.5, 8.0  # standard deviations of the duration: how far a sweep may be off
NORMAL_FROM = 64.0  # binomial variance from which the quantile is expanded
COPIES_PER_STRIDE = 200  # a neutral allele moves some 7 % in a stride
FREQUENCIES = 1001  # at which the mean duration is summed up
NEVER = -1  # duration of a path that did not end as it should


@dataclasses.dataclass(frozen=True)
class Selection:
    """How an allele is selected, and between which frequencies.

    Fitnesses are 1, 1 + ``dominance`` * s and 1 + s for none, one and two copies;
    ``coefficient`` is s. ``start_frequency`` is None for one new copy.
    ``new_copies`` is the rate, per chromosome and generation, at which ancestral
    copies mutate to the selected allele while the sweep goes on.
    """

    coefficient: float
    dominance: float = 0.5
    start_frequency: float | None = None
    end_frequency: float = 1.0
    new_copies: float = 0.0


@dataclasses.dataclass(frozen=True)
class Trajectory:
    """An allele's copies from the time of sampling (or fixation) back to its origin.

    Step i goes from ``times[i]`` back to ``times[i + 1]`` generations ago.
    ``copies`` and ``chromosomes``, int64 (steps, populations), are those at its older
    end, where the parents lived; ``copies_at_end`` and ``chromosomes_at_end``
    (populations,) those at ``times[0]``. ``matrix`` (steps,) tells where parents
    lived (see ``Generations``). Selection acted between ``selection_began`` and
    ``fixation_time`` generations ago. ``tries`` counts the paths that it took.
    """

    times: np.ndarray
    copies: np.ndarray
    chromosomes: np.ndarray
    matrix: np.ndarray
    copies_at_end: np.ndarray
    chromosomes_at_end: np.ndarray
    fixation_time: int
    selection_began: int
    tries: int

    @property
    def origin(self):
        """Generations ago at which the allele arose."""
        return int(self.times[-1])


class Sampler:
    """Draws trajectories in one population of a history.

    ``generations`` is a ``Generations``, ``population`` the name of the one in which
    the sweep is to end, ``selected_in`` the names of those in which the allele is
    selected (default: in all of them).
    """

    def __init__(self, generations, population, selected_in=None):
        self.history = generations
        self.focal = generations.names.index(population)
        self.lineage = generations.ancestry_of(population)
        self.selected = np.array(
            [selected_in is None or name in selected_in for name in generations.names]
        )
        self._path = np.empty((LONGEST + 1, len(generations.names)), dtype=np.int64)

    def draw(self, random, selection, fixation_time):
        """Return a random :class:`Trajectory` that ends ``fixation_time`` generations ago.

        ``random`` is a numpy generator, ``fixation_time`` a whole number. Raises
        CoalflowError where no path ended so within reasonable work.
        """
        began, duration, tries = self._selected_path(random, selection, fixation_time)
        ended = began - duration
        # Rows of a trajectory go back in time; those of a path go forward.
        times = [np.arange(ended + 1, began + 1)]
        copies = [self._path[:duration][::-1]]
        at_end = self._path[duration].copy()
        if selection.start_frequency is not None:
            older, standing, more = self.standing_variation(random, began, self._path[0, 0])
            times.append(older)
            copies.append(standing[:, None])
            tries += more
        if selection.end_frequency < 1 and ended > 0:
            drifted = self._drift(random, at_end, ended)
            times.insert(0, np.arange(1, ended + 1))
            copies.insert(0, drifted[:-1][::-1])
            at_end = drifted[-1]
        ages = np.concatenate(times)
        steps = np.concatenate([[ages[0] - 1], ages])
        return Trajectory(
            times=steps.astype(np.float64),
            copies=np.concatenate(copies),
            chromosomes=self.history.chromosomes[self._row(ages)],
            matrix=self.history.matrix[self._row(steps[:-1])],
            copies_at_end=at_end,
            chromosomes_at_end=self.history.chromosomes[self._row(steps[0])],
            fixation_time=ended,
            selection_began=began,
            tries=tries,
        )

    def _row(self, generation):
        """Return the row of the history's arrays for some generations ago."""
        return np.minimum(generation, len(self.history.matrix) - 1)

    def _selected_path(self, random, selection, fixation_time):
        """Leave a path in ``_path``; return when it began, how long it took, and the tries."""
        starts, weights, likely = self._plausible_starts(selection, fixation_time)
        steady = self._steady_until(fixation_time)
        moved = steady > starts[-1]
        if moved:
            # Nothing changes: a path may begin anywhere there, and is moved to its end.
            starts = np.array([min(steady, fixation_time + LONGEST)])
            window = (fixation_time, starts[0])
            weights = np.ones(1)
        else:
            tolerance = round(TOLERANCE * likely)
            window = (max(fixation_time - tolerance, 0), fixation_time + tolerance)
        if weights.sum() == 0:
            raise CoalflowError(_not_there(self.history.names[self.focal], fixation_time))
        began, duration, tries, survived = _first_path_that_ends(
            random,
            self._path,
            self.history.chromosomes,
            self.history.matrix,
            self.history.parents,
            np.where(self.selected, selection.coefficient, 0.0),
            selection.dominance,
            selection.new_copies,
            selection.start_frequency or 0.0,
            selection.end_frequency,
            self.focal,
            self.lineage,
            starts,
            np.cumsum(weights) / weights.sum(),
            *window,
        )
        if duration == NEVER:
            raise CoalflowError(_hopeless(selection, fixation_time, tries, survived))
        if moved:
            began = fixation_time + duration
        return began, duration, tries

    def _plausible_starts(self, selection, fixation_time):
        """Return when a sweep may have begun, in proportion to what, and its likely duration.

        How long a sweep takes depends on how many chromosomes there are when it begins and
        when it ends, by halves; less often than once in some 10,000 sweeps does it take
        ``LEAST`` standard deviations less, or ``MOST`` more. New mutations arise in
        proportion to the chromosomes there are; standing variation is as likely at any time.
        """
        place = self.lineage[self._row(fixation_time)]
        if place == NOWHERE:
            raise CoalflowError(_not_there(self.history.names[self.focal], fixation_time))
        at_end = self.history.chromosomes[self._row(fixation_time), place]
        likely, deviation = duration(selection, at_end)
        met = self._sizes(np.arange(fixation_time, fixation_time + round(2 * likely)))
        smallest, largest = met[met > 0].min(), met.max()
        fastest, slowest = likely, likely
        if smallest < largest:
            fastest, least = duration(selection, smallest)
            slowest, most = duration(selection, largest)
            deviation = max(deviation, least, most)
        earliest = max(int(min(fastest, slowest) - LEAST * deviation), 1)
        latest = math.ceil(max(fastest, slowest) + MOST * deviation) + 2
        starts = np.arange(fixation_time + earliest, fixation_time + latest)
        sizes = self._sizes(starts)
        expected = np.interp(
            np.log(np.maximum(sizes, 1)), np.log([smallest, largest]), [fastest, slowest]
        )
        plausible = starts - fixation_time <= (expected + likely) / 2 + MOST * deviation
        if selection.start_frequency is not None:
            sizes = np.minimum(sizes, 1)
        return starts, np.where(plausible, sizes, 0), likely

    def _sizes(self, generations):
        """Return how many chromosomes the focal population, or its ancestors, had; 0 for none."""
        row = self._row(generations)
        place = self.lineage[row]
        return np.where(place == NOWHERE, 0, self.history.chromosomes[row, place])

    def _steady_until(self, generation):
        """Return the oldest generation up to which nothing changes, going back."""
        first = self._row(generation)
        history = self.history
        changes = (history.chromosomes[first:] != history.chromosomes[first]).any(axis=1)
        changes |= history.matrix[first:] != history.matrix[first]
        return generation + int(changes.argmax()) - 1 if changes.any() else math.inf

    def standing_variation(self, random, began, copies):
        """Draw how an allele drifted to ``copies`` copies, ``began`` generations ago.

        Returns the times (generations ago) of some steps back to its origin, the copies
        then, both int64, and the number of tries. Raises CoalflowError for several
        populations, or where nothing came of much work.
        """
        if len(self.history.names) > 1:
            raise CoalflowError(
                "a sweep from standing variation needs a demography of one population; "
                f"this one has {len(self.history.names)}. Use hard sweeps, or one population"
            )
        times, path, tries = _standing_variation(
            random, self.history.chromosomes[:, 0], began, copies
        )
        if len(times) == 0:
            raise CoalflowError(
                f"no neutral allele with {copies:,} copies {began:,} generations ago could be "
                f"followed back to its origin, in {tries:,} tries. Lower start_frequency"
            )
        return times, path, tries

    def _drift(self, random, copies, generations):
        return _drift(
            random,
            copies,
            generations,
            self.history.chromosomes,
            self.history.matrix,
            self.history.parents,
        )


def duration(selection, chromosomes):
    """Return mean and standard deviation of a sweep's duration, given that its end is reached.

    In generations, for one population of constant size, by the diffusion (Kimura and Ohta
    1969, eq. 17; Ewens 2004, section 4.6). With u(y) the chance of fixation from frequency
    y, psi = u' and b = y (1 - y) / 2N, a path from p to 1 spends around y the time
    2 u(y) (1 - u(y)) / (b psi), or for y < p 2 u(y)^2 (1 - u(p)) / (u(p) b psi). With
    m(y) the mean time to the end from y on, the mean of the squared time is twice the
    integral of the time spent around y, times m(y). Time spent above ``end_frequency`` is
    left out.
    """
    mean, squared = _duration_moments(
        float(selection.coefficient),
        float(selection.dominance),
        float(selection.start_frequency or 1 / chromosomes),
        float(selection.end_frequency),
        float(chromosomes),
    )
    return max(mean, 1.0), math.sqrt(max(squared - mean * mean, 0.0))


@compiled
def _duration_moments(coefficient, dominance, start, end, chromosomes):
    """Return the mean of a duration and of its square.

    Integrals are sums over frequencies that are evenly spaced in their logit. ``ahead`` is
    (1 - u) / psi, ``behind`` the integral of u^2 / b psi up to y, times psi; both are
    summed from the side where they vanish, as psi itself does where selection is strong.
    """
    scale = math.log(2.0 * chromosomes)
    step = 2.0 / (FREQUENCIES - 1)
    frequency, exponent, width, around = np.empty((4, FREQUENCIES))
    fixed, ahead, behind, to_come = np.zeros((4, FREQUENCIES))
    first, last = 0, 0
    for i in range(FREQUENCIES):
        y = 1.0 / (1.0 + math.exp(-scale * (i * step - 1.0)))
        frequency[i], width[i] = y, y * (1.0 - y) * scale * step
        drift = dominance * y + (1.0 - 2.0 * dominance) * y * y / 2.0
        exponent[i] = 2.0 * chromosomes * coefficient * drift
        fixed[i] = fixed[max(i - 1, 0)] + math.exp(exponent[0] - exponent[i]) * width[i]
        if y < start:
            first = i + 1
        if y <= end:
            last = i
    fixed /= fixed[-1]
    for i in range(FREQUENCIES - 2, -1, -1):
        fall = exponent[i + 1] - exponent[i]
        within = -math.expm1(-fall) / fall if fall > 0.0 else 1.0
        ahead[i] = width[i] * within + ahead[i + 1] * math.exp(-fall)
    # 2 / b around y, per cell
    for i in range(FREQUENCIES):
        around[i] = 2.0 * chromosomes * scale * step
    for i in range(last, -1, -1):
        to_come[i] = (to_come[i + 1] if i < last else 0.0) + around[i] * fixed[i] * ahead[i]
    for i in range(last + 1):
        if i > 0:
            behind[i] = behind[i - 1] * math.exp(exponent[i - 1] - exponent[i])
        behind[i] += around[i] * fixed[i] * fixed[i]
    mean, squared = 0.0, 0.0
    for i in range(last + 1):
        spent = around[i] * fixed[i] * ahead[i]
        if i < first:
            since = math.exp(min(exponent[i] - exponent[first], 0.0)) * ahead[first]
            spent = around[i] * fixed[i] * since * fixed[i] / fixed[first]
        mean += spent
        squared += 2.0 * spent * (to_come[i] + behind[i] * ahead[i] / fixed[i])
    return mean, squared


def _hopeless(selection, fixation_time, tries, survived):
    return (
        f"no sweep with {selection} ended {fixation_time:,} generations ago: of {tries:,} "
        f"allele-frequency paths {survived:,} reached their end frequency, none in time. Make "
        "selection stronger, or look whether the population was there, and large enough"
    )


def _not_there(population, fixation_time):
    return (
        f"the sweep that ended {fixation_time:,} generations ago would have to begin before "
        f"there was a population {population}, or any single one that it came from. "
        "Lower fixation_time, or name another population"
    )


@compiled
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


@compiled
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


@compiled
def after_selection(frequency, coefficient, dominance):
    """Return the allele's frequency among the gametes of selected parents.

    Fitnesses 1, 1 + hs, 1 + s in Hardy-Weinberg proportions (Ewens 2004, eq. 1.24).
    """
    both = frequency * frequency * (1.0 + coefficient)
    one = frequency * (1.0 - frequency) * (1.0 + dominance * coefficient)
    none = (1.0 - frequency) * (1.0 - frequency)
    return (both + one) / (both + 2.0 * one + none)


@compiled
def _among_gametes(copies, chromosomes, coefficients, dominance, new_copies, gametes):
    """Write the allele's frequency among the gametes of each population's parents."""
    for population in range(len(copies)):
        size = chromosomes[population]
        gametes[population] = 0.0
        if size > 0:
            selected = after_selection(
                copies[population] / size, coefficients[population], dominance
            )
            gametes[population] = selected + new_copies * (1.0 - selected)


@compiled
def _parental_frequency(parents, gametes):
    """Return the allele's frequency among gametes that come from several populations."""
    frequency = 0.0
    for population in range(len(gametes)):
        frequency += parents[population] * gametes[population]
    return min(frequency, 1.0)


@compiled
def _first_path_that_ends(
    random,
    path,
    chromosomes,
    matrix,
    parents,
    coefficients,
    dominance,
    new_copies,
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
        duration, generations = _run(
            random,
            path,
            chromosomes,
            matrix,
            parents,
            coefficients,
            dominance,
            new_copies,
            goal,
            focal,
            began,
            latest,
        )
        work += generations * path.shape[1]
        if duration != NEVER:
            survived += 1
            if began - duration <= earliest:
                return began, duration, tries, survived
    return 0, NEVER, tries, survived


@compiled
def _run(
    random,
    path,
    chromosomes,
    matrix,
    parents,
    coefficients,
    dominance,
    new_copies,
    goal,
    focal,
    began,
    latest,
):
    """Run a path from ``path[0]``, ``began`` generations ago, until its end.

    Returns its duration in generations, or NEVER where the allele was lost or had not
    ended ``latest`` generations ago; and the number of generations that were run.
    """
    populations = chromosomes.shape[1]
    last = len(chromosomes) - 1
    gametes = np.empty(populations)
    for generation in range(min(began - latest, len(path) - 1)):
        ago = min(began - generation, last)
        below = min(began - generation - 1, last)
        _among_gametes(
            path[generation], chromosomes[ago], coefficients, dominance, new_copies, gametes
        )
        total = 0
        for population in range(populations):
            chance = _parental_frequency(parents[matrix[below], population], gametes)
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
def _standing_variation(random, chromosomes, began, copies):
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
def _drift(random, copies, generations, chromosomes, matrix, parents):
    """Let an allele drift from ``generations`` ago to the present.

    Returns its copies, int64 (generations + 1, populations), oldest first.
    """
    populations = chromosomes.shape[1]
    last = len(chromosomes) - 1
    path = np.empty((generations + 1, populations), dtype=np.int64)
    path[0] = copies
    gametes = np.empty(populations)
    neutral = np.zeros(populations)
    for step in range(generations):
        ago = min(generations - step, last)
        below = min(generations - step - 1, last)
        _among_gametes(path[step], chromosomes[ago], neutral, 0.5, 0.0, gametes)
        for population in range(populations):
            chance = _parental_frequency(parents[matrix[below], population], gametes)
            path[step + 1, population] = random.binomial(chromosomes[below, population], chance)
    return path
