"""Demes files: read, made graphs, or refused; and those that come with coalflow."""

import contextlib
import json
import math
import os
import sys

import demes
import numpy as np
import pytest
import yaml
from helpers.configs import ROOT
from helpers.data import PROPERTY
from hypothesis import given, settings
from hypothesis import strategies as st

from coalflow.config.histories import contents, demes_file, stdpopsim_catalogue
from coalflow.core.errors import CoalflowError
from coalflow.simulation import demography

SHIPPED = ROOT / "config" / "demography"

TWO = """
description: two populations, of which one is gone
doi: [10.1000/1]
metadata: {drawn: 2024-01-01}
time_units: years
generation_time: 25
defaults: {epoch: {start_size: 1e3}}
demes:
  - name: old
    start_time: .inf
    epochs: [{end_time: 2e+4}]
  - {name: A, ancestors: [old]}
  - {name: B, ancestors: [old], epochs: [{end_time: 500}, {end_size: 7000.5}]}
  - {name: C, ancestors: [old], defaults: {epoch: {end_time: 50}}}
migrations: [{demes: [A, B], rate: 1e-4}]
"""


def read(folder, text):
    file = folder / "mine.yaml"
    file.write_text(text)
    return demes_file.read_demes_file(file)


# Files ---------------------------------------------------------------------------------------


def test_a_file_is_read_as_the_demes_library_reads_it(tmp_path):
    """YAML 1.1 would take 1e-4 for text."""
    content = read(tmp_path, TWO)
    assert content["migrations"][0]["rate"] == 1e-4
    graph = demography.build_graph(json.loads(json.dumps(content, allow_nan=False)))
    assert graph.isclose(demes.load(tmp_path / "mine.yaml").in_generations())
    assert graph["A"].start_time == 2e4 / 25


def test_remarks_are_no_part_of_a_history(tmp_path):
    assert not {"description", "doi", "metadata"} & set(read(tmp_path, TWO))
    otherwise = TWO.replace("two populations", "# 2").replace("10.1000/1", "10.1000/2")
    assert read(tmp_path, otherwise) == read(tmp_path, TWO)


