"""Folders that cannot be written: one line, with what to do."""

import shutil
import subprocess

import pytest
from helpers.workflow import RESULTS, command

ALONE = ["unshare", "--map-root-user", "--mount", "sh", "-c"]
READ_ONLY = 'mount --bind "$1" "$1" && mount -o remount,ro,bind "$1" && cd "$2" && shift 2 && "$@"'


@pytest.mark.parametrize("read_only", [".", RESULTS])
def test_a_folder_that_cannot_be_written_is_one_line(fresh, read_only):
    """Also for root, to whom permissions do not apply, so it is the disk that is read-only."""
    if shutil.which("unshare") is None or subprocess.run([*ALONE, "true"]).returncode:
        pytest.skip("only Linux can make a folder read-only for root, where it may")
    (fresh / RESULTS).mkdir(parents=True)
    target = str(RESULTS / "observation.json")
    done = subprocess.run(
        [*ALONE, READ_ONLY, "sh", str(fresh / read_only), str(fresh), *command(target)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    last = done.stdout.splitlines()[-1]
    assert last.startswith(f"error: {(fresh / read_only).resolve()}: nothing can be written there")
    assert "make it writable" in last
    assert "Traceback" not in done.stdout
