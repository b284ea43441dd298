"""The configs that come with coalflow are valid."""

import pytest
from helpers.configs import QUICKSTART, read_files


@pytest.mark.parametrize(
    "path",
    [path for at in ("*.yaml", "field/*.yaml") for path in sorted(QUICKSTART.parent.glob(at))],
    ids=lambda path: path.stem,
)
def test_every_ready_made_problem_is_valid(path):
    read_files(path)


@pytest.mark.parametrize(
    "path", sorted((QUICKSTART.parent / "species").glob("*.yaml")), ids=lambda path: path.stem
)
def test_another_species_takes_no_more_than_ten_lines(path):
    lines = [line for line in path.read_text().splitlines() if not line.startswith("#")]
    assert len(lines) <= 10
    changed = read_files(QUICKSTART.parent / "sweeps_small.yaml", path)
    assert path.stem in str(changed.simulation.demography)
