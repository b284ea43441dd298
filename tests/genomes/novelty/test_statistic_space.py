"""Windows in principal components: near where they are alike, far where they are not."""

import numpy as np
import pandas as pd
import pytest

from coalflow.genomes.novelty.statistic_space import (
    build_space,
    find_differences,
    measure_distances,
    project_on_plane,
)

NAMES = ["segregating sites", "Tajima's D", "H12"]


@pytest.fixture
def pilot():
    values = np.random.default_rng(1).normal(size=(300, 3)) * [100, 1, 0.01]
    return pd.DataFrame(values, columns=NAMES)


def space_of(pilot):
    return build_space(pilot, np.zeros(len(pilot), dtype=np.int64))


def test_pilot_windows_are_at_no_distance_and_99_percent_have_a_neighbour_within_reach(pilot):
    space = space_of(pilot)
    np.testing.assert_allclose(measure_distances(space, pilot), 0, atol=1e-6)
    apart = np.linalg.norm(space.coordinates[:, None] - space.coordinates, axis=2)
    nearest = np.sort(apart, axis=1)[:, 1]
    assert (nearest <= space.reach).mean() == pytest.approx(0.99, abs=0.005)


def test_the_units_of_statistics_do_not_matter(pilot):
    other = pilot * [0.001, 7, 1000]
    window = pilot[:5] + [300, 2, 0.03]
    apart = measure_distances(space_of(pilot), window)
    np.testing.assert_allclose(
        measure_distances(space_of(other), window * [0.001, 7, 1000]), apart, rtol=1e-6
    )


def test_what_differs_most_is_named_first(pilot):
    window = pilot[:5].assign(**{NAMES[2]: 0.2, NAMES[0]: 400.0})
    assert find_differences(space_of(pilot), window, pilot) == [NAMES[2], NAMES[0]]


def test_a_statistic_that_does_not_vary_does_no_harm(pilot):
    same = pilot.assign(**{NAMES[1]: 1.0})
    assert np.isfinite(measure_distances(space_of(same), same[:3])).all()


def test_a_plane_has_two_coordinates_for_every_window(pilot):
    places = project_on_plane(pilot, [pilot[:3], pilot[5:6]])
    assert [one.shape for one in places] == [(300, 2), (3, 2), (1, 2)]
    np.testing.assert_allclose(places[1], places[0][:3])
    (plane,) = project_on_plane(pilot[NAMES[:1]], [])
    assert plane.shape == (300, 2)
