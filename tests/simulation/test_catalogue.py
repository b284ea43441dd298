"""Some of stdpopsim's catalogue: coalflow's diversity is that of stdpopsim's own engine.

``validation/validate_catalogue.py`` compares all of it.
"""

import pytest
from scipy import stats
from validate_catalogue import Entry, compare

REPLICATES = 60
LEVEL = 1e-3  # of all comparisons of an entry together

ENTRIES = [
    Entry("EscCol"),
    Entry("HomSap", chromosome="MT"),
    Entry("HomSap", "AncientEurasia_9K19"),
    Entry("HomSap", "AncientEurope_4A21"),
    Entry("AnaPla", "MallardBlackDuck_2L19"),
    Entry("PanTro", "BonoboGhost_4K19", "Y"),
]


@pytest.mark.parametrize("entry", ENTRIES, ids=[entry.name for entry in ENTRIES])
def test_diversity_and_divergence_are_those_of_stdpopsim(entry):
    comparisons = compare(entry, REPLICATES)
    critical = stats.norm.isf(LEVEL / 2 / len(comparisons))
    far = {one.populations: one.z for one in comparisons if abs(one.z) > critical}
    assert not far
    # Twice or half as much would show.
    within = [one for one in comparisons if len(one.populations) == 1]
    errors = [stats.sem(one.ours) / one.ours.mean() for one in within]
    assert min(errors) * critical * 2**0.5 < 0.5
