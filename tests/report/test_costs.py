import pytest

from coalflow.core.progress import COST, describe_cost
from coalflow.report.costs import Cost, sum_costs
from coalflow.report.page import render_costs

TRAINED_TOGETHER = "0.5 loss\ntook 50.00 s of processor time and at most 300 MiB\n" * 2


@pytest.fixture
def results(tmp_path):
    """A run's folder; its jobs, what they wrote to their logs, and their seconds."""
    jobs = {
        "split": ("took 5.25 s of processor time and at most 200 MiB\n", 6),
        "simulate/a/00000": (
            "10/s\ntook 20.00 s of processor time and at most 90 MiB\n",
            25,
        ),
        "simulate/b=1.5/00000": ("took 30.50 s of processor time and at most 80 MiB\n", 33),
        "train/net/0": (TRAINED_TOGETHER, 61),
        "evaluate": ("error: no\n", 1),
        "scan/mine": ("Traceback: \u00e4\n", 1),
    }
    for name, (log, seconds) in jobs.items():
        for folder, suffix, text in [
            ("logs", "log", log),
            ("benchmarks", "tsv", f"s\th:m:s\tcpu_time\n{seconds}.0\t0:00:01\tNA\n"),
        ]:
            path = tmp_path / folder / f"{name}.{suffix}"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
    return tmp_path


def test_jobs_are_summed_by_step_as_far_as_they_ran_to_their_end(results):
    assert sum_costs(results) == [
        Cost("train", jobs=1, processor=100, wall=61, memory=300),
        Cost("simulate", jobs=2, processor=50.5, wall=58, memory=90),
        Cost("split", jobs=1, processor=5.25, wall=6, memory=200),
    ]


def test_the_page_has_the_steps_and_their_sum(results):
    page = render_costs(results, "mine")
    cells = "<td>2</td><td>0.014</td><td>50.5 s</td><td>58.0 s</td><td>90</td>"
    assert f'<th scope="row">simulate</th>{cells}' in page
    cells = "<td>4</td><td>0.043</td><td>2.6 min</td><td>2.1 min</td><td>300</td>"
    assert f"<b>all steps</b></th>{cells}" in page


def test_a_run_without_logs_has_a_page_too(tmp_path):
    assert "do not contain" in render_costs(tmp_path, "mine")


def test_what_a_program_took_is_read_as_it_was_written():
    seconds, memory = COST.fullmatch(describe_cost()).groups()
    assert float(seconds) > 0
    assert int(memory) > 10
