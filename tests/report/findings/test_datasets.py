import dataclasses

import pytest
from helpers.evidence import CLEAN

from coalflow.report.findings.datasets import find_held_out, find_leaks, find_selected_windows


def test_a_clean_dataset_has_no_findings():
    assert [*find_leaks(CLEAN), *find_selected_windows(CLEAN)] == []


@pytest.mark.parametrize(
    ("changes", "words", "fix"),
    [
        ({"leaks": 3}, "3 replicates or seeds are in two of the splits", "do not use the scores"),
        ({"splits_differ": True}, "differ by more than chance", "simulation.replicates"),
        ({"many_excluded": True}, "25 % of the windows have too few", "encoding.pad"),
        ({"many_trimmed": True}, "30 % of them have more sites", "encoding.sites"),
    ],
)
def test_what_is_wrong_with_a_dataset_is_found_with_its_fix(changes, words, fix):
    dataset = dataclasses.replace(CLEAN, **changes)
    (finding,) = [*find_leaks(dataset), *find_selected_windows(dataset)]
    assert words in finding.finding
    assert fix in finding.fix


def test_scans_by_models_that_were_kept_from_windows_are_pointed_out():
    assert [*find_held_out(CLEAN, has_genomes=True)] == []
    dataset = dataclasses.replace(CLEAN, held_out=1200)
    assert [*find_held_out(dataset, has_genomes=False)] == []
    (finding,) = find_held_out(dataset, has_genomes=True)
    assert finding.finding.startswith("1,200 windows in regions")
    assert "without evaluation.hold_out" in finding.fix
