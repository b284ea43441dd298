"""What differences look like: patterns are recognised, whatever their strength."""

import pytest

from coalflow.genomes.novelty.causes import (
    FIXES_OF_CAUSES,
    PATTERN_STATISTICS,
    PATTERNS,
    find_causes,
)
from coalflow.genomes.novelty.wording import describe_causes
from coalflow.statistics.window_statistics import SITES, SPAN


def read_pattern(cause, strength):
    numbers = PATTERNS[cause][strength].split()
    return {name: int(each) / 10 for name, each in zip(PATTERN_STATISTICS, numbers, strict=True)}


@pytest.mark.parametrize("cause", PATTERNS)
def test_each_pattern_is_recognised_at_any_strength(cause):
    shifts = {name: 0.3 * shift for name, shift in read_pattern(cause, 1).items()}
    first = find_causes(shifts)[0]
    assert first.name == cause
    assert first.similarity == pytest.approx(1)
    assert first.fix == FIXES_OF_CAUSES[cause]


def test_few_differences_look_like_nothing():
    assert find_causes(dict.fromkeys(PATTERN_STATISTICS, 0.0)) == ()
    odd = {name: (-1.0) ** row for row, name in enumerate(PATTERN_STATISTICS)}
    assert find_causes(odd) == ()


def test_windows_with_a_number_of_sites_are_compared_by_the_bases_that_these_span():
    shifts = read_pattern("less diversity (population_size or mutation_rate)", 1)
    shifts[SPAN] = -shifts.pop(SITES)
    assert find_causes(shifts)[0].similarity == pytest.approx(1)


def test_causes_in_words():
    causes = find_causes(read_pattern("growth", 1))
    assert describe_causes(causes[:1]) == "such differences look like growth (similarity 1.00)"
