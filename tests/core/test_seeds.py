"""One seed gives all randomness: the same for the same labels, another for any others."""

import hashlib

import numpy as np
import pytest
import scipy.stats
from hypothesis import given, settings
from hypothesis import strategies as st

from coalflow.core import seeds

# The same examples on every machine.
PROPERTY = settings(derandomize=True, database=None, deadline=None)

SEED = 2018
MOST = 2**32 - 1  # the largest seed that msprime takes
LABELS = st.lists(st.integers(0, 2**40) | st.text(max_size=3), max_size=4)


def state(seed, *labels):
    """Return 128 bits of a stream."""
    return tuple(int(word) for word in seeds.derive_sequence(seed, *labels).generate_state(4))


def test_the_same_labels_give_the_same_stream():
    first, second = (seeds.derive_generator(SEED, "split", "all", 3).random(100) for _ in range(2))
    assert np.array_equal(first, second)


def test_streams_do_not_depend_on_the_order_in_which_they_are_used():
    names = [("replicate", "all", number) for number in range(20)]
    forwards = {name: seeds.derive_generator(SEED, *name).random() for name in names}
    backwards = {name: seeds.derive_generator(SEED, *name).random() for name in reversed(names)}
    assert forwards == backwards


def test_streams_do_not_depend_on_numpys_global_state():
    np.random.seed(1)  # noqa: NPY002 - the state that must not matter
    first = seeds.derive_generator(SEED, "a").random()
    np.random.seed(2)  # noqa: NPY002
    assert seeds.derive_generator(SEED, "a").random() == first


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ((SEED, "split", "all", 0), (SEED + 1, "split", "all", 0)),
        ((SEED, "split", "all", 0), (SEED, "split", "all", 1)),
        ((SEED, "split", "all", 0), (SEED, "split", "some", 0)),
        ((SEED, "split", "all", 0), (SEED, "all", "split", 0)),
        ((SEED, "net", "all", 1), (SEED, "net", "all", "1")),
        ((SEED, "ab", "c"), (SEED, "a", "bc")),
        ((SEED, "a", "b"), (SEED, "ab")),
        ((SEED, "a", 1, 2), (SEED, "a", 2, 1)),
        ((SEED,), (SEED, "")),
        ((SEED,), (SEED, 0)),
        ((SEED, "a"), (SEED, "a", 0)),
        ((SEED, 5, "a"), (SEED + 5 * 2**32, "a")),
        ((SEED, "a", 7, 5), (SEED, "a", 7 + 5 * 2**32)),
    ],
)
def test_other_labels_give_another_stream(one, other):
    assert state(*one) != state(*other)


@settings(PROPERTY, max_examples=500)
@given(LABELS, LABELS)
def test_any_other_labels_give_another_stream(one, other):
    assert (state(SEED, *one) == state(SEED, *other)) == (one == other)


def test_replicates_have_seeds_of_their_own():
    """By chance alone, two of 200,000 are the same once in 10**9 such runs."""
    cells = ["all", "history=growth", "history=constant", "population_size=10000"]
    found = {seeds.derive_replicate_seed(SEED, cell, n) for cell in cells for n in range(50_000)}
    assert len(found) == 200_000


def test_seeds_fit_where_they_go():
    """A replicate's into uint64; PyTorch's and NumPy's into 63 bits without a sign."""
    replicates = [seeds.derive_replicate_seed(SEED, "all", number) for number in range(1000)]
    integers = [seeds.derive_seed(SEED, "all", number) for number in range(1000)]
    assert 2**63 < max(replicates) < 2**64
    assert 2**62 < max(integers) < 2**63
    assert min(replicates) >= 0
    assert min(integers) >= 0
    assert {type(value) for value in [*replicates, *integers]} == {int}


@PROPERTY
@given(st.integers(0, 2**64 - 1))
def test_msprime_can_take_its_seeds(replicate_seed):
    assert all(1 <= seed <= MOST for seed in seeds.split_for_msprime(replicate_seed))


@pytest.mark.parametrize(
    ("replicate_seed", "expected"),
    [
        (0, (1, 1)),
        (5, (1, 5)),
        (5 << 32, (5, 1)),
        ((7 << 32) + 9, (7, 9)),
        (2**64 - 1, (MOST, MOST)),
    ],
)
def test_msprimes_seeds_are_the_two_halves(replicate_seed, expected):
    assert seeds.split_for_msprime(replicate_seed) == expected


def test_the_scheme_is_what_it_was():
    """These change only if all results do. Then say so, and write the new ones down here."""
    replicate = seeds.derive_replicate_seed(2018, "history=growth,population_size=10000", 7)
    assert replicate == 15835204217950135075
    weights = seeds.derive_seed(2018, "net", "flagel_tajimas_d", 1, "weights")
    assert weights == 1038981760716112263
    dealt = seeds.derive_generator(2018, "split", "all", 0).permutation(10).tolist()
    assert dealt == [0, 5, 2, 1, 7, 3, 9, 4, 6, 8]
    fractions = draw([2, 1], [2**63, 7], "observation", "missing", "number")
    assert fractions.tolist() == [0.504004882533433, 0.3186821407510042, 0.7702301371830957]


