"""Who is sampled, and the order in which models take populations."""

import itertools

import pytest

from coalflow.config.schema.samples import Samples

LISTED = ("old", "south", "north", "west")


def order(samples, listed=LISTED):
    return Samples.from_config(samples, None, listed=listed)


@pytest.mark.parametrize(
    ("samples", "expected"),
    [
        ({"north": 5, "south": 5}, ["south", "north"]),
        ({"north": 3, "south": 5}, ["north", "south"]),
        ({"west": 4, "north": 4, "south": 9}, ["north", "west", "south"]),
    ],
)
def test_the_smallest_sample_is_first_and_of_equal_ones_the_first_of_the_history(samples, expected):
    for written in itertools.permutations(samples.items()):
        assert order(dict(written)).ordered == expected


def test_without_a_history_names_decide():
    assert order({"south": 4, "north": 5}, ()).ordered == ["north", "south"]
    assert order({"south": 4, "east": 5}).ordered == ["east", "south"]  # a mistake of the config


def test_nothing_is_written_where_the_order_is_that_of_names():
    assert order({"south": 5, "north": 3}).order is None
    assert "order" not in order({"south": 5, "north": 3}).as_json()
    assert "order" not in order(5).as_json()
    assert order(5).ordered == []


def test_fewer_individuals_have_the_same_order():
    fewer = order({"north": 5, "south": 5}).fewer({"south": 4, "north": 1})
    assert fewer.ordered == ["south", "north"]
