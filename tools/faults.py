"""Test what happens to a run that is killed, cut off, short of disk or damaged: docs/faults.md.

A small config is run once, undisturbed. Then each fault is caused in a separate copy, the run is
resumed as the docs say, and all results are compared with the undisturbed ones, byte by byte.
Random choices depend on one seed, but their times also on the speed of the machine. With ``--only``
some faults are repeated; earlier outcomes of the others are kept in the folder.
Small disks, power cuts and read-only results need Linux and root.

    python tools/faults.py --folder faults
"""

import argparse
import collections
import contextlib
import dataclasses
import fcntl
import importlib.metadata
import json
import math
import os
import pathlib
import random
import re
import shutil
import signal
import struct
import subprocess
import sys
import time

import psutil
import yaml

ROOT = pathlib.Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "faults.md"
PARTS = ["Snakefile", "config", "envs", "profiles", "scripts", "workflow"]
CONFIG, RESULTS, GENOME = "faults.yaml", pathlib.Path("results/faults"), "mine.vcf.gz"
SHARD, NET = "shards/population_size=10000/00000.npz", "models/flagel_tajimas_d"
CHECKPOINT, ACTIVATIONS = f"{NET}/0/checkpoint.pt", "figures/activations_flagel_tajimas_d_0.png"
# Logs and times of jobs tell of the run, not of its result.
NO_RESULT = ("logs/", "benchmarks/")
SEED, KILLS, FEWEST_KILLS, KILLS_OF_THE_TRAINER, POWER_CUTS = 1, 24, 20, 8, 5
KILLED = "returned non-zero exit status 137"
EXT4_SHUTDOWN, WITHOUT_THE_JOURNAL = 0x8004587D, struct.pack("I", 2)
DAY = 86_400
OWN_MOUNTS = "FAULTS_HAVE_MOUNTS_OF_THEIR_OWN"


@dataclasses.dataclass
class Outcome:
    """A row of the table."""

    fault: str
    cause: str
    symptom: str
    remedy: str
    seconds: float = 0


FAULTS = {}


def fault(function):
    """Enter a function into the list of faults; it takes a workplace and returns an Outcome."""
    FAULTS[function.__name__] = function
    return function


# A run, and what is done to it ---------------------------------------------------------------


