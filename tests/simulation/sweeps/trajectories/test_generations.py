"""A demes graph as generations."""

import demes
import numpy as np
import pytest

from coalflow.core.errors import CoalflowError
from coalflow.simulation.sweeps.trajectories import generations


def out_of_africa():
    builder = demes.Builder(time_units="generations")
    builder.add_deme("old", epochs=[{"start_size": 1000, "end_time": 300}])
    builder.add_deme("A", ancestors=["old"], epochs=[{"start_size": 800}])
    builder.add_deme(
        "B",
        ancestors=["old"],
        epochs=[{"start_size": 50, "end_time": 200}, {"start_size": 50, "end_size": 5000}],
    )
    builder.add_migration(source="A", dest="B", rate=0.01, start_time=100)
    builder.add_pulse(sources=["A"], dest="B", proportions=[0.2], time=50)
    return builder.resolve()


def test_sizes_follow_the_epochs():
    graph = out_of_africa()
    history = generations.expand_graph(graph)
    assert history.names == ["old", "A", "B"]
    assert history.chromosomes[[0, 199, 300, 301]].tolist() == [
        [0, 1600, 10000],
        [0, 1600, round(2 * graph["B"].size_at(199))],
        [2000, 0, 0],
        [2000, 0, 0],
    ]
    for ago in (0, 20, 150, 250):
        assert history.chromosomes[ago, 2] == pytest.approx(2 * graph["B"].size_at(ago), abs=0.5)


def test_parents_live_where_migration_pulses_and_ancestry_put_them():
    history = generations.expand_graph(out_of_africa())

    def parents(generation):
        return history.parents[history.matrix[generation]]

    np.testing.assert_allclose(parents(10)[2], [0, 0.01, 0.99])
    np.testing.assert_allclose(parents(49)[2], [0, 0.01 + 0.99 * 0.2, 0.99 * 0.8])
    np.testing.assert_allclose(parents(150), np.eye(3))
    np.testing.assert_allclose(parents(299)[1:], [[1, 0, 0], [1, 0, 0]])
    np.testing.assert_allclose(history.parents.sum(axis=2), 1)


def test_ancestors_lived_in_the_population_that_theirs_split_from():
    history = generations.expand_graph(out_of_africa())
    places = history.follow_ancestors("B")
    assert set(places[:300]) == {2}
    assert set(places[300:]) == {0}


def test_what_is_not_wright_fisher_is_refused():
    builder = demes.Builder(time_units="generations")
    builder.add_deme(
        "A", epochs=[{"start_size": 10, "end_time": 9}, {"end_size": 20, "size_function": "linear"}]
    )
    with pytest.raises(CoalflowError, match="deme A: size_function linear"):
        generations.expand_graph(builder.resolve())
