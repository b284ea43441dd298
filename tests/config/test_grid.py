"""Names of cells, ranges of shards, blocks of the split: what must not change as data grow."""

import fractions
import itertools
import math
import re

import pytest
from helpers.data import PROPERTY
from hypothesis import given
from hypothesis import strategies as st

from coalflow.config import grid
from coalflow.config.registry.parameters import GENERAL, PARAMETERS
from coalflow.config.schema.simulation import Simulation

SIMULATION = {
    "demography": {"population_size": 10000, "history": "constant"},
    "samples": 10,
    "replicates": 20,
    "sequence_length": 50000,
    "mutation_rate": 1.5e-8,
    "recombination_rate": 1.0e-8,
}
GRID = {"population_size": [10000, 500], "history": ["growth", "constant"]}

SIZES = st.integers(1, 10**9) | st.floats(1.0e-12, 1.0e9)
VALUES = {
    "population_size": SIZES,
    "sequence_length": SIZES,
    "mutation_rate": st.floats(1.0e-12, 1.0e-2),
}
GRIDS = st.fixed_dictionaries(
    {},
    optional={
        name: st.lists(values, min_size=1, max_size=4, unique=True)
        for name, values in VALUES.items()
    },
)


def simulation(gridded=None, **changes):
    section = {**SIMULATION, **changes, **({"grid": gridded} if gridded else {})}
    return Simulation.model_validate(section)


def cells(**gridded):
    return grid.list_cells(simulation(gridded))


def names(**grid):
    return [cell.name for cell in cells(**grid)]


def test_without_a_grid_there_is_one_cell():
    (cell,) = cells()
    assert cell.name == "all"
    assert cell.parameters == {
        "population_size": 10000,
        "history": "constant",
        "sequence_length": 50000,
        "mutation_rate": 1.5e-8,
        "recombination_rate": 1.0e-8,
    }


def test_names_hold_what_varies_sorted_by_key():
    assert names(**GRID) == [
        "history=constant+population_size=10000",
        "history=constant+population_size=500",
        "history=growth+population_size=10000",
        "history=growth+population_size=500",
    ]


def test_parameters_are_those_of_the_name_and_those_that_all_cells_share():
    cell = next(c for c in cells(**GRID) if c.name == "history=growth+population_size=500")
    assert cell.parameters == {
        "population_size": 500,
        "history": "growth",
        "sequence_length": 50000,
        "mutation_rate": 1.5e-8,
        "recombination_rate": 1.0e-8,
    }


def test_a_parameter_with_one_value_in_the_grid_is_in_the_name():
    """So the name stays when a second value comes."""
    assert names(mutation_rate=[1.5e-8]) == ["mutation_rate=1.5e-08"]


def test_the_order_in_the_grid_does_not_matter():
    orders = [
        cells(**{key: list(values) for key, values in zip(keys, orders, strict=True)})
        for keys in itertools.permutations(GRID)
        for orders in itertools.product(*(itertools.permutations(GRID[key]) for key in keys))
    ]
    assert len(orders) == 8
    assert all(order == orders[0] for order in orders)


@pytest.mark.parametrize("spelling", [10000, 10000.0, 1.0e4])
def test_one_number_has_one_name(spelling):
    assert names(population_size=[spelling]) == ["population_size=10000"]


@PROPERTY
@given(GRIDS)
def test_each_combination_is_one_cell_with_a_name_of_its_own(grid):
    made = cells(**grid)
    combinations = {tuple(cell.parameters[key] for key in grid) for cell in made}
    assert combinations == set(itertools.product(*grid.values()))
    assert len({cell.name for cell in made}) == len(made) == len(combinations)


@PROPERTY
@given(GRIDS)
def test_names_can_be_folders_and_wildcards(grid):
    assert all(re.fullmatch(r"[A-Za-z0-9_.,=+-]+", name) for name in names(**grid))


@PROPERTY
@given(GRIDS.filter(bool), st.data())
def test_a_new_value_keeps_all_cells_there_were(grid, data):
    key = data.draw(st.sampled_from(sorted(grid)))
    new = data.draw(VALUES[key].filter(lambda value: value not in grid[key]))
    place = data.draw(st.integers(0, len(grid[key])))
    grown = {**grid, key: [*grid[key][:place], new, *grid[key][place:]]}
    before = {cell.name: cell for cell in cells(**grid)}
    after = {cell.name: cell for cell in cells(**grown)}
    assert {name: after.get(name) for name in before} == before
    assert len(after) > len(before)