class Workplace:
    """A folder with the workflow and a config, in which Snakemake is started again and again."""

    def __init__(self, folder, undisturbed=None):
        self.folder, self.undisturbed = folder, undisturbed
        self.results = folder / RESULTS
        self.random = random.Random(SEED)
        self.output = ""

    def fill(self):
        """Lay down the workflow, its config and a genome."""
        self.folder.mkdir(parents=True)
        for part in PARTS:
            copy = shutil.copytree if (ROOT / part).is_dir() else shutil.copy
            copy(ROOT / part, self.folder / part)
        config = yaml.safe_load((ROOT / "tests/cases/tiny.yaml").read_text(encoding="utf-8"))
        config |= {"run": RESULTS.name, "genomes": {"mine": {"path": GENOME}}}
        config["simulation"]["grid"] = {"population_size": [10000, 20000]}
        config["models"] |= {"restarts": 1, "baselines": ["ridge"]}
        self.write_config(config)
        write_genome(self.folder / GENOME)

    def config(self):
        """Return the config."""
        return yaml.safe_load((self.folder / CONFIG).read_text(encoding="utf-8"))

    def write_config(self, config):
        """Write another config."""
        (self.folder / CONFIG).write_text(yaml.safe_dump(config, sort_keys=False), encoding="utf-8")

    def start(self, *arguments, before=()):
        """Start Snakemake, as the docs say, and return its process."""
        command = [sys.executable, "-m", "snakemake", "--configfile", CONFIG, "--cores", "2"]
        with open(self.folder / "output.txt", "w", encoding="utf-8") as output:
            return psutil.Popen(
                [*before, *command, *arguments],
                cwd=self.folder,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                env={**os.environ, "OMP_NUM_THREADS": "1"},
            )

    def end(self, process):
        """Wait for a run to end; return its exit code, and keep its output."""
        process.wait()
        self.output = self.text()
        return process.returncode

    def run(self, *arguments, before=()):
        """Run Snakemake and return its exit code."""
        return self.end(self.start(*arguments, before=before))

    def run_to_the_end(self, *arguments):
        """Run to the end; whatever the fault required has been done before."""
        if self.run(*arguments) != 0:
            raise AssertionError(f"did not run to the end:\n{self.output}")

    def take_away(self, *names):
        """Remove results and the report, so that they are rebuilt.

        Where the report is there, Snakemake does not look for what it was made from.
        """
        for name in [*names, "report.html"]:
            path = self.results / name
            shutil.rmtree(path) if path.is_dir() else path.unlink()

    def unlock(self):
        """Remove the lock that a killed Snakemake leaves, which must be needed."""
        if self.run() == 0 or "cannot be locked" not in self.output:
            raise AssertionError(f"there was no lock:\n{self.output}")
        self.run_to_the_end("--unlock")

    def planned(self):
        """Return the rules that would run now."""
        self.run_to_the_end("--dry-run", "--quiet", "rules")
        return sorted(
            set(re.findall(r"^(\w+) +\d+$", self.output, re.MULTILINE)) - {"all", "total"}
        )

    def programs(self, *names):
        """Return the processes of these programs, or of any, that work in this folder."""
        found = []
        for process in psutil.process_iter():
            with contextlib.suppress(psutil.Error):
                command = [*process.cmdline(), "", ""]
                program = pathlib.Path(command[1])
                if program.parent.name == "scripts" and process.cwd() == str(self.folder):
                    found += [process] if not names or program.stem in names else []
        return found

    def seconds_until_idle(self, most=120):
        """Wait until no program works here any more; return how long it took."""
        started = time.monotonic()
        while self.programs():
            if time.monotonic() - started > most:
                raise AssertionError(f"outlived their Snakemake: {self.programs()}")
            time.sleep(0.1)
        return time.monotonic() - started

    def wait_for(self, process, ready):
        """Wait during a run until something is there, and return it; None if the run ended."""
        while process.poll() is None:
            found = ready()
            if found:
                return found
            time.sleep(0.1)
        return None

    def wait_for_file(self, process, pattern):
        """Wait until a result is there."""
        if not self.wait_for(process, lambda: list(self.results.glob(pattern))):
            raise AssertionError(f"the run ended before there was {pattern}:\n{self.text()}")

    def some_time(self, process):
        """Wait until programs run, and then for up to an eighth of what a whole run takes."""
        self.wait_for(process, self.programs)
        time.sleep(self.random.uniform(0, seconds_of(self.undisturbed) / 8))

    def text(self):
        """Return the output of the last run so far."""
        return (self.folder / "output.txt").read_text(errors="replace", encoding="utf-8")

    def line(self, pattern):
        """Return the first line of the output that a pattern matches, shortened for a table."""
        for line in self.output.splitlines():
            if re.search(pattern, line):
                for old in (f"{self.folder}/", f"{RESULTS}/", f" (seen from {self.folder})"):
                    line = line.replace(old, "")
                line = re.sub(r"^ +\d+:\d\d ", "", line)  # since the run began
                return re.sub(r"\s+", " ", line).strip().replace("`", "'")
        raise AssertionError(f"nothing like {pattern!r} in the output:\n{self.output}")

    def fails(self, *arguments, words="error: "):
        """Run what must fail, without a traceback; return its message."""
        if self.run(*arguments) == 0:
            raise AssertionError(f"nobody noticed:\n{self.output}")
        if "Traceback" in self.output:
            raise AssertionError(f"a traceback:\n{self.output}")
        return self.line(words)

    def damaged(self):
        """Return the results that are not as the undisturbed ones; one may be missing."""
        ours, theirs = (checksums(one) for one in (self.results, self.undisturbed / RESULTS))
        return sorted(
            name for name in ours.keys() | theirs.keys() if ours.get(name) != theirs.get(name)
        )

    def refuse_wrong_files(self):
        """Raise an error where a file is there that is not as the undisturbed one."""
        names = [name for name in self.damaged() if (self.results / name).exists()]
        final = [name for name in names if not pathlib.Path(name).name.startswith(".writing-")]
        wrong = [name for name in final if not name.endswith("checkpoint.pt")]
        if wrong:
            raise AssertionError(f"wrong or half-written: {wrong}")


