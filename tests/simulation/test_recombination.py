"""Stretches of recombination maps: from known rates alone, each possible start equally likely."""

import json
import sys

import msprime
import numpy as np
import pytest
import stdpopsim
from helpers.cases import CASES
from helpers.configs import HEADER, complaint_about, sweeps_with

import recombination_map
from coalflow.config.loading import read_config
from coalflow.config.settings.making import SettingsMaker
from coalflow.core.errors import CoalflowError
from coalflow.simulation.recombination import RecombinationMap


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    """Be in a folder of one's own."""
    monkeypatch.chdir(tmp_path)


def make_map(text):
    with open("map.txt", "w") as file:
        file.write(text)
    return RecombinationMap("map.txt")


def test_stretches_begin_anywhere_with_equal_chance():
    rows = [f"{1000 * row} {1 + row}\n" for row in range(101)]
    whole, random = make_map("".join(["pos rate\n", *rows])), np.random.default_rng(1)
    starts = [whole.draw_stretch(20_000, random).rate[0] * 1e8 - 1 for _ in range(4000)]
    # Uniform from 0 to 80: mean 40, standard deviation 23.1; |z| < 3.3, p = .001.
    assert abs(np.mean(starts) - 39.5) < 3.3 * 23.1 / 4000**0.5


def test_stretches_have_the_rates_of_the_map():
    text = "pos rate\n100 1\n150 7\n230 0\n300 5\n400 0\n"
    whole, random = make_map(text), np.random.default_rng(1)
    reference = msprime.RateMap(
        position=[0, 100, 150, 230, 300, 400], rate=[np.nan, 1e-8, 7e-8, 0, 5e-8]
    )
    possible = {start: reference.slice(start, start + 120, trim=True) for start in range(100, 281)}
    for _ in range(50):
        drawn = whole.draw_stretch(120, random)
        assert drawn.sequence_length == 120
        assert any(
            np.array_equal(drawn.position, one.position) and np.allclose(drawn.rate, one.rate)
            for one in possible.values()
        )


def test_stretches_with_unknown_rates_are_not_taken():
    whole = make_map("pos rate\n10 1\n40 NA\n60 2\n90 0\n")
    random = np.random.default_rng(1)
    stretches = [whole.draw_stretch(30, random) for _ in range(200)]
    assert {round(one.mean_rate, 12) for one in stretches} == {1e-8, 2e-8}
    with pytest.raises(CoalflowError, match=r"longest stretch .* has 30 bases, and 31 are needed"):
        whole.draw_stretch(31, random)


def fetch(rate_map, monkeypatch):
    """Run the program for a map of stdpopsim's, which is not downloaded; return its file's map."""

    class Species:
        def get_genetic_map(self, name):
            return self

        def get_chromosome_map(self, chromosome):
            return rate_map

    monkeypatch.setattr(stdpopsim, "get_species", lambda name: Species())
    settings = json.dumps({"species": "HomSap", "chromosome": "22", "map": "mine"})
    arguments = ["recombination_map.py", "--settings", settings, "--output", "fetched.txt"]
    monkeypatch.setattr(sys, "argv", arguments)
    recombination_map.main()
    return RecombinationMap("fetched.txt", "22")


def test_maps_of_stdpopsims_keep_what_is_unknown(monkeypatch, capsys):
    """The mean of windows is that of what is known: 48 cM in 31 Mb."""
    rate_map = msprime.RateMap(
        position=[0, 16e6, 30e6, 33e6, 50e6, 51e6],
        rate=[np.nan, 1e-8, np.nan, 2e-8, np.nan],
    )
    fetched = fetch(rate_map, monkeypatch)
    assert "unknown in 39.2% of the chromosome" in capsys.readouterr().err
    assert "1.548e-08 per base" in fetched.describe()
    of_case = RecombinationMap(CASES / "40-stdpopsim-map-unknown-ends" / "map22.txt")
    for whole in (fetched, of_case):
        random = np.random.default_rng(2)
        rates = [whole.draw_stretch(20_000, random).mean_rate for _ in range(400)]
        assert {round(rate, 12) for rate in rates} == {1e-8, 2e-8}
        # The standard error is 2.5e-10.
        assert np.mean(rates) == pytest.approx(1.548e-8, abs=9e-10)


def test_a_fetched_map_is_the_map(monkeypatch):
    random = np.random.default_rng(3)
    positions = np.concatenate([[0], np.cumsum(random.integers(1, 5000, 300))])
    rates = random.exponential(1e-8, 300)
    rates[[0, 7, 8, 299]] = np.nan
    fetched = fetch(msprime.RateMap(position=positions, rate=rates), monkeypatch)
    length = float(positions[7] - positions[1])
    for _ in range(20):
        stretch = fetched.draw_stretch(length, random)
        assert not np.isnan(stretch.rate).any()
        differences = np.abs(stretch.rate[:, None] - rates)
        assert (np.nanmin(differences, axis=1) < 1e-16).all()


def with_map(text, **changes):
    with open("map.txt", "w") as file:
        file.write(text)
    config = sweeps_with(recombination_map="map.txt", **changes)
    del config["simulation"]["recombination_rate"]
    return config


TWO = "chr pos rate\n1 0 1\n1 70000 NA\n1 90000 0\nchr2 5 4\nchr2 60000 0\n"


def test_a_chromosome_of_the_file_is_chosen():
    config = read_config(with_map(TWO, chromosome="2"))
    (cell, *_) = SettingsMaker(config, "map.txt").cells.values()
    rate = cell.parameters["recombination_rate"]
    assert (rate.map, rate.chromosome) == ("map.txt", "2")
    message = complaint_about(with_map(TWO))
    assert message == (
        f"{HEADER}  simulation.recombination_map is 'map.txt': map.txt: has several chromosomes "
        "(1, chr2): name one in simulation.chromosome, or keep the rows of one"
    )


def test_windows_longer_than_all_known_stretches_are_refused():
    message = complaint_about(with_map(TWO, chromosome="1", sequence_length=80000))
    assert message == (
        f"{HEADER}  simulation.sequence_length is 80,000, but the longest stretch of map.txt with "
        "known rates has 70,000 bases: shorten it"
    )