def test_a_fraction_belongs_to_its_name_and_its_labels():
    names = [3, "chr1:5", 2**64 - 1]
    given = seeds.derive_fractions(SEED, "a", names=names)
    assert seeds.derive_fractions(SEED, "a", names=names[::-1]).tolist() == given[::-1].tolist()
    assert seeds.derive_fractions(SEED, "a", names=np.array([3], np.uint64)).tolist() == [given[0]]
    for others in ((SEED + 1, "a"), (SEED, "b"), (SEED, "a", 0)):
        assert not set(seeds.derive_fractions(*others, names=names)) & set(given)
    assert seeds.derive_fractions(SEED, names=[]).shape == (0,)


def test_fractions_are_uniform():
    drawn = seeds.derive_fractions(SEED, "a", names=range(20_000))
    assert drawn.dtype == np.float64
    assert 0 <= drawn.min() < drawn.max() < 1
    assert scipy.stats.kstest(drawn, "uniform").pvalue > 0.01


# Random numbers of many replicates --------------------------------------------------------------


def draw(counts, replicate_seeds, *labels):
    return seeds.draw_fractions(np.array(counts), np.array(replicate_seeds, np.uint64), *labels)


def test_each_replicate_has_the_stream_of_philox_at_its_seed():
    drawn = draw([3, 0, 900], [2**64 - 1, 1, 7], "a", 1)
    key = int.from_bytes(hashlib.blake2b(b'["a", 1]', digest_size=16).digest(), "little")
    counters = [7 << 192, (2**64 - 1) << 192]
    short, long = (np.random.Philox(key=key, counter=counter) for counter in reversed(counters))
    streams = [np.random.Generator(short).random(3), np.random.Generator(long).random(900)]
    assert drawn.tolist() == np.concatenate(streams).tolist()


@PROPERTY
@given(
    st.lists(st.tuples(st.integers(0, 2**64 - 1), st.integers(0, 9)), min_size=1, max_size=8),
    st.data(),
)
def test_a_replicates_numbers_do_not_depend_on_the_others(replicates, data):
    def list_numbers(replicates):
        names, counts = ([one[part] for one in replicates] for part in (0, 1))
        own = np.split(draw(counts, names, "a"), np.cumsum(counts)[:-1])
        return [(name, numbers.tobytes()) for name, numbers in zip(names, own, strict=True)]

    together = list_numbers(replicates)
    order = data.draw(st.permutations(range(len(replicates))))
    assert list_numbers([replicates[at] for at in order]) == [together[at] for at in order]
    longer = list_numbers([(name, count + 3) for name, count in replicates])
    for (_, few), (_, more) in zip(together, longer, strict=True):
        assert more.startswith(few)


def test_no_two_streams_share_numbers():
    """By chance alone, two of 40,000 are the same once in 10**7 times."""
    labels = [("a",), ("b",), ("a", 0), ("a", "0")]
    drawn = [draw([100] * 100, range(100), *of_stream) for of_stream in labels]
    assert len(np.unique(drawn)) == 40_000


# Neighbouring seeds, seeds of which one bit differs, and other labels must not show. Pairs of
# numbers fall into 16 x 16 equal squares; seeds are fixed, p below .001 is a failure.
REPLICATES, LENGTH = 4000, 25


@pytest.mark.parametrize(
    ("replicate_seeds", "label"),
    [(range(1, REPLICATES + 1), "a"), (range(0, 2**62 + 1, 2**50), "a"), (range(REPLICATES), "b")],
)
def test_numbers_are_uniform_and_independent(replicate_seeds, label):
    names = np.array(replicate_seeds[:REPLICATES], np.uint64)
    reference, drawn = (
        draw([LENGTH] * len(names), names, one).reshape(-1, LENGTH) for one in ("reference", label)
    )
    one_bit = draw([LENGTH] * len(names), names ^ np.uint64(2**40), label).reshape(-1, LENGTH)
    assert scipy.stats.kstest(drawn.ravel(), "uniform").pvalue > 0.001
    pairs = {
        "numbers of a replicate": (drawn[:, 1:], drawn[:, :-1]),
        "neighbouring seeds": (drawn[1:], drawn[:-1]),
        "one bit": (drawn, one_bit),
        "labels": (drawn, reference),
    }
    for name, (one, other) in pairs.items():
        squares = (one * 16).astype(int) * 16 + (other * 16).astype(int)
        found = scipy.stats.chisquare(np.bincount(squares.ravel(), minlength=256))
        assert found.pvalue > 0.001, name