def seconds_of(undisturbed):
    """Return how long the undisturbed run took."""
    return float((undisturbed / "seconds.txt").read_text(encoding="utf-8"))


def checksums(results):
    """Return the content of all result files by their names."""
    return {
        path.relative_to(results).as_posix(): path.read_bytes()
        for path in sorted(results.rglob("*"))
        if path.is_file() and not path.relative_to(results).as_posix().startswith(NO_RESULT)
    }


def write_genome(path, seed=3):
    """Write a VCF of 10 individuals, by the program of the workflow."""
    sys.path.append(str(ROOT / "scripts"))
    import msprime

    from coalflow.genomes import vcf_writer

    trees = msprime.sim_ancestry(
        10, sequence_length=2e5, recombination_rate=1e-8, population_size=1e4, random_seed=seed
    )
    model = msprime.BinaryMutationModel()
    vcf_writer.write_vcf(
        msprime.sim_mutations(trees, rate=1.5e-8, random_seed=seed, model=model), path
    )


def kill(process):
    """Kill a process that may just have ended by itself."""
    with contextlib.suppress(psutil.NoSuchProcess):
        process.send_signal(signal.SIGKILL)


def kill_all(process):
    """Kill Snakemake and all it has started."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def flip_a_bit(path, chance):
    """Flip one bit in the middle half of a file; its time stays."""
    status, content = path.stat(), bytearray(path.read_bytes())
    bit = chance.randrange(2 * len(content), 6 * len(content))
    content[bit // 8] ^= 1 << bit % 8
    path.write_bytes(content)
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))


def mount(*arguments):
    """Mount something; the namespace is ours alone."""
    subprocess.run(["mount", *map(str, arguments)], check=True)


def unmount(folder):
    """Unmount a folder, as soon as programs that are about to end let go of it."""
    for _ in range(60):
        if subprocess.run(["umount", folder], capture_output=True).returncode == 0:
            return
        time.sleep(0.5)
    raise AssertionError(f"{folder} stays in use")


# Kills ---------------------------------------------------------------------------------------


@fault
def kills(workplace):
    """Kill Snakemake and its programs at random times, in one run."""
    done, slowest = collections.Counter(), 0
    while done.total() < KILLS:
        process = workplace.start()
        workplace.some_time(process)
        if process.poll() is not None:
            break
        # Each third time Snakemake; else one of its programs, if there is one between two jobs.
        programs = workplace.programs() if done.total() % 3 else []
        victim = workplace.random.choice(programs or [process])
        done["Snakemake" if victim is process else "program"] += 1
        kill(victim)
        workplace.end(process)
        if victim is process:
            slowest = max(slowest, workplace.seconds_until_idle())
            workplace.unlock()
    workplace.run_to_the_end()
    if done.total() < FEWEST_KILLS:
        raise AssertionError(f"the run ended after {done}")
    return Outcome(
        "`SIGKILL`, by hand or when memory runs out",
        f"Snakemake itself {done['Snakemake']} times, one of its programs {done['program']} times, "
        "at random times in one run",
        f"for a program: `{KILLED}`; for Snakemake nothing, its programs end within "
        f"{math.ceil(slowest)} s, and the next start says `Directory cannot be locked`",
        "start again, after `--unlock` if it says so",
    )


@fault
def trainer_killed(workplace):
    """Kill the trainer at random times, in one training."""
    _, times = (
        (workplace.results / f"benchmarks/train/{NET[7:]}/0.tsv")
        .read_text(encoding="utf-8")
        .splitlines()
    )
    most = float(times.split()[0]) / 2
    workplace.take_away(NET, "metrics.tsv")
    done = 0
    while done < KILLS_OF_THE_TRAINER:
        process = workplace.start()
        trainers = workplace.wait_for(process, lambda: workplace.programs("train"))
        if not trainers:
            break
        time.sleep(workplace.random.uniform(0, most))
        kill(trainers[0])
        if workplace.end(process) == 0:
            break
        workplace.line(KILLED)
        done += 1
    workplace.run_to_the_end()
    return Outcome(
        "`SIGKILL` of the trainer",
        f"{done} times, at random times in one training",
        f"`{KILLED}`",
        "start again; it resumes after the last epoch that was saved",
    )


def signalled(workplace, send, words):
    """Send a signal while a net is trained, and resume; return the messages of both runs."""
    workplace.take_away(NET)
    process = workplace.start()
    workplace.wait_for_file(process, CHECKPOINT)
    send(process)
    workplace.end(process)
    symptom = workplace.line(words)
    workplace.run_to_the_end()
    return symptom, workplace.line("resuming after")


@fault
def interrupt(workplace):
    """Press Ctrl-C, which goes to all."""
    symptom, then = signalled(
        workplace, lambda process: os.killpg(process.pid, signal.SIGINT), "Interrupted"
    )
    return Outcome(
        "Ctrl-C", "while a net is trained", f"`{symptom}`", f"start again; it says `{then}`"
    )


@fault
def terminate(workplace):
    """Send SIGTERM to the main process."""
    symptom, _ = signalled(
        workplace, lambda process: process.send_signal(signal.SIGTERM), "Interrupted"
    )
    return Outcome(
        "`SIGTERM`", "to Snakemake while a net is trained", f"`{symptom}`", "start again"
    )


@fault
def power_cut(workplace):
    """Cut the power: what was not yet on the disk is gone."""
    image, disk = workplace.folder.with_name("power_cut.img"), workplace.folder.with_name("disk")
    with image.open("wb") as file:
        file.truncate(512 << 20)
    subprocess.run(["mkfs.ext4", "-q", image], check=True)
    disk.mkdir(exist_ok=True)
    mount("-o", "loop", image, disk)
    inside = Workplace(disk / "run", workplace.undisturbed)
    shutil.copytree(workplace.folder, inside.folder)
    os.sync()
    for _ in range(POWER_CUTS):
        process = inside.start()
        inside.some_time(process)
        folder = os.open(disk, os.O_RDONLY)
        fcntl.ioctl(folder, EXT4_SHUTDOWN, WITHOUT_THE_JOURNAL)
        os.close(folder)
        kill_all(process)
        inside.seconds_until_idle()
        unmount(disk)
        mount("-o", "loop", image, disk)
        inside.refuse_wrong_files()
        inside.run_to_the_end("--unlock")
    inside.run_to_the_end()
    shutil.copytree(inside.results, workplace.results)
    unmount(disk)
    image.unlink()
    return Outcome(
        "power cut",
        f"a disk (ext4) that loses what it had not yet written, {POWER_CUTS} times in one run",
        "no result is empty or cut off; the next start says `Directory cannot be locked`",
        "start again, after `--unlock`",
    )


# Disks ---------------------------------------------------------------------------------------


@contextlib.contextmanager
def small_disk(workplace):
    """Keep the results on a disk of their own, whose size can be changed."""
    workplace.results.mkdir(parents=True)
    mount("-t", "tmpfs", "-o", "size=1m", "tmpfs", workplace.results)
    yield
    found = shutil.copytree(workplace.results, workplace.folder / "found")
    unmount(workplace.results)
    workplace.results.rmdir()
    found.rename(workplace.results)


def leave_room(workplace, kilobytes):
    """Make the small disk so large that there is so much room."""
    status = os.statvfs(workplace.results)
    used = (status.f_blocks - status.f_bfree) * status.f_frsize
    mount("-o", f"remount,size={used + 1024 * kilobytes}", workplace.results)


# Which rule finds the disk full, how many kB are left to it, what it makes, and what is there.
STAGES = {
    "simulate": (40, ["split.parquet"], ["observation.json"]),
    "train": (700, [f"{NET}/0/card.json"], ["split.parquet"]),
    "evaluate": (60, ["metrics.tsv"], ["statistics.parquet", "models/ridge/card.json"]),
    "report": (200, [], ["metrics.tsv"]),
}
NOT_IN_THE_REPORT = [
    *("dataset.tsv", "figures/histories.png", "genomes/mine/windows.tsv"),
    ACTIVATIONS,
]


@fault
def disk_full(workplace):
    """Let the disk of the results fill up at four places of the road, and make room each time."""
    messages = []
    with small_disk(workplace):
        for kilobytes, made, there in STAGES.values():
            leave_room(workplace, 100_000)
            there = there if made else [*there, *NOT_IN_THE_REPORT]
            workplace.run_to_the_end(*(str(RESULTS / name) for name in there))
            leave_room(workplace, kilobytes)
            messages.append(
                workplace.fails(*(str(RESULTS / name) for name in made), words="disk is full")
            )
            workplace.refuse_wrong_files()
        leave_room(workplace, 100_000)
        workplace.run_to_the_end()
    return Outcome(
        "disk full",
        f"a small disk, full at {', '.join(STAGES)}",
        f"`{re.sub('^.*error', 'error', messages[0])}`",
        "make room and start again",
    )


@fault
def disk_full_to_the_last_byte(workplace):
    """Leave no room at all, not even for a log."""
    with small_disk(workplace):
        workplace.run_to_the_end(str(RESULTS / "observation.json"))
        leave_room(workplace, 0)
        workplace.run()
        symptom = workplace.line("No space left|disk of .* is full")
        leave_room(workplace, 100_000)
        workplace.run_to_the_end()
    return Outcome(
        "disk completely full",
        "not even room for a log",
        f"`{symptom}`",
        "make room and start again",
    )


@fault
def read_only(workplace):
    """Make the results read-only."""
    workplace.take_away("metrics.tsv")
    mount("--bind", workplace.results, workplace.results)
    mount("-o", "remount,bind,ro", workplace.results)
    workplace.run()
    symptom = workplace.line("Write-protected|Read-only")
    unmount(workplace.results)
    workplace.run_to_the_end()
    return Outcome(
        "read-only results",
        "mounted read-only",
        f"`{symptom}`",
        "make them writable and start again",
    )


# Damage --------------------------------------------------------------------------------------

# What is damaged, and what is removed, so that it is rebuilt from the damaged file.
DAMAGED = {
    "shard": (SHARD, "split.parquet"),
    "`split.parquet`": ("split.parquet", "statistics.parquet"),
    "`statistics.parquet`": ("statistics.parquet", "models/ridge/card.json"),
    "`observation.json`": ("observation.json", "models/ridge/card.json"),
    "baseline": ("models/ridge/model.skops", "metrics.tsv"),
    "net's weights": (f"{NET}/0/model.safetensors", ACTIVATIONS),
    "net's card": (f"{NET}/0/card.json", ACTIVATIONS),
}


def read_again(workplace, name, made_from_it):
    """Have a damaged file read again; follow its message, and return it."""
    (workplace.results / made_from_it).unlink()
    symptom = workplace.fails(str(RESULTS / made_from_it))
    path = workplace.results / name
    if "Delete the folder" in symptom:
        shutil.rmtree(path.parent)
    else:
        path.unlink()
    workplace.run_to_the_end(str(RESULTS / made_from_it))
    return symptom


@fault
def bits_flipped(workplace):
    """Flip a bit in files of every kind that a program reads, one after the other."""
    messages = []
    for name, made_from_it in DAMAGED.values():
        flip_a_bit(workplace.results / name, workplace.random)
        messages.append(read_again(workplace, name, made_from_it))
    workplace.run_to_the_end()
    return Outcome(
        "a bit flipped on the disk",
        f"in {', '.join(DAMAGED)}; the file's time stays",
        f"as soon as a program reads it, as `{messages[1]}`",
        "delete the file that it names and start again",
    )


@fault
def shard_cut_off(workplace):
    """Cut off a shard."""
    path = workplace.results / SHARD
    status = path.stat()
    os.truncate(path, status.st_size - 1000)
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    symptom = read_again(workplace, *DAMAGED["shard"])
    workplace.run_to_the_end()
    return Outcome(
        "a shard cut off",
        "by 1,000 bytes; its time stays",
        f"`{symptom}`",
        "delete it and start again",
    )


@fault
def checkpoint_damaged(workplace):
    """Flip a bit of a checkpoint of a training that was killed."""
    workplace.take_away(NET)
    process = workplace.start()
    workplace.wait_for_file(process, CHECKPOINT)
    kill_all(process)
    flip_a_bit(workplace.results / CHECKPOINT, workplace.random)
    workplace.unlock()
    workplace.run_to_the_end()
    symptom = workplace.line("starting from the beginning")
    return Outcome(
        "a damaged checkpoint", "a bit flipped after the run was killed", f"`{symptom}`", "nothing"
    )


@fault
def files_removed(workplace):
    """Remove a shard, a model and a table, then the report too."""
    for name in (SHARD, "models/ridge/model.skops", "metrics.tsv"):
        (workplace.results / name).unlink()
    if workplace.planned():
        raise AssertionError("the report is there, and yet something would be made")
    workplace.take_away()
    again = workplace.planned()
    workplace.run_to_the_end()
    return Outcome(
        "files removed",
        "a shard, a baseline, a table; then the report too",
        "nothing while the report exists, so shards can be removed to save space. Without the "
        f"report they are rebuilt, and all that depends on them: {', '.join(again)}",
        "remove the report and start again, or name the missing file on the command line",
    )


@fault
def table_for_people_changed(workplace):
    """Change a table and a picture, which no program checks."""
    flip_a_bit(workplace.results / "dataset.tsv", workplace.random)
    flip_a_bit(workplace.results / "figures/dataset.png", workplace.random)
    if workplace.planned():
        raise AssertionError("it was noticed")
    workplace.take_away(*workplace.damaged())
    workplace.run_to_the_end()
    return Outcome(
        "a bit flipped in a table or figure",
        "in `dataset.tsv` and `figures/dataset.png`; the files' time stays",
        "nothing: text tables and figures have no checksum, and the report shows them as they are",
        "delete them and start again",
    )


@fault
def genome_damaged(workplace):
    """Flip a bit in the user's own file before it is read."""
    before = (workplace.folder / GENOME).read_bytes()
    flip_a_bit(workplace.folder / GENOME, workplace.random)
    workplace.take_away("genomes/mine")
    symptom = workplace.fails()
    (workplace.folder / GENOME).write_bytes(before)
    workplace.run_to_the_end()
    return Outcome(
        "a damaged VCF", "a bit flipped", f"`{symptom}`", "copy it again and start again"
    )


