"""Folders that cannot be written: one line, with what to do."""

import os
import shutil
import subprocess

import pytest
from helpers.workflow import RESULTS, command

from coalflow.core.progress import COST

ALONE = ["unshare", "--map-root-user", "--mount", "sh", "-c"]
READ_ONLY = 'mount --bind "$1" "$1" && mount -o remount,ro,bind "$1" && cd "$2" && shift 2 && "$@"'


def run_read_only(read_only, folder, *arguments, **variables):
    """Run Snakemake while a folder is on a read-only disk, which holds for root too."""
    if shutil.which("unshare") is None or subprocess.run([*ALONE, "true"]).returncode:
        pytest.skip("only Linux can make a folder read-only for root, where it may")
    return subprocess.run(
        [*ALONE, READ_ONLY, "sh", str(read_only), str(folder), *command(*arguments)],
        env={**os.environ, **variables},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("read_only", [".", RESULTS])
def test_a_folder_that_cannot_be_written_is_one_line(fresh, read_only):
    (fresh / RESULTS).mkdir(parents=True)
    done = run_read_only(fresh / read_only, fresh, str(RESULTS / "observation.json"))
    assert done.returncode == 1
    last = done.stdout.splitlines()[-1]
    assert last.startswith(f"error: {(fresh / read_only).resolve()}: nothing can be written there")
    assert "make it writable" in last
    assert "Traceback" not in done.stdout


def test_a_home_that_cannot_be_written_needs_one_variable(fresh, tmp_path_factory):
    """Programs that draw keep their fonts there too, rather than make them again for each job."""
    home, cache = tmp_path_factory.mktemp("home"), tmp_path_factory.mktemp("cache")
    figure = str(RESULTS / "figures" / "histories.png")
    variables = {"HOME": str(home), "XDG_CACHE_HOME": str(cache), "XDG_CONFIG_HOME": str(home)}
    done = run_read_only(home, fresh, figure, **variables)
    assert done.returncode == 0, done.stdout
    assert COST.fullmatch((fresh / RESULTS / "logs" / "draw_histories.log").read_text().strip())
    assert (cache / "matplotlib").is_dir()