def test_names_and_sizes_are_those_of_the_graph(tmp_path):
    content = read(tmp_path, TWO)
    graph = demography.build_graph(content)
    assert contents.list_populations(content) == [deme.name for deme in graph.demes]
    assert contents.list_populations_today(content) == [
        d.name for d in graph.demes if d.end_time == 0
    ]
    assert contents.list_populations_today(content) == ["A", "B"]
    sizes = [max(e.start_size, e.end_size) for deme in graph.demes for e in deme.epochs]
    assert contents.find_largest_size(content) == max(sizes) == 7000.5


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("demes: [", "line 1: this is not YAML (while parsing"),
        ("just text", "this is not a demes file: it is not a set of keys"),
        ("", "it is not a set of keys"),
        ("run: mine", "it has no time_units"),
        ("time_units: generations", "it has no demes"),
        ("{time_units: generations, demes: {A: 1}}", "line 1: demes is {'A': 1}, but must be a li"),
        ("{time_units: generations, demes: [{name: no}]}", "demes.0.name is no, which YAML reads"),
        ("{time_units: generations, demes: [{name: 'A b'}]}", "Invalid deme name"),
        (TWO.replace("{name: A,", "{name: A, x: 2024-01-01,"), "line 12: demes.1.x is 2024-01-01"),
        (
            "{time_units: generations, demes: [{name: A, epochs: [{start_size: 1, end_time: 9}]}]}",
            "none of its demes exists today",
        ),
        (TWO.replace("time_units:", "time_unit:"), "it has no time_units"),
        (
            TWO.replace("generation_time: 25", "generation_times: 25"),
            "line 6: generation_times is not a recognised key; did you mean generation_time?",
        ),
        (TWO.replace("defaults: {epoch", "defaults: {epochs"), "line 7: defaults.epochs is not a"),
        (TWO.replace("generation_time: 25", ""), "generation_time must be specified"),
        (TWO.replace("metadata: {drawn: 2024-01-01}", "metadata: mine"), "line 4: metadata is 'm"),
        (TWO.replace("metadata: {", "metadata: {drawn: 1, "), "drawn is given a second time"),
        (TWO + "generation_time: 30\n", "line 16: generation_time is given a second time, the fi"),
        (TWO.replace("end_size: 7000.5", "end_size: 7000.5, end_size: 7"), "end_size is given a s"),
        (TWO.replace("7000.5", "-7000"), "line 13: demes.B.epochs.1.end_size is -7000, must be gr"),
        (TWO.replace("7000.5", "0"), "demes.B.epochs.1.end_size is 0, must be greater than 0"),
        (TWO.replace("7000.5", ".nan"), "demes.B.epochs.1.end_size is 'nan', but must be a number"),
        (TWO.replace("7000.5", ".inf"), "end_size is 'Infinity', but must be a number"),
        (TWO.replace("7000.5", "1e999"), "end_size is 1e999, which is larger than any number"),
        (TWO.replace("7000.5", "large"), "end_size is 'large', but must be a number"),
        (TWO.replace("7000.5", "'7'"), "must be a number, not text: write 7 without quotes"),
        (TWO.replace("7000.5", "07000"), "end_size is 07000, which YAML reads as 3584: write 7000"),
        (TWO.replace("7000.5", "1:10"), "end_size is 1:10, which YAML reads as 70: write 70"),
        (TWO.replace("7000.5", "[7]"), "end_size is [7], but must be a number"),
        (TWO.replace("7000.5", ""), "demes.B.epochs.1.end_size is empty"),
        (
            TWO.replace("7000.5", "7, size_function: linear"),
            "demes.B.epochs.1.size_function is 'linear', but only constant and exponential sizes",
        ),
        (
            TWO.replace("7000.5", "7, selfing_rate: 0.9"),
            "line 13: demes.B.epochs.1.selfing_rate is 0.9, but selfing is not simulated",
        ),
        (TWO.replace("7000.5", "7, cloning_rate: 0.1"), "cloning_rate is 0.1, but cloning is not"),
        (
            TWO.replace("{start_size: 1e3}", "{start_size: 1e3, selfing_rate: .1}"),
            "line 7: defaults.epoch.selfing_rate is 0.1, but selfing",
        ),
        (TWO.replace("7000.5", "7, selfing: 0.9"), "epochs.1.selfing is not a recognised key; did"),
        (TWO.replace("ancestors: [old]", "ancestors: [odl]"), "ancestor deme 'odl' not found"),
        (TWO.replace("name: A, ancestors: [old]", "name: A, ancestors: [B]"), "'B' not found"),
        (TWO.replace("name: A, ancestors: [old]", "name: A, ancestors: [A]"), "'A' not found"),
        (TWO.replace("name: B", "name: A"), "field 'name' must be unique"),
        (
            TWO.replace("rate: 1e-4", "rate: 2"),
            "line 15: migrations.0.rate is 2, must be at most 1",
        ),
        (TWO.replace("[A, B], rate", "[A, D], rate"), "migration[0]"),
        (TWO.replace("start_time: .inf", "start_time: .nan"), "start_time is 'nan', but must be a"),
        (TWO + "x: " + "[" * 60 + "]" * 60, "is nested more than 40 levels deep"),
        (TWO + "x: &x [*x]", "has an anchor that contains itself"),
    ],
)
def test_what_is_not_a_demes_file_is_refused(tmp_path, text, message):
    with pytest.raises(CoalflowError) as caught:
        read(tmp_path, text)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_what_is_not_text_is_refused(tmp_path):
    (tmp_path / "mine.vcf.gz").write_bytes(b"\x1f\x8b\xff\x00")
    with pytest.raises(CoalflowError, match="gzip file is damaged"):
        demes_file.read_demes_file(tmp_path / "mine.vcf.gz")


def test_a_pipe_or_a_device_is_refused_at_once(tmp_path):
    os.mkfifo(tmp_path / "pipe.yaml")
    with pytest.raises(CoalflowError, match="is a pipe, not a file"):
        demes_file.read_demes_file(tmp_path / "pipe.yaml")
    with pytest.raises(CoalflowError, match="is a device, not a file"):
        demes_file.read_demes_file("/dev/zero")


def test_a_file_that_is_too_large_is_refused(tmp_path):
    with pytest.raises(CoalflowError, match="but a demes file can have 500,000"):
        read(tmp_path, TWO + "# " + "a" * 500_000)


def test_text_in_another_encoding_is_refused(tmp_path):
    (tmp_path / "mine.yaml").write_bytes(TWO.replace("two", "zw\xf6lf").encode("latin-1"))
    with pytest.raises(CoalflowError, match="is not UTF-8: save the file as UTF-8"):
        demes_file.read_demes_file(tmp_path / "mine.yaml")


def test_all_mistakes_are_found_at_once(tmp_path):
    text = TWO.replace("7000.5", "-1").replace("rate: 1e-4", "rate: 7")
    with pytest.raises(CoalflowError) as caught:
        read(tmp_path, text)
    assert "demes.B.epochs.1.end_size is -1" in str(caught.value)
    assert "; line 15: migrations.0.rate is 7" in str(caught.value)


def test_without_the_demes_library_it_is_said_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "demes", None)
    with pytest.raises(CoalflowError, match="pip install demes"):
        read(tmp_path, f"# another\n{TWO}")


CONTENT = yaml.safe_load(
    TWO.replace("1e-4", "1.0e-4").replace("2e+4", "20000").replace("1e3", "1000")
)
JUNK = st.sampled_from(
    [None, True, -1, 0, 1, 0.5, 1.0e300, "A", "old", "", [], {}, [1], ["A"], [{}], {"epoch": 5}]
)