# What is changed during a run ----------------------------------------------------------------


@fault
def config_edited(workplace):
    """Edit the config during a run, and undo the edit."""
    config = workplace.config()
    workplace.take_away("shards", "split.parquet", "dataset.tsv")
    process = workplace.start()
    workplace.wait_for_file(process, "shards/*/*.npz")
    edited = json.loads(json.dumps(config))
    edited["simulation"]["mutation_rate"] *= 2
    workplace.write_config(edited)
    if workplace.end(process) != 0:
        raise AssertionError(workplace.output)
    first = workplace.damaged()
    again = workplace.planned()
    workplace.write_config(config)
    if first or "simulate" not in again or workplace.planned():
        raise AssertionError(f"{first}, {again}, {workplace.planned()}")
    return Outcome(
        "config edited during a run",
        "the mutation rate, while windows are simulated",
        "nothing: the run continues with the old config; the next one reruns what the edit affects",
        "nothing",
    )


@fault
def genome_vanishes(workplace):
    """Move the genome away during a run."""
    workplace.take_away("genomes/mine")
    process = workplace.start()
    workplace.wait_for_file(process, "genomes/mine/observation.json")
    (workplace.folder / GENOME).rename(workplace.folder / "away")
    if workplace.end(process) == 0:
        raise AssertionError("it was scanned without being there")
    symptom = workplace.line("Missing files after|there is no such file").partition(". ")[0]
    workplace.run()
    then = workplace.line("no such file")
    (workplace.folder / "away").rename(workplace.folder / GENOME)
    workplace.run_to_the_end()
    return Outcome(
        "a genome's file vanishes during a run",
        "after it was checked, before it was scanned",
        f"`{symptom}`; at the next start `{then}`",
        "put it back and start again",
    )


