"""What sequencing leaves of the truth, the same for simulations and for real data.

An observation is a dict, the config's section with every key filled in but these two, which
may be left out:

- ``individuals``: how many of the simulated ones are seen, ``{population: number}``. They
  are the first of each population;
- ``mask``: a BED file of accessible stretches, see :mod:`coalflow.windows.masks`;

and
- ``genotype_error``: the rate at which an allele is read as the other one;
- ``missing``: the rate of genotypes that are not called, one number; or
  ``{"individuals": n, "per_site": [...]}``, at how many sites of a file 0, 1, 2, ... of
  the genotypes of its n individuals are not called. Each site draws its number from these;
- ``polarisation_error``: the rate of sites whose two alleles are taken for each other;
- ``minimum_allele_count``: how often each of a site's two alleles must be called;
- ``polarised``: whether it is known which allele is ancestral;
- ``phased``: whether it is known which alleles of an individual stand on one chromosome.

On simulations all of it is laid, in this order, by :func:`see` and then :func:`code`. Real
data have their errors already; :mod:`coalflow.genomes.reading` reads them by the same keys, and
they too go through :func:`code`. Random numbers come from streams of the replicate's
seed, so a replicate is seen the same wherever it is read.
"""

import dataclasses

import numpy as np

from coalflow.core import seeds
from coalflow.core.files import read_json
from coalflow.windows import masks

# Nothing but the truth; what the ancestral alleles are is no matter of error.
PERFECT = {
    "phased": True,
    "missing": 0,
    "genotype_error": 0,
    "polarisation_error": 0,
}
ALLELES_AT_ONCE = 4_000_000  # what is worked on at a time, a byte each


@dataclasses.dataclass(frozen=True)
class Sampled:
    """Whose haplotypes these are: ``individuals`` are (population, number) pairs in their order.

    An individual has ``ploidy`` haplotypes, side by side.
    """

    individuals: tuple
    ploidy: int

    @classmethod
    def of(cls, individuals, ploidy):
        """Return it for any (population, number) pairs, also those of JSON."""
        return cls(tuple((name, number) for name, number in individuals), ploidy)

    @property
    def haplotypes(self):
        """How many each population has, a list."""
        return [self.ploidy * number for _, number in self.individuals]

    @property
    def number(self):
        """How many haplotypes there are."""
        return sum(self.haplotypes)


@dataclasses.dataclass(frozen=True)
class Seen:
    """The sites of replicates, as they are seen.

    ``haplotypes``, ``positions``, ``offsets`` and ``seed`` are as in
    :class:`coalflow.windows.shards.Shard`; ``called`` are the alleles that were called, bits like
    the haplotypes, or None where all are. An allele that was not called is 0.
    ``length`` is the replicates' in bases, None where that is not known.
    """

    haplotypes: np.ndarray
    called: np.ndarray
    positions: np.ndarray
    offsets: np.ndarray
    seed: np.ndarray
    length: np.ndarray
    sampled: Sampled

    @property
    def sites(self):
        """Number of sites of each replicate, int64 (replicates,)."""
        return np.diff(self.offsets)


def read(path):
    """Return the observation that ``measure_observation.py`` wrote."""
    return read_json(path)["observation"]


def in_settings(settings, path):
    """Return a program's settings with the observation in a file, and with who is seen."""
    observation = read(path)
    seen = dict(settings, observation=observation)
    if "samples" in settings:
        seen["samples"] = individuals_seen(observation, settings["samples"])
    return seen


def perfect(observation):
    """Return what an observation would be without errors, missing genotypes and lost phase.

    The sites that can be seen stay: those of the mask, common enough, in the same individuals.
    """
    return {**observation, **PERFECT}


def on_genome(observation, masked):
    """Return how a genome is read; the mask does not fit one that is simulated."""
    return {key: value for key, value in observation.items() if masked or key != "mask"}


def can_be_missing(observation):
    """Tell whether genotypes may be missing."""
    missing = observation["missing"]
    return any(missing["per_site"][1:]) if isinstance(missing, dict) else missing > 0


def has_errors(observation):
    """Tell whether what is seen of a replicate is a matter of chance."""
    rates = observation["genotype_error"], observation["polarisation_error"]
    return any(rates) or can_be_missing(observation)


def whose(observation, simulated, ploidy):
    """Return the :class:`Sampled` that is seen of simulated (population, number) pairs."""
    return Sampled.of(individuals_seen(observation, simulated), ploidy)


def individuals_seen(observation, simulated):
    """Return how many individuals of each population are seen, as (population, number) pairs.

    ``simulated`` are such pairs too, in the order of the haplotypes.
    """
    fewer = observation.get("individuals", {})
    return [(name, fewer.get(name, number)) for name, number in simulated]


# Which sites are seen, and with which errors -------------------------------------------------


