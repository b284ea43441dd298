import pytest
from helpers.figures import make_card, show_models, windows_table

from coalflow.core.errors import CoalflowError
from coalflow.core.parquet import write_parquet_parts
from coalflow.genomes.scans.judged_scan import Scan
from coalflow.report.scans.results import ScanResults

NET = "flagel_tajimas_d/0"


@pytest.fixture
def results(tmp_path):
    """Two contigs, scanned in two parts by a net and a baseline."""
    table = windows_table(["1", "2"], nets=(NET, "ridge"))
    parts = []
    for number, rows in enumerate((slice(0, 5), slice(5, 24))):
        parts.append(tmp_path / f"{number:03d}.parquet")
        write_parquet_parts(parts[-1], iter([table.iloc[rows]]))
    card = make_card("flagel_tajimas_d", 0)
    scan = Scan(parts, card, {}, [NET])
    return ScanResults(scan, {"1": 13_000, "2": 13_000}, show_models([NET]))


def test_contigs_have_pictures_of_their_own(results, tmp_path):
    folder = tmp_path / "pictures"
    results.draw_contigs(folder, {"2": "1_2"})
    assert sorted(path.name for path in folder.iterdir()) == ["1_2.png", "1_2.svg"]
    text = (folder / "1_2.svg").read_text()
    assert "position on contig 2 (Mb)" in text


def test_a_contig_without_a_window_is_refused(results, tmp_path):
    with pytest.raises(CoalflowError, match=r"genomes.<name>.show: no window lies on contig 3"):
        results.draw_contigs(tmp_path / "pictures", {"3": "1_3"})


def test_the_table_that_is_drawn_has_the_models_that_are_shown(results):
    columns = [*results.read_shown()]
    assert f"{NET}:tajimas_d" in columns
    assert "computed:tajimas_d" in columns
    assert not any(column.startswith("ridge") for column in columns)