@fault
def genome_changes(workplace):
    """Replace the genome by another during a run, and undo that."""
    before = (workplace.folder / GENOME).read_bytes()
    workplace.take_away("genomes/mine")
    process = workplace.start()
    workplace.wait_for_file(process, "genomes/mine/observation.json")
    time.sleep(1)
    write_genome(workplace.folder / GENOME, seed=4)
    workplace.end(process)
    again = workplace.planned()
    if "observe_genome" not in again:
        raise AssertionError(f"nothing is looked at again: {again}")
    (workplace.folder / GENOME).write_bytes(before)
    workplace.run_to_the_end()
    return Outcome(
        "a genome's file changes during a run",
        "after it was checked, before it was scanned; later changed back",
        f"the next start reruns what was read from it: {', '.join(again)}",
        "start again",
    )


@fault
def two_at_once(workplace):
    """Start a run a second time in the same folder, and one with another name."""
    workplace.take_away("shards", "split.parquet", "dataset.tsv")
    process = workplace.start()
    workplace.wait_for_file(process, "shards/*/*.npz")
    command = [sys.executable, "-m", "snakemake", "--configfile", CONFIG, "--cores", "1"]
    options = {"cwd": workplace.folder, "capture_output": True, "text": True}
    same = subprocess.run(command, check=False, **options)
    if "Directory cannot be locked" not in same.stdout + same.stderr:
        raise AssertionError(same.stderr)
    other = ["--config", "run=another", "--", "results/another/observation.json"]
    subprocess.run([*command, *other], check=True, **options)
    if workplace.end(process) != 0:
        raise AssertionError(workplace.output)
    return Outcome(
        "two runs in one folder at once",
        "the same run twice; another, with a different name in `run`",
        "`Error: Directory cannot be locked. Please make sure that no other Snakemake process is "
        "trying to create the same files`; the other run, which makes other files, is unaffected",
        "wait for the first to end",
    )


