"""Sweeps that are simulated forward and by coalflow, so that the two can be compared.

A table of settings and nothing else; it needs the standard library only, for the two
simulators live in environments of their own.

What holds everywhere:

* Generation 0 is where selection starts: its individuals are the first to be drawn from
  by fitness. Generations after it count up, those before it are negative. The sample is
  taken from the individuals of the last generation.
* Sizes are in diploid individuals, mating at random, selfing included (1/N).
* Fitness is 1, 1 + h s, 1 + s for 0, 1, 2 copies of the derived allele; within a
  population, parents are drawn in proportion to it.
* theta = 4 N mu and rho = 4 N r for the whole window, N being ``REFERENCE_SIZE``
  whatever the sizes of a setting, so mu and r per generation are the same in all.
* Positions are in windows: the analysed window is [0, 1). The selected site itself is
  not among the sites that statistics see.
"""

import dataclasses

REFERENCE_SIZE = 500
SAMPLED_HAPLOTYPES = 20


@dataclasses.dataclass(frozen=True)
class Epoch:
    """A time of one size, or of one rate of growth.

    It covers the generations from ``start + 1`` (of the first epoch: from the beginning
    of time) to the next epoch's ``start``. Generation g holds
    ``round(size * (1 + growth) ** (g - start))`` individuals.
    """

    start: int | None
    size: int
    growth: float = 0.0


@dataclasses.dataclass(frozen=True)
class SecondPopulation:
    """Population B, of constant size; the mutation arises in A.

    ``split`` is None if B was always there; otherwise B branches off A after that
    generation: its first generation, split + 1, has its parents in A. ``migration`` is
    the fraction of gametes in each generation, in either population, whose parent lives
    in the other; that parent is drawn by fitness among its own population.
    ``selection`` is s in B, with A's h.
    """

    size: int
    migration: float
    selection: float
    split: int | None = None


@dataclasses.dataclass(frozen=True)
class Setting:
    """One kind of sweep, provided that the allele is not lost.

    Nor may it take more than ``longest`` generations to ``end_frequency``, which matters
    only where migration holds it back.

    ``start_copies`` is the number of derived alleles in generation 0 of population A: one
    is a new mutation, more are a neutral mutation that drifted there. A mutation of a
    given number of copies is as likely on any piece of the branches above as many
    haplotypes of the whole population.
    Selection ends, and with it the sweep, in the first generation in which the frequency
    in A is ``end_frequency`` or more; ``generations_after`` later the sample is taken.
    ``sizes`` are A's, counted from generation 0; ``size_after``, if not None, is A's size
    in all of the ``generations_after``.
    ``site`` is the selected site's position in windows, negative if left of the window.
    """

    name: str
    selection: float
    dominance: float = 0.5
    start_copies: int = 1
    end_frequency: float = 1.0
    generations_after: int = 0
    site: float = 0.5
    sizes: tuple[Epoch, ...] = (Epoch(None, REFERENCE_SIZE),)
    size_after: int | None = None
    second: SecondPopulation | None = None
    longest: int = 2000
    theta: float = 110.0
    rho: float = 200.0


GROWTH = (Epoch(None, 500), Epoch(0, 500, growth=0.005))
BOTTLENECK_BEFORE = (Epoch(None, 500), Epoch(-120, 100), Epoch(-20, 500))
BOTTLENECK_DURING = (Epoch(None, 500), Epoch(40, 150), Epoch(100, 500))

# In the order in which they are worth running: the most telling first.
_TABLE = (
    Setting("hard_s.1", 0.1),
    Setting("soft_f.1", 0.05, start_copies=100),
    Setting("hard_s.05", 0.05),
    Setting("two_demes", 0.05, end_frequency=0.95, second=SecondPopulation(500, 0.002, 0.05)),
    Setting("soft_f.01", 0.05, start_copies=10),
    Setting("soft_f.2", 0.05, start_copies=200),
    Setting("linked_hard", 0.05, site=-0.25),
    Setting("partial_hard_.5", 0.05, end_frequency=0.5),
    Setting("growth", 0.05, sizes=GROWTH),
    Setting("hard_s.05_h1", 0.05, dominance=1.0),
    Setting("bottleneck_during", 0.1, sizes=BOTTLENECK_DURING),
    Setting("split_during", 0.05, second=SecondPopulation(500, 0.0, 0.05, split=60)),
    Setting("later_200", 0.05, generations_after=200),
    Setting("soft_f.05", 0.05, start_copies=50),
    Setting("linked_soft_.1", 0.05, start_copies=100, site=-0.25),
    Setting("partial_soft_.1_.7", 0.05, start_copies=100, end_frequency=0.7),
    Setting("bottleneck_before", 0.05, sizes=BOTTLENECK_BEFORE),
    Setting("bottleneck_after", 0.05, generations_after=150, size_after=100),
    # A quarter of a window away, little is left to see at these rates; here, more is.
    Setting("linked_hard_near", 0.1, site=-0.03),
    Setting("linked_soft_near", 0.1, start_copies=50, site=-0.03),
    Setting("hard_s.1_h0", 0.1, dominance=0.0),
    Setting("hard_s.02", 0.02),
    Setting("hard_s.01", 0.01),
    Setting("soft_growth", 0.05, start_copies=100, sizes=GROWTH),
    Setting("two_demes_local", 0.05, end_frequency=0.95, second=SecondPopulation(500, 0.001, 0.0)),
)

SETTINGS = {setting.name: setting for setting in _TABLE}
