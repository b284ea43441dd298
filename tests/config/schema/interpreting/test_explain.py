import pytest
from helpers.configs import complaint_about, quickstart

from coalflow.config.loading import read_config
from coalflow.config.schema.interpreting.explain import list_pictured, parse_place
from coalflow.config.settings.making import SettingsMaker


def with_windows(*windows, **counts):
    return {**quickstart(), "explain": {"windows": list(windows), **counts}}


def test_by_default_the_median_window_is_pictured():
    explain = read_config(quickstart()).explain
    assert list_pictured(explain.windows) == {"median": "median"}


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("genome:mine:5", ("mine", "", 5)),
        ("genome:mine:chr2:5", ("mine", "chr2", 5)),
        ("genome:mine:HLA:DRB1:5", ("mine", "HLA:DRB1", 5)),
    ],
)
def test_a_place_is_a_genome_a_contig_and_a_base(text, place):
    assert parse_place(text) == place


@pytest.mark.parametrize(
    "text", ["genome", "genome:mine", "genome::5", "genome:mine:0", "genome:mine:x", "median:5"]
)
def test_other_text_is_no_place(text):
    assert parse_place(text) is None
    message = complaint_about(with_windows(text))
    assert "explain.windows" in message and "genome:<name>:<contig>:<position>" in message


def test_a_genome_that_the_config_does_not_have_is_refused():
    message = complaint_about(with_windows("median", "genome:simulate:500"))
    assert "genomes has no simulate" in message and "simulated" in message


def test_windows_of_a_genome_come_with_how_it_is_read():
    maker = SettingsMaker(read_config(with_windows("extremes", "genome:simulated:500")))
    assert maker.explained_genomes == ("simulated",)
    settings = maker.explain()
    assert settings.genomes == {"simulated": maker.genome_options("simulated")}
    names = list(list_pictured(settings.windows))
    assert names == ["lowest", "highest", "genome_1"]


def test_what_is_pictured_reruns_no_probes():
    plain, other = (
        SettingsMaker(read_config(with_windows(window))) for window in ("median", "extremes")
    )
    assert plain.probe() == other.probe()
    assert plain.explain() != other.explain()


def test_a_restart_of_each_net_and_baselines_that_look_at_something_are_compared():
    maker = SettingsMaker(read_config(quickstart()))
    assert maker.interpreted_models == (
        "coalflow/0",
        "flagel_tajimas_d/0",
        "ridge",
        "gradient_boosting",
    )
    assert maker.permute().models == maker.attribute().models == maker.interpreted_models


def test_too_few_windows_to_probe_are_refused():
    assert "explain.probed" in complaint_about(with_windows("median", probed=10))
