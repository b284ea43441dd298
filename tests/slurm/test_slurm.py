"""Runs on a real SLURM of two nodes: what the cluster is asked for, and what it may do to a run."""

import json
import shutil
import signal
import sys
import time

import cluster as slurm
import pytest
from test_workflow import (
    OUTCOME,
    RESULTS,
    TINY,
    bytes_of,
    command,
    copy_of_coalflow,
    overlay,
)

pytestmark = [
    pytest.mark.slurm,
    pytest.mark.skipif(slurm.why_not() is not None, reason=str(slurm.why_not())),
]

# Less of the same than elsewhere, since each job takes its seconds.
SMALL = {"models": {"restarts": 1, "baselines": ["ridge"]}}
# What everyone must change of the profile, and looks at jobs that take seconds.
OURS = ["--workflow-profile", "profiles/slurm", "--slurm-init-seconds-before-status-checks=1"]
MODEL = RESULTS / "models" / "flagel_tajimas_d" / "0"
LOG = RESULTS / "logs" / "train" / "flagel_tajimas_d" / "0.log"


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    with slurm.Cluster(tmp_path_factory.mktemp("slurm")) as running:
        yield running


def copy_of_small(folder):
    """Copy the workflow; return its folder and the configs of a run that is smaller than tiny."""
    folder.mkdir()
    return copy_of_coalflow(folder), overlay(folder, "small.yaml", **SMALL)


class Run:
    """A run on the cluster, in a folder of its own, by our profile."""

    def __init__(self, cluster, folder, configs):
        self.cluster, self.folder, self.configs = cluster, folder, configs
        self.said = folder / "said.log"

    def start(self, *arguments):
        """Start Snakemake."""
        asked = [sys.executable, "-m", "snakemake", *arguments, *OURS]
        with self.said.open("w") as said:
            self.process = self.cluster.start(
                *asked,
                "--configfile",
                *self.configs,
                folder=self.folder,
                stdout=said,
                stderr=said,
            )

    def succeed(self):
        """Wait until Snakemake is done."""
        assert self.process.wait() == 0, self.said.read_text()

    def until(self, what):
        """Wait until there is something, and return it."""
        while not (found := what()):
            assert self.process.poll() is None, self.said.read_text()
            time.sleep(0.1)
        return found

    def jobs(self, rule, state=None):
        """Return the numbers of the cluster's jobs of a rule or group of this run."""
        states = f"--states={state or 'all'}"
        shown = self.cluster.run("squeue", "--noheader", states, "--format=%A %Z %k")
        rows = [line.split(maxsplit=2) for line in shown.splitlines()]
        return [
            number
            for number, folder, comment in rows
            if folder == str(self.folder) and comment.startswith(f"rule_{rule}")
        ]