@pytest.mark.parametrize("parameter", [name for name in GENERAL if name != "gene_flow"])
def test_a_single_value_is_that_of_the_cells(parameter):
    assert simulation().single_value(parameter) == cells()[0].parameters[parameter]


@pytest.mark.parametrize("parameter", PARAMETERS)
def test_every_parameter_has_a_place_of_its_own(parameter):
    nothing = Simulation(samples=10, replicates=20)
    assert nothing.single_value(parameter) is None
    assert parameter in type(simulation({"mutation_rate": [1e-8]}).grid).model_fields


def test_a_rate_of_zero_is_given():
    assert simulation(recombination_rate=0).single_value("recombination_rate") == 0


# Shards --------------------------------------------------------------------------------------


def ranges(replicates, size):
    return grid.list_shard_ranges(replicates, size)


@PROPERTY
@given(st.integers(1, 500), st.integers(1, 600))
def test_shards_cover_each_replicate_once(replicates, size):
    covered = [range(first, first + count) for first, count in ranges(replicates, size)]
    assert list(itertools.chain(*covered)) == list(range(replicates))


@PROPERTY
@given(st.integers(1, 500), st.integers(1, 600))
def test_all_shards_but_the_last_are_full(replicates, size):
    counts = [count for _, count in ranges(replicates, size)]
    assert set(counts[:-1]) <= {size}
    assert 1 <= counts[-1] <= size


@PROPERTY
@given(st.integers(1, 500), st.integers(1, 500), st.integers(1, 600))
def test_full_shards_stay_when_replicates_are_added(replicates, more, size):
    full = [shard for shard in ranges(replicates, size) if shard[1] == size]
    assert ranges(replicates + more, size)[: len(full)] == full


def test_shards_are_named_by_five_digits():
    """The wildcard of the rules knows no other names."""
    assert grid.name_shard(7) == "00007.npz"
    assert grid.name_shard(grid.MAX_SHARDS - 1) == "99999.npz"


# The split's block ---------------------------------------------------------------------------


@PROPERTY
@given(st.integers(1, 998).flatmap(lambda a: st.tuples(st.just(a), st.integers(1, 999 - a))))
def test_a_block_is_the_smallest_that_the_fractions_divide_without_remainder(thousandths):
    first, second = thousandths
    split = [n / 1000 for n in (first, second, 1000 - first - second)]
    whole = [
        block
        for block in range(1, 1001)
        if all((block * fractions.Fraction(str(part))).denominator == 1 for part in split)
    ]
    assert grid.find_split_block(split) == whole[0]


@PROPERTY
@given(st.lists(st.floats(0, 1, exclude_min=True, exclude_max=True), min_size=1, max_size=3))
def test_any_block_divides_without_remainder(split):
    block = grid.find_split_block(split)
    exact = [fractions.Fraction(str(part)) for part in split]
    if block is None:
        assert math.lcm(*(part.denominator for part in exact)) > 1000
    else:
        assert all((block * part).denominator == 1 for part in exact)


@pytest.mark.parametrize(
    ("split", "block"),
    [((0.8, 0.1, 0.1), 10), ((0.5, 0.25, 0.25), 4), ((0.998, 0.001, 0.001), 1000)],
)
def test_blocks_of_usual_splits(split, block):
    assert grid.find_split_block(split) == block


# Helpers ---------------------------------------------------------------------------------------


def drawn_by_cell(prior, sweeps):
    given = {"dominance": 0.5, "end_frequency": 1, "fixation_time": 0}
    section = simulation({"sweep": sweeps}, prior=prior, **given)
    return {cell.name: cell.drawn for cell in grid.list_cells(section)}


def test_a_helper_that_no_formula_names_is_drawn_for_the_target():
    prior = {"theta": {"formula": "2 * size"}, "size": {"uniform": [1, 2]}}
    (cell,) = grid.list_cells(simulation(prior=prior))
    assert cell.drawn == ["size", "theta"]


def test_a_helper_of_a_parameter_of_sweeps_is_drawn_where_there_is_one():
    prior = {
        "alpha": {"formula": "2 * strength"},
        "strength": {"formula": "selection_coefficient"},
        "selection_coefficient": {"uniform": [0.01, 0.02]},
    }
    assert drawn_by_cell(prior, ["neutral", "hard"]) == {
        "sweep=neutral": [],
        "sweep=hard": ["alpha", "selection_coefficient", "strength"],
    }