def places(content, place=()):
    """Yield the places of all values but the whole."""
    for key, inner in content.items() if isinstance(content, dict) else enumerate(content):
        yield (*place, key)
        if isinstance(inner, (dict, list)):
            yield from places(inner, (*place, key))


@given(place=st.sampled_from(list(places(CONTENT))), junk=JUNK)
@settings(PROPERTY, max_examples=300)
def test_junk_is_refused_or_accepted_but_never_crashes(tmp_path_factory, place, junk):
    content = json.loads(json.dumps(CONTENT, default=str))
    inner = content
    for key in place[:-1]:
        inner = inner[key]
    inner[place[-1]] = junk
    with contextlib.suppress(CoalflowError):
        made = read(tmp_path_factory.getbasetemp(), yaml.safe_dump(content))
        contents.find_largest_size(made)
        demography.convert_to_msprime(demography.build_graph(made))


# The files that come with coalflow -----------------------------------------------------------

# HomSap OutOfAfrica_2T12 in stdpopsim's catalogue: years, sizes, and growth a generation of 25
# years; the catalogue gives sizes of today by the growth.
YEARS = {"modern": 148e3, "out": 51e3, "europe": 23e3, "recent": 5115}
GENERATIONS = {name: years / 25 for name, years in YEARS.items()}
ANCIENT, AFRICAN, BOTTLENECK, FOUNDERS = 7310, 14474, 1861, 1032
FARMERS = FOUNDERS * math.exp(0.00307 * (GENERATIONS["europe"] - GENERATIONS["recent"]))
EUROPEANS = FARMERS * math.exp(0.0195 * GENERATIONS["recent"])
AFRICANS = AFRICAN * math.exp(0.0166 * GENERATIONS["recent"])
EUROPE = [
    (BOTTLENECK, BOTTLENECK, GENERATIONS["europe"]),
    (FOUNDERS, FARMERS, GENERATIONS["recent"]),
    (FARMERS, EUROPEANS, 0),
]
AFRICA = [
    (ANCIENT, ANCIENT, GENERATIONS["modern"]),
    (AFRICAN, AFRICAN, GENERATIONS["recent"]),
    (AFRICAN, AFRICANS, 0),
]


def shipped(name):
    return demography.build_graph(demes_file.read_demes_file(SHIPPED / name))


def epochs_of(deme):
    return [(epoch.start_size, epoch.end_size, epoch.end_time) for epoch in deme.epochs]


def test_europeans_are_those_of_the_catalogue():
    (deme,) = shipped("human.yaml").demes
    africa = [AFRICA[0], (AFRICAN, AFRICAN, GENERATIONS["out"])]
    np.testing.assert_allclose(epochs_of(deme), africa + EUROPE, rtol=1e-6)


def test_out_of_africa_is_that_of_the_catalogue():
    graph = shipped("out_of_africa.yaml")
    np.testing.assert_allclose(epochs_of(graph["AFR"]), AFRICA, rtol=1e-6)
    np.testing.assert_allclose(epochs_of(graph["EUR"]), EUROPE, rtol=1e-6)
    assert graph["EUR"].ancestors == ["AFR"]
    assert graph["EUR"].start_time == GENERATIONS["out"]
    moves = {(m.source, m.start_time, m.end_time): m.rate for m in graph.migrations}
    assert moves == {
        ("AFR", 2040, 920): 15e-5,
        ("EUR", 2040, 920): 15e-5,
        ("AFR", 920, 0): 2.5e-5,
        ("EUR", 920, 0): 2.5e-5,
    }


@pytest.mark.parametrize("name", sorted(file.name for file in SHIPPED.iterdir()))
def test_a_shipped_file_says_where_it_is_from(name):
    text = (SHIPPED / name).read_text()
    assert "doi:" in text or "are made up" in text
    assert "time_units: generations #" in text


@pytest.mark.parametrize(
    ("name", "species", "model"),
    [
        ("drosophila.yaml", "DroMel", "African3Epoch_1S16"),
        ("arabidopsis.yaml", "AraTha", "African3Epoch_1H18"),
    ],
)
def test_a_shipped_file_is_the_catalogues(name, species, model):
    published = demography.build_graph(stdpopsim_catalogue.read_graph(species, model))
    assert shipped(name).isclose(published)


def test_times_without_end_in_generations_are_refused(tmp_path):
    text = """
time_units: years
generation_time: 2.5e-8
demes:
  - {name: A, epochs: [{start_size: 1000, end_time: 2500}]}
  - {name: B, ancestors: [A], epochs: [{start_size: 1000}]}
"""
    with pytest.raises(CoalflowError, match=r"generation_time is 2.5e-08.* 1e\+11 generations ago"):
        read(tmp_path, text)
    assert read(tmp_path, text.replace("2.5e-8", "25"))
