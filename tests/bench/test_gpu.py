"""bench/gpu.py runs as it would on a GPU, with little work."""

import os
import pathlib
import subprocess
import sys

import measuring

BENCH = pathlib.Path(measuring.__file__).parent


def test_it_runs_on_a_cpu(tmp_path):
    output = tmp_path / "rows.json"
    subprocess.run(
        [sys.executable, BENCH / "gpu.py", "--device", "cpu", "--small", "--output", output],
        env={**os.environ, **measuring.ONE_THREAD},
        check=True,
    )
    rows, left_out = measuring.read_rows(output)
    values = {row.what: row.value.median for row in rows}
    same = {name: value for name, value in values.items() if "differ" in name}
    assert len(same) == 5 and set(same.values()) == {0}
    assert {name for name in values if "first layer kept" in name}
    assert left_out == ["torch.compile and a CUDA graph: without a GPU"]