def observe_replicates(shard, replicates, observation):
    """Return replicates of a shard as :class:`Seen`, and where in it they are.

    ``replicates`` are their indices in the shard. Sites that do not vary in what is seen of
    them are not among its sites. Where nothing is laid on, nothing is copied.
    """
    length = shard.truth.get("parameter/sequence_length")
    simulated = Sampled.of(shard.meta["samples"], shard.meta["ploidy"])
    kept, sampled = _individuals(shard.meta, observation)
    if sampled == simulated and not _changes_sites(observation):
        arrays = shard.haplotypes, None, shard.positions, shard.offsets, shard.seed
        return Seen(*arrays, length, simulated), replicates
    places = np.arange(len(replicates))
    rows, counts = _rows_of(shard, replicates)
    if "mask" in observation:
        accessible = _accessible(shard, replicates, rows, counts, observation["mask"])
        rows, counts = rows[accessible], _counts(places.repeat(counts)[accessible], len(places))
    parts, owner = [], places.repeat(counts)
    for some in _in_parts(counts, simulated.number):
        chosen = slice(counts[: some.start].sum(), counts[: some.stop].sum())
        alleles = np.unpackbits(shard.haplotypes[rows[chosen]], axis=1, count=simulated.number)
        alleles = np.ascontiguousarray(alleles[:, kept])
        of_some = shard.seed[replicates[some]]
        called = _lay_errors(alleles, counts[some], of_some, observation, sampled)
        varying = find_common_sites(alleles, called, observation["minimum_allele_count"])
        parts.append(
            (
                np.packbits(alleles[varying], axis=1),
                None if called is None else np.packbits(called[varying], axis=1),
                rows[chosen][varying],
                owner[chosen][varying],
            )
        )
    packed, called, rows, owner = (
        None if of[0] is None else np.concatenate(of) for of in zip(*parts, strict=True)
    )
    offsets = np.r_[0, np.cumsum(_counts(owner, len(places)))]
    of_replicates = shard.seed[replicates], None if length is None else length[replicates]
    return Seen(packed, called, shard.positions[rows], offsets, *of_replicates, sampled), places


def find_common_sites(alleles, called, fewest):
    """Return at which sites both alleles are called ``fewest`` times, bool (sites,).

    ``alleles`` is uint8 (sites, haplotypes), ``called`` the same, 1 where an allele was
    called, or None.
    """
    copies = alleles.sum(axis=1, dtype=np.int64)
    number = alleles.shape[1] if called is None else called.sum(axis=1, dtype=np.int64)
    return np.minimum(copies, number - copies) >= fewest


def _changes_sites(observation):
    return (
        "mask" in observation
        or observation["genotype_error"] > 0
        or observation["polarisation_error"] > 0
        or observation["minimum_allele_count"] > 1
        or can_be_missing(observation)
    )


def _rows_of(shard, replicates):
    """Return the rows of replicates' sites in a shard, and how many each has."""
    first, counts = shard.offsets[:-1][replicates], shard.sites[replicates]
    ends = np.cumsum(counts)
    return np.arange(counts.sum()) + np.repeat(first - (ends - counts), counts), counts


def _counts(owner, number):
    """Return how many sites each of a number of replicates has, int64 (number,)."""
    return np.bincount(owner, minlength=number)


def _in_parts(counts, haplotypes):
    """Yield slices of replicates that have few enough alleles together, one at the least."""
    ends, first = np.cumsum(counts) * haplotypes, 0
    while first < len(counts):
        before = ends[first - 1] if first else 0
        last = np.searchsorted(ends, before + ALLELES_AT_ONCE, side="right")
        last = max(int(last), first + 1)
        yield slice(first, last)
        first = last


def _accessible(shard, replicates, rows, counts, path):
    """Return which sites a stretch of the mask, drawn for each replicate, leaves."""
    mask = masks.read_mask(path)
    # A replicate's seed is the name here: it tells replicates of all runs apart.
    names = shard.seed[replicates].tolist()
    fractions = seeds.derive_fractions(0, "observation", "mask", names=names)
    lengths = shard.truth["parameter/sequence_length"][replicates]
    contig, base = mask.lay(lengths, fractions)
    return mask.covers_windows(contig, base, shard.positions[rows], counts)


def _individuals(meta, observation):
    """Return which haplotypes of a shard are seen, and whose they are."""
    simulated, ploidy = meta["samples"], meta["ploidy"]
    seen = individuals_seen(observation, simulated)
    kept, first = [], 0
    for (_, number), (_, fewer) in zip(simulated, seen, strict=True):
        kept.append(np.arange(first, first + ploidy * fewer))
        first += ploidy * number
    return np.concatenate(kept), Sampled.of(seen, ploidy)


# Errors ----------------------------------------------------------------------------------------
#
# Each function works on all sites of one replicate, and takes the generator of a stream of its
# seed. Rare events are drawn as their number and their places: far fewer random numbers.


