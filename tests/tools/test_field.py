"""The field's own problems: the authors' command lines, configs that import them, and the table."""

import gzip
import types

import field
import field_bound
import field_page
import field_programs
import field_windows
import numpy as np
import pandas as pd
import pytest
import yaml

from coalflow.config.loading import read_config
from coalflow.dataset import loading
from coalflow.evaluation.predictions import Prediction
from coalflow.models.storage.model import Model

MS = """#!/bin/sh
echo "ms $*"
echo "1 2 3"
while read -r values; do
  printf '\\n//\\t%s\\nsegsites: 1\\npositions: 0.5\\n' "$values"
  echo 1; i=1; while [ $i -lt $1 ]; do echo 0; i=$((i+1)); done
done
"""


@pytest.fixture
def ms(tmp_path):
    """Return a stand-in for ms: a site in each window, and its values after //."""
    program = tmp_path / "ms"
    program.write_text(MS)
    program.chmod(0o755)
    return program


@pytest.mark.parametrize("problem", ["theta", "recombination", "demography", "introgression"])
def test_what_programs_write_has_a_config_that_imports_it(problem, ms, tmp_path, monkeypatch):
    monkeypatch.chdir(field.ROOT)
    arguments = ["--problem", problem, "--ms", str(ms), "--windows", "60", "--out", str(tmp_path)]
    monkeypatch.setattr("sys.argv", ["field.py", *arguments])
    field.main()
    config = read_config(yaml.safe_load((tmp_path / f"{problem}.yaml").read_text()))
    for files in config.simulation.imported.files.values():
        with gzip.open(files[0], "rt") as file:
            assert file.read().count("//") == 60
    if problem == "introgression":
        assert config.targets.classes == (
            *("none", "simulans_to_sechellia", "sechellia_to_simulans"),
        )


def test_the_published_file_keeps_its_test(tmp_path):
    published = tmp_path / "theta.sims.txt.gz"
    with gzip.open(published, "wt") as file:
        file.write("//\n" * 1010)
    windows, made = field_programs.describe_published_theta(published, tmp_path)
    sets = pd.read_csv(tmp_path / "theta.tsv", sep="\t")["set"]
    assert windows == len(sets) == 1010
    assert (sets[:1000] == "test").all()
    assert (sets[1000:] == "train").all()
    assert made["split"] == {"given": "set"}


def test_sweeps_near_the_middle_are_not_in_it():
    generator = np.random.default_rng(1)
    drawn = [field_programs.draw_position("near_soft", (0.03, 0.97), generator) for _ in range(300)]
    assert not any(0.45 <= position <= 0.55 for position in drawn)
    assert min(drawn) < 0.45 < 0.55 < max(drawn)


def test_tajimas_d_of_windows_is_that_of_the_library():
    # Four haplotypes, three sites with 1, 2 and 3 copies: pi is 5/3, and a1 is 11/6.
    alleles = np.array([[1, 0, 0, 0], [1, 1, 0, 0], [1, 1, 1, 0]], np.uint8)
    sites, pi, tajimas_d, haplotypes, homozygosity = field_windows.describe_window(alleles)
    assert (sites, haplotypes, homozygosity) == (3, 4, 0.25)
    assert pi == pytest.approx(5 / 3)
    assert tajimas_d == pytest.approx(0.16766, abs=1e-4)


def test_the_page_has_what_was_published_and_what_was_reached(tmp_path):
    results = tmp_path / "field_recombination"
    (results / "benchmarks" / "train" / "coalflow").mkdir(parents=True)
    (results / "benchmarks" / "train" / "coalflow" / "0.tsv").write_text("s\n120\n")
    scores = {"split": "test", "target": "rho", "metric": "r2", "ci_low": 0.9, "ci_high": 0.98}
    rows = [
        {"model": "coalflow", "kind": "ensemble", "value": 0.96, **scores},
        {"model": "ridge", "kind": "baseline", "value": 0.85, **scores},
    ]
    pd.DataFrame(rows).to_csv(results / "metrics.tsv", sep="\t", index=False)
    against = {"net": "coalflow", "baseline": "gradient_boosting", "target": "rho"}
    difference = {"metric": "rmse", "difference": -19.3, "ci_low": -26.7, "ci_high": -11.8}
    table = pd.DataFrame([{**against, **difference}])
    table.to_csv(results / "comparisons.tsv", sep="\t", index=False)
    splits = pd.DataFrame({"split": ["train"] * 1200 + ["test"] * 5})
    splits.to_parquet(results / "split.parquet")
    page = field_page.write_page([results])
    assert "| coalflow's net, ensemble | 1,200 | 0.960 (0.900 to 0.980) | 0 + 2 |" in page
    assert "| ridge | 1,200 | 0.850 (0.900 to 0.980) |  |" in page
    assert "rho, rmse: -19.3 (-26.7 to -11.8)." in page
    assert page.count("Not run by coalflow yet.") == len(field_page.PROBLEMS) - 1


