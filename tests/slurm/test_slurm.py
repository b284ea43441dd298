"""Runs on a real SLURM of two nodes: what it is asked for, and what it may do to a run."""

import re
import shutil
import subprocess
import sys
import time

import pytest
import yaml
from helpers import slurm_cluster as slurm
from helpers.fork_server import start_server
from helpers.workflow import (
    OUTCOME,
    RESULTS,
    ROOT,
    bytes_of,
    command,
    copy_of_coalflow,
    overlay,
    succeed,
)

from coalflow.config.schema.training import Training

pytestmark = [
    pytest.mark.slurm,
    pytest.mark.timeout(1200),
    pytest.mark.skipif(slurm.why_not() is not None, reason=str(slurm.why_not())),
]

# Less of the same than elsewhere, and no genome, since each job takes its seconds.
SMALL = {"models": {"restarts": 1, "baselines": ["ridge"]}, "genomes": None}
SHARDS = 8
MODEL = RESULTS / "models" / "flagel_tajimas_d" / "0"
# What is asked of squeue.
COLUMNS = {
    "number": "%A",
    "state": "%T",
    "nodes": "%D",
    "cpus": "%C",
    "memory": "%m",
    "time": "%l",
    "partition": "%P",
    "account": "%a",
    "comment": "%k",
    "folder": "%Z",
}
LOG = RESULTS / "logs" / "train" / "flagel_tajimas_d" / "0.log"


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    with slurm.Cluster(tmp_path_factory.mktemp("slurm")) as running:
        yield running


@pytest.fixture(scope="module")
def on_laptop(tmp_path_factory):
    """Start the small run on two cores; return the process and the folder."""
    folder = copy_of_coalflow(tmp_path_factory.mktemp("laptop"))
    asked = command(configs=overlay(folder, "small.yaml", **SMALL), python=start_server())
    with (folder / "said.log").open("w") as said:
        process = subprocess.Popen(asked, cwd=folder, stdout=said, stderr=said)
    yield process, folder
    process.kill()
    process.wait()


class Run:
    """A run on the cluster, by our profile and the few keys of it that users change."""

    def __init__(self, cluster, folder, config, **resources):
        """Copy the workflow into a folder; ``resources`` are those of rules."""
        folder.mkdir(exist_ok=True)
        self.cluster, self.folder = cluster, copy_of_coalflow(folder)
        self.configs = overlay(folder, "small.yaml", **config)
        path = folder / "profiles" / "slurm" / "profile.yaml"
        profile = yaml.safe_load(path.read_text())
        profile["default-resources"] |= {"slurm_account": "popgen"}
        profile["set-resources"] |= resources
        path.write_text(yaml.safe_dump(profile))

    def start(self, *arguments):
        """Start Snakemake, which looks at its jobs more often than where they take minutes."""
        asked = [sys.executable, "-m", "snakemake", "--workflow-profile", "profiles/slurm"]
        asked += ["--slurm-init-seconds-before-status-checks", "1", *arguments]
        asked += ["--configfile", *self.configs]
        with (self.folder / "said.log").open("a") as said:
            self.process = self.cluster.start(*asked, folder=self.folder, stdout=said, stderr=said)

    def said(self):
        return (self.folder / "said.log").read_text()

    def succeed(self, *arguments):
        """Wait for Snakemake, that is started if there are arguments."""
        if arguments:
            self.start(*arguments)
        assert self.process.wait() == 0, self.said()

    def until(self, find):
        """Wait until there is something while Snakemake is running, and return it."""
        while not (found := find()):
            assert self.process.poll() is None, self.said()
            time.sleep(0.1)
        return found

    def jobs(self, name, *states):
        """Return what the cluster was asked for in jobs of a rule or a group, oldest first."""
        asked = [f"--states={','.join(states) or 'all'}", f"--format={'|'.join(COLUMNS.values())}"]
        shown = self.cluster.run("squeue", "--noheader", "--sort=i", *asked)
        jobs = [dict(zip(COLUMNS, line.split("|"), strict=True)) for line in shown.splitlines()]
        return [
            job
            for job in jobs
            if job["comment"].startswith(f"rule_{name}") and job["folder"] == str(self.folder)
        ]

    def time_is_over(self):
        """Let the net's training hang, and its job be over its time; wait until it has said so."""
        (training,) = self.jobs("train", "RUNNING")
        program = f"python (-u )?scripts/train.py .*--output {MODEL}$"  # not who starts it
        trainers = self.cluster.run("pgrep", "--full", program).split()
        self.cluster.run("kill", "-STOP", *trainers)
        self.scontrol("update", f"job={training['number']}", "endtime=now+1")
        self.until(lambda: "stopped after" in text_of(self.folder / LOG))

    def scontrol(self, *arguments):
        return self.cluster.run("scontrol", *arguments)


def shards_in(folder):
    whole = folder.glob(f"{RESULTS}/shards/*/[0-9]*.npz")  # not those that are being written
    return {path: path.stat().st_mtime_ns for path in whole}


def text_of(log):
    """Return what a log says; a job that begins anew deletes it."""
    try:
        return log.read_text()
    except FileNotFoundError:
        return ""


def states(jobs):
    return [job["state"] for job in jobs]


