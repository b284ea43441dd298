import numpy as np
import pandas as pd
import pytest
from helpers.figures import make_card, predict_classes

from coalflow.config.schema.genomes import Genome
from coalflow.core.errors import CoalflowError
from coalflow.core.files import write_json, write_table
from coalflow.report.genomes.scanned_genome import Flag
from coalflow.report.genomes.summarising import summarise_genome
from coalflow.report.scans.region_pictures import COLUMNS

OBSERVED = {
    "format": "VCF",
    "samples": ["a", "b"],
    "samples_in_file": 3,
    "records": 20,
    "sites_used": 10,
    "missing": 0.0,
    "dropped": {"filtered": 10},
    "lengths": {"1": 1000, "2": 500},
    "without_records": ["3"],
    "step": 4,
    "windows": {"1": 4, "2": 2},
    "remarks": [],
}


def make_table():
    """Return six windows, of which two are flagged and one has no sites."""
    return pd.DataFrame(
        {
            "contig": ["1", "1", "1", "1", "NA", "NA"],
            "start": 0,
            "end": 100,
            "sites": [8, 8, 9, 0, 8, 8],
            "flags": ["", "", "gap,trimmed", "gap,few_sites", "", ""],
        }
    )


def summarise(folder, table, card, models=("net",), regions=None, **section):
    genome = folder / "genomes" / "mine"
    (genome / "regions").mkdir(parents=True)
    write_json(genome / "observation.json", OBSERVED)
    write_table(genome / "windows.tsv", table)
    found = pd.DataFrame(columns=["contig", "start", "end"]) if regions is None else regions
    write_table(genome / "regions.tsv", found)
    write_table(genome / "regions" / "pictures.tsv", pd.DataFrame(columns=COLUMNS))
    write_json(genome / "verdict.json", {})
    named = Genome(path="mine.vcf", **section)
    return summarise_genome(genome, folder, "mine", named, models, card)


def summarise_numbers(folder, table=None, **section):
    table = make_table() if table is None else table
    predicted = np.arange(len(table), dtype=float)
    table = table.assign(**{"net:tajimas_d": predicted, "computed:tajimas_d": predicted + 1})
    return summarise(folder, table, make_card("net", 0), **section)


def test_flags_are_counted_and_explained(tmp_path):
    found = summarise_numbers(tmp_path)
    assert (found.windows, found.flagged, found.without_sites, found.contigs) == (6, 2, 1, 2)
    assert [(flag.name, flag.windows) for flag in found.flags] == [
        ("gap", 2),
        ("few_sites", 1),
        ("trimmed", 1),
    ]
    assert found.flags[2] == Flag("trimmed", 1, "it has more than 8 usable sites")
    assert found.trimmed == 1


def test_numbers_are_of_windows_without_a_flag(tmp_path):
    (target,) = summarise_numbers(tmp_path).targets
    (model,) = target.models
    assert model.median == np.median([0, 1, 4, 5])
    assert model.agreement["rmse"] == 1
    assert target.outside == 2  # 5 and 6; up to 2.5 in training


def test_a_genome_all_of_whose_windows_are_flagged_has_no_numbers(tmp_path):
    found = summarise_numbers(tmp_path, make_table().assign(flags="short"))
    (target,) = found.targets
    assert found.flagged == found.windows
    assert not target.computed
    assert np.isnan(target.models[0].median)


def test_classes_are_of_windows_without_a_flag(tmp_path):
    predictands = predict_classes(("neutral", "sweep"))
    table = make_table().assign(net=["neutral", "sweep", "sweep", np.nan, "neutral", "neutral"])
    table["net:neutral"] = [0.9, 0.3, 0.2, np.nan, 0.8, 0.8]
    table["net:sweep"] = 1 - table["net:neutral"]
    found = summarise(tmp_path, table, make_card("net", 0, predictands=predictands))
    (model,) = found.models
    assert model.windows == [3, 1]
    assert model.means == pytest.approx([0.7, 0.3])
    assert found.targets == []


def test_what_is_selected_and_shown_comes_from_the_config(tmp_path):
    names = [f"chr{number}" for number in range(1, 23)]
    found = summarise_numbers(tmp_path, contigs=tuple(names), exclude=("chrM",), show=("1", "a/b"))
    shown = ", ".join(names[:10])
    assert found.selection == f"contigs {shown} and 12 others, without chrM"
    assert found.without_records == "1 contig that the file names has no records in it: 3"
    assert found.pictures == {
        "1": "genomes/mine/pictures/1_1.png",
        "a/b": "genomes/mine/pictures/2_a_b.png",
    }


def test_without_a_selection_nothing_is_said(tmp_path):
    found = summarise_numbers(tmp_path)
    assert (found.selection, found.pictures, found.window_file) == ("", {}, None)


def test_a_table_without_flags_is_damaged(tmp_path):
    with pytest.raises(CoalflowError, match="windows.tsv"):
        summarise_numbers(tmp_path, make_table().drop(columns="flags"))


@pytest.mark.parametrize(("low", "is_bound"), [([np.nan] * 2, True), ([0.1, 0.2], False)])
def test_an_expected_number_without_an_interval_is_an_upper_bound(tmp_path, low, is_bound):
    regions = pd.DataFrame({"contig": "1", "start": [0, 500], "end": 900, "expected_low": low})
    assert summarise_numbers(tmp_path, regions=regions).expected_at_most is is_bound


def test_without_regions_nothing_is_said_of_what_is_expected(tmp_path):
    assert not summarise_numbers(tmp_path).expected_at_most