# Clocks --------------------------------------------------------------------------------------


def move_times(workplace, pattern, days):
    """Move the times of results."""
    for path in workplace.results.glob(pattern):
        status = path.stat()
        os.utime(path, (status.st_atime, status.st_mtime + days * DAY))


@fault
def clock_moved(workplace):
    """Move the times of files, as if the clock had been wrong when they were written."""
    move_times(workplace, "models/**/*", -1000)
    behind = workplace.planned()
    workplace.run_to_the_end()
    move_times(workplace, "**/*", 1)
    if workplace.planned():
        raise AssertionError(workplace.output)
    move_times(workplace, "**/*", -1)
    move_times(workplace, "shards/*/*.npz", 1)
    workplace.take_away("split.parquet", "dataset.tsv")
    symptom = re.sub(r" \(.*?\)", "", workplace.fails(words="older modification time"))
    for path in workplace.results.glob("shards/*/*.npz"):
        path.touch()
    workplace.run_to_the_end()
    return Outcome(
        "clock moved",
        "models three years in the past; all results a day in the future; only the shards in the "
        "future",
        f"in the first case these rerun: {', '.join(behind) or 'none'}; in the second none; in "
        f"the third: `{symptom.partition('. ')[0]}`",
        "`touch` what is in the future and start again",
    )