def _lay_errors(alleles, counts, replicate_seeds, observation, sampled):
    """Lay errors on the alleles of replicates, in place; return what was called, or None.

    ``alleles`` is uint8 (sites, haplotypes), replicate by replicate, ``counts`` how many
    sites each has. What is called is uint8 (sites, haplotypes) too.
    """
    called = np.ones_like(alleles) if can_be_missing(observation) else None
    ends = np.cumsum(counts)
    for seed, start, end in zip(replicate_seeds.tolist(), ends - counts, ends, strict=True):
        of_one = slice(start, end)
        if observation["genotype_error"]:
            random = seeds.derive_generator(seed, "observation", "genotype_error")
            _lay_genotype_errors(alleles[of_one], observation["genotype_error"], random)
        if called is not None:
            random = seeds.derive_generator(seed, "observation", "missing")
            genotypes = (end - start, sampled.number // sampled.ploidy)
            missing = _missing(genotypes, observation["missing"], random)
            called[of_one] -= np.repeat(missing, sampled.ploidy, axis=1)
        if observation["polarisation_error"]:
            random = seeds.derive_generator(seed, "observation", "polarisation_error")
            turned = random.random(end - start) < observation["polarisation_error"]
            alleles[of_one] ^= turned[:, None].astype(np.uint8)
    if called is not None:
        alleles &= called
    return called


def _lay_genotype_errors(alleles, rate, random):
    """Turn alleles into the other one, each with a probability of ``rate``, in place."""
    alleles.reshape(-1)[_rare(alleles.size, rate, random)] ^= 1


def _missing(genotypes, missing, random):
    """Return which genotypes are not called, uint8 of the shape ``genotypes``.

    That is (sites, individuals). ``missing`` is as in an observation. With a file's numbers per
    site, a site draws one of them, and the individuals seen are a random sample of the file's.
    """
    lost = np.zeros(genotypes, dtype=np.uint8)
    sites, individuals = genotypes
    if not isinstance(missing, dict):
        lost.reshape(-1)[_rare(lost.size, missing, random)] = 1
        return lost
    below = np.cumsum(missing["per_site"])
    in_file = np.searchsorted(below, random.integers(below[-1], size=sites), side="right")
    some = np.flatnonzero(in_file)
    called_in_file = missing["individuals"] - in_file[some]
    numbers = random.hypergeometric(in_file[some], called_in_file, individuals)
    ranks = random.random((len(some), individuals)).argsort(axis=1).argsort(axis=1)
    lost[some] = ranks < numbers[:, None]
    return lost


def _rare(size, rate, random):
    """Return which of ``size`` things happen, each with a probability of ``rate``: their places."""
    return random.choice(size, random.binomial(size, rate), replace=False, shuffle=False)


# How alleles are coded -----------------------------------------------------------------------


def code_alleles(haplotypes, called, observation, ploidy):
    """Return alleles as they can be told, uint8 (windows, sites, haplotypes), 0 if not called.

    ``haplotypes`` is of that shape, 1 for one of the two alleles: the derived one in
    simulations, the alternative one in a VCF; ``called`` is 1 where an allele was called, or
    None where all were.

    Where the phase is lost, an individual's alleles are sorted, the copies of 1 first: what
    is left is their number. Where it is not known which allele is ancestral, 1 becomes the
    rarer allele at every site; if both are equally frequent, the first individual (or
    haplotype) with more copies of one than of the other has more of 0.
    """
    together = 1 if observation["phased"] else ploidy
    if not observation["polarised"]:
        flipped = _flipped(haplotypes, called, together)
        haplotypes = haplotypes ^ flipped[:, :, None].astype(np.uint8)
        if called is not None:
            haplotypes &= called
    return haplotypes if together == 1 else _sorted_within(haplotypes, together)


def _flipped(haplotypes, called, together):
    """Return at which sites allele 1 is the commoner one, bool (windows, sites)."""
    copies = haplotypes.sum(axis=2, dtype=np.int64)
    number = haplotypes.shape[2] if called is None else called.sum(axis=2, dtype=np.int64)
    flipped = 2 * copies > number
    tied = (2 * copies == number) & (copies > 0)
    ones = _of_individuals(haplotypes[tied], together)
    all_called = together if called is None else _of_individuals(called[tied], together)
    more_ones = 2 * ones - all_called
    first = (more_ones != 0).argmax(axis=1)
    flipped[tied] = more_ones[np.arange(len(first)), first] > 0
    return flipped


def _of_individuals(alleles, together):
    """Return sums over neighbouring alleles, int64 (sites, individuals)."""
    individuals = alleles.shape[1] // together
    return alleles.reshape(len(alleles), individuals, together).sum(axis=2, dtype=np.int64)


def _sorted_within(haplotypes, together):
    windows, sites, number = haplotypes.shape
    of_individuals = haplotypes.reshape(windows, sites, number // together, together)
    copies = of_individuals.sum(axis=3, dtype=np.uint8, keepdims=True)
    in_order = np.arange(together, dtype=np.uint8) < copies
    return in_order.reshape(windows, sites, number).astype(np.uint8)