def test_a_run_to_which_everything_happens_gives_the_same_bytes(cluster, on_laptop, tmp_path):
    """Jobs cancelled, out of memory and over time, a node down, Snakemake itself killed."""
    run = Run(
        cluster,
        tmp_path,
        SMALL,
        split={"mem_mb": "150 * 20 ** (attempt - 1)"},
        train={"gpu": 1, "slurm_partition": "gpu"},
    )
    run.start("--group-components", f"shards={SHARDS // 2}")

    # Half of the shards are cancelled, and then the node of all jobs goes down.
    run.until(lambda: len(run.jobs("shards", "RUNNING")) == 2 and shards_in(tmp_path))
    cancelled, moved = run.jobs("shards", "RUNNING")
    cluster.run("scancel", cancelled["number"])
    run.scontrol("update", "node=node1", "state=down", "reason=test")
    for job in run.jobs("", "PENDING"):
        run.scontrol("update", f"job={job['number']}", "starttime=now")
    run.until(lambda: len(shards_in(tmp_path)) == SHARDS)
    run.scontrol("update", "node=node1", "state=resume")

    # Snakemake is killed while a net is trained. What it left in the queue has to go.
    run.until((tmp_path / MODEL / "checkpoint.pt").exists)
    cluster.kill(run.process)
    for job in run.jobs("", "RUNNING", "PENDING"):
        cluster.run("scancel", job["number"])
    run.succeed("--unlock")
    run.start()

    # Time is over for the net, whose process hangs.
    run.until(lambda: "resuming after" in text_of(tmp_path / LOG))
    run.time_is_over()
    run.succeed()
    assert "resuming after" in text_of(tmp_path / LOG)

    shards, split, train = (run.jobs(name) for name in ("shards", "split", "train"))
    assert [states(jobs) for jobs in (shards, split)] == [
        ["CANCELLED", "COMPLETED", "COMPLETED"],
        ["FAILED", "COMPLETED"],
    ]
    assert states(train)[-2:] == ["TIMEOUT", "COMPLETED"]
    # Four shards at a time, and more memory and time for what failed.
    assert [job["cpus"] for job in shards] == ["4"] * 3
    assert [job["memory"] for job in shards] == ["8000M", "8000M", "16000M"]
    assert [job["time"] for job in shards] == ["5:00", "5:00", "10:00"]
    assert [job["memory"] for job in split] == ["150M", "3000M"]
    assert {job["partition"] for job in train} == {"gpu"}
    assert "gpu:1" in run.scontrol("show", "job", train[-1]["number"])
    assert {job["account"] for job in run.jobs("")} == {"popgen"}
    assert states(run.jobs("results")) == ["COMPLETED"]

    process, laptop = on_laptop
    assert process.wait() == 0, (laptop / "said.log").read_text()
    everything = [*OUTCOME, "split.parquet", "shards/**/*.npz", "report.html"]
    assert bytes_of(tmp_path, *everything) == bytes_of(laptop, *everything)


@pytest.mark.parametrize(
    ("training", "asked"),
    [
        ({"device": "auto", "processes": 2}, "gpu=0"),
        ({"device": "cuda", "processes": 2}, "gpu=2"),
        (
            {"device": "cuda", "processes": 2, "nodes": 3},
            "nodes=3, tasks=3, mpi=srun, gres=gpu:2, tasks_per_gpu=0",
        ),
    ],
)
def test_training_asks_for_gpus_and_nodes(training, asked):
    """Snakemake shows a rule's message in place of its resources, so the function is called."""
    source = (ROOT / "workflow" / "rules" / "common.smk").read_text()
    functions = {}
    exec(re.search(r"^def training_resources.*?(?=\n\n\n)", source, re.M | re.S)[0], functions)
    resources = functions["training_resources"](Training.model_validate(training))
    assert ", ".join(f"{name}={value}" for name, value in resources.items()) == asked


def test_two_nodes_train_the_net_of_two_processes_on_one(cluster, on_laptop, tmp_path):
    """Also when their time is over meanwhile."""
    process, laptop = on_laptop
    assert process.wait() == 0, (laptop / "said.log").read_text()
    config = {**SMALL, "training": {"nodes": 2}}
    asked = {"gres": "gpu:1", "tasks_per_gpu": 0, "slurm_partition": "gpu"}
    run = Run(cluster, tmp_path / "cluster", config, train=asked)
    (tmp_path / "alone").mkdir()
    alone = copy_of_coalflow(tmp_path / "alone")
    for folder in (run.folder, alone):
        shutil.copytree(laptop / "results", folder / "results")
        shutil.copytree(laptop / ".snakemake" / "metadata", folder / ".snakemake" / "metadata")
    run.start(str(MODEL / "card.json"))
    run.until((run.folder / MODEL / "checkpoint.pt").exists)
    run.time_is_over()
    configs = overlay(alone, "two.yaml", **{**SMALL, "training": {"processes": 2}})
    succeed(alone, str(MODEL / "card.json"), configs=configs, forked=False)
    run.succeed()

    stopped, trained = run.jobs("train")
    assert states([stopped, trained]) == ["TIMEOUT", "COMPLETED"]
    for job in (stopped, trained):
        assert (job["nodes"], job["cpus"], job["partition"]) == ("2", "2", "gpu")
        assert "TresPerNode=gres:gpu:1" in run.scontrol("show", "job", job["number"])
    assert "resuming after" in text_of(run.folder / LOG)
    for name in ("model.safetensors", "history.tsv"):
        ours, theirs = ((folder / MODEL / name).read_bytes() for folder in (run.folder, alone))
        assert ours == theirs
        assert ours != (laptop / MODEL / name).read_bytes()