# The page ------------------------------------------------------------------------------------

# Those that begin with an empty folder; all others with a finished run.
FROM_NOTHING = (kills, power_cut, disk_full, disk_full_to_the_last_byte)
HEAD = """# When things go wrong

What happened to a small run when it was killed, cut off, short of disk space or damaged, tested by
`tools/faults.py` in {minutes:.0f} minutes on 2 cores (seed {seed}, Snakemake {snakemake}).
After each fault the run was resumed as the table says. Then all its {files} result files (shards,
models, tables, figures and the report) were compared with those of an undisturbed run: they had
the same bytes after every fault in the table.

"""
COLUMNS = ("fault", "cause", "symptom", "remedy")
TITLES = ("fault", "how it was caused", "what you see", "what to do")
MARK = "<!-- All above is written by tools/faults.py. -->\n"


def main():
    """Run the faults that are asked for, and write the page."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--folder", type=pathlib.Path, required=True, help="where runs are made")
    parser.add_argument("--only", nargs="*", choices=FAULTS, default=list(FAULTS))
    arguments = parser.parse_args()
    if os.geteuid() != 0 or not shutil.which("unshare"):
        parser.error("small disks and power cuts need Linux and root")
    if OWN_MOUNTS not in os.environ:
        # What is mounted is symptom by nobody else, and vanishes with this program.
        os.environ[OWN_MOUNTS] = "yes"
        os.execvp("unshare", ["unshare", "--mount", sys.executable, *sys.argv])
    folder = arguments.folder.resolve()
    undisturbed = Workplace(folder / "undisturbed")
    if not (undisturbed.results / "report.html").exists():
        shutil.rmtree(undisturbed.folder, ignore_errors=True)
        undisturbed.fill()
        started = time.monotonic()
        undisturbed.run_to_the_end()
        (undisturbed.folder / "seconds.txt").write_text(
            f"{time.monotonic() - started:.0f}", encoding="utf-8"
        )
    failed = []
    for name in arguments.only:
        print(name, flush=True)
        try:
            outcome = outcome_of(name, folder / name, undisturbed.folder)
        except AssertionError as error:
            print(error, flush=True)
            failed.append(name)
            continue
        print(f"  {outcome.symptom}\n  {outcome.seconds:.0f} s", flush=True)
        (folder / f"{name}.json").write_text(
            json.dumps(dataclasses.asdict(outcome), indent=2), encoding="utf-8"
        )
    if failed:
        sys.exit(f"error: not as it should be after {', '.join(failed)}")
    write_page(folder, len(checksums(undisturbed.results)))


def outcome_of(name, folder, undisturbed):
    """Do one fault to a copy of its own, and compare what came of it."""
    shutil.rmtree(folder, ignore_errors=True)
    workplace = Workplace(folder, undisturbed)
    made = ("results", ".snakemake") if FAULTS[name] in FROM_NOTHING else ()
    shutil.copytree(undisturbed, folder, ignore=shutil.ignore_patterns(*made))
    started = time.monotonic()
    outcome = FAULTS[name](workplace)
    wrong = workplace.damaged()
    if wrong:
        raise AssertionError(f"{name}: other bytes in {wrong}")
    outcome.seconds = time.monotonic() - started
    shutil.rmtree(folder)
    return outcome


def write_page(folder, files):
    """Write the page from all outcomes that are known, where they are all known."""
    found = [folder / f"{name}.json" for name in FAULTS]
    if not all(path.exists() for path in found):
        return
    outcomes = [Outcome(**json.loads(path.read_text(encoding="utf-8"))) for path in found]
    seconds = sum(outcome.seconds for outcome in outcomes)
    head = HEAD.format(
        seed=SEED,
        minutes=seconds / 60,
        files=files,
        snakemake=importlib.metadata.version("snakemake"),
    )
    rows = [f"| {' | '.join(TITLES)} |", "| --- " * len(TITLES) + "|"]
    for outcome in outcomes:
        cells = [getattr(outcome, column).replace("|", "\\|") for column in COLUMNS]
        rows.append(f"| {' | '.join(cells)} |")
    by_hand = PAGE.read_text(encoding="utf-8").partition(MARK)[2] if PAGE.exists() else ""
    PAGE.write_text(head + "\n".join(rows) + f"\n\n{MARK}{by_hand}", encoding="utf-8")


if __name__ == "__main__":
    main()