def test_a_learning_curve_is_continued_by_its_power_law(tmp_path):
    windows = np.array([1000, 2000, 4000, 1000, 2000, 4000])
    values = 0.1 + 20 / windows + np.repeat([-0.01, 0.01], 3)  # of two restarts
    table = pd.DataFrame({"windows": windows, "value": values})
    table = table.assign(net="coalflow", kind="trained", target="sweep", metric="log_loss")
    table.to_csv(tmp_path / "learning_curve.tsv", sep="\t", index=False)
    *_, numbers, _, losses = field_page.write_learning_curve(tmp_path)
    assert numbers == "| 1,000 | 2,000 | 4,000 | 100,000 |"
    assert losses == "| 0.12 | 0.11 | 0.105 | 0.1 |"
    assert field_page.write_learning_curve(tmp_path / "none") == []


def test_how_far_scores_are_above_the_bound_is_said_where_one_is_known():
    assert field_page.list_excess([5.61], {"bound": 5.1}) == ["10 %"]
    assert field_page.list_excess([5.61], {}) == []


def test_the_bound_of_theta_is_what_an_oracle_reaches():
    error, uncertainty = field_bound.compute_theta_bound(40, 10, 50, windows=20_000, seed=1)
    assert uncertainty < 0.03
    assert abs(error - field_page.PROBLEMS["theta"]["bound"]) < 3 * uncertainty


def test_windows_are_compared_within_classes(monkeypatch, tmp_path):
    one, other = np.random.default_rng(1).normal(0, 1, (2, 50, 5))
    described = {"ours": {"b": one, "a": other}, "theirs": {"a": other + 1, "b": one}}
    monkeypatch.setattr(field_windows, "describe_windows", lambda path: described[path.name])
    lines = field_windows.compare_runs(tmp_path / "ours", tmp_path / "theirs").splitlines()
    assert lines[0].startswith("100 windows of ours, 100 of theirs; ")
    assert [line.split(" | ")[0] for line in lines[4:]] == ["| a"] * 5 + ["| b"] * 5
    assert all("| +0.00 | 1.000 | 1 |" in line for line in lines[9:])
    assert all(float(line.split("|")[5]) < -3 for line in lines[4:9])


def test_a_problem_without_a_run_keeps_its_section():
    earlier = field_page.write_page([])
    title = field_page.PROBLEMS["demography"]["title"]
    section = earlier.partition(f"## {title}\n")[2].partition("\n## ")[0]
    marked = earlier.replace(section, "\n| a table of last week |\n")
    page = field_page.write_page([], marked)
    assert "| a table of last week |" in page
    assert page.count("Not run by coalflow yet.") == len(field_page.PROBLEMS) - 1
    assert field_page.write_page([], page) == page


def test_rows_of_other_windows_than_the_published_say_so(tmp_path):
    own, published = tmp_path / "field_theta", tmp_path / "field_theta_published"
    assert field_page.is_apart(own, [published, own])
    assert not field_page.is_apart(own, [own])
    assert not field_page.is_apart(published, [published, own])


def test_errors_on_the_test_of_another_run_are_compared(monkeypatch, tmp_path):
    truth = np.array([[10.0], [20.0], [30.0], [40.0]])
    test = loading.Replicates(np.zeros(4), truth, pd.DataFrame())
    monkeypatch.setattr(loading, "read_split_table", lambda path: None)
    monkeypatch.setattr(loading, "load_split", lambda *arguments: test)

    def predict_always(values):
        card = types.SimpleNamespace(view=None)
        return Model(card, lambda windows: Prediction(values))

    nets = [predict_always(truth + 2), predict_always(truth)]  # their mean is off by 1
    said = field_windows.judge_numbers(nets, predict_always(truth - 3), tmp_path / "theirs")
    assert "RMSE of 1.00 (1.00 to 1.00) on the 4 test windows of theirs" in said
    assert "gradient boosting 3.00 (3.00 to 3.00)" in said
    assert "the difference is -2.00 (-2.00 to -2.00)." in said
