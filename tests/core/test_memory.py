"""What the C library does with freed memory, in programs that train."""

import pathlib
import platform
import subprocess
import sys

import pytest

SCRIPTS = pathlib.Path(__file__).resolve().parents[2] / "scripts"
# New pages of memory, of 4 kB or 2 MB each, that an array of 100 MB takes after others like it. The
# least of several: small arrays that stay get in the way of the first.
PAGES = """
import resource, torch
from coalflow.core import memory
{first}
def pages():
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    torch.zeros(25_000_000).add_(1)
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before
print(min(pages() for _ in range(20)))
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="another C library than GNU's")
def test_freed_memory_is_used_again():
    def pages(first):
        return int(
            subprocess.run(
                [sys.executable, "-c", PAGES.format(first=first)],
                env={"PYTHONPATH": str(SCRIPTS)},
                capture_output=True,
                check=True,
                text=True,
            ).stdout
        )

    assert pages("memory.keep_memory_between_training_steps()") < 10
    assert pages("") > 40  # or the test would show nothing
