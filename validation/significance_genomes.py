"""The genomes that validation/significance.py scans: the run's own, and others."""

import dataclasses
import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.append(str(ROOT / "scripts"))

import numpy as np
import tskit
import yaml

from coalflow.config.loading import read_config
from coalflow.config.registry.parameters import NEUTRAL
from coalflow.config.schema.distributions import MapRate
from coalflow.config.schema.simulation import Epoch
from coalflow.config.settings.making import SettingsMaker
from coalflow.core import digests
from coalflow.simulation.cell_simulator import list_versions
from coalflow.simulation.replicates import Replicates
from coalflow.windows.shards import ShardMeta, ShardWriter

CONFIG = ROOT / "validation" / "significance.yaml"
RIGHT, MAP, BACKGROUND, FORWARD = "right", "map", "background_selection", "forward_neutral"
SCENARIOS = {
    RIGHT: "as simulated",
    "double": "twice the population size",
    "half": "half the population size",
    "growth": "tenfold growth in the last 500 generations",
    MAP: "a recombination map of the same mean",
    FORWARD: "forward simulation of a small population",
    BACKGROUND: "background selection, in such a population",
}
CELLS = {NEUTRAL: "sweep=neutral", "hard": "sweep=hard", "soft": "sweep=soft"}
SIZES = {"double": 20_000, "half": 5_000}
GROWTH = (Epoch(start_size=1.0, end_time=500.0), Epoch(start_size=1.0, end_size=10.0))
MAP_FILE, STEP, STEPS, SHAPE = "map.txt", 25_000, 4_000, 0.4  # bases; gamma-distributed rates


@dataclasses.dataclass(frozen=True)
class Job:
    """Genomes of one cell in one scenario, and the file for them."""

    scenario: str
    cell: str
    count: int
    path: pathlib.Path


def make_settings():
    """Return what makes the settings of the run's programs."""
    return Maker(read_config(yaml.safe_load(CONFIG.read_text(encoding="utf-8"))))


class Maker(SettingsMaker):
    """Makes settings of the run, and of other genomes."""

    def list_model_folders(self):
        """Return the folders of all models."""
        models = self.config.models
        nets = [f"{net}/{restart}" for net in models.nets for restart in range(models.restarts)]
        return [*nets, *self.config.baselines]

    def make_genomes(self, job):
        """Return the settings for genomes."""
        cell = self.power_cells[job.cell]
        settings = self.simulate_block(cell, 0, job.count, f"validation/{job.scenario}")
        changes = {}
        if cell.is_swept:
            changes["position"] = settings.parameters["sequence_length"] / 2
        if job.scenario in SIZES:
            changes["population_size"] = SIZES[job.scenario]
        if job.scenario == MAP:
            changes["recombination_rate"] = MapRate(map=str(job.path.parent / MAP_FILE))
        update = {"parameters": {**settings.parameters, **changes}}
        if job.scenario == "growth":
            history = settings.history.model_copy(update={"histories": {"constant": GROWTH}})
            update["history"] = history
        return settings.model_copy(update=update)


def list_jobs(folder, null, others):
    """Return what is simulated; of sweeps half are hard."""
    jobs = []
    for scenario in SCENARIOS:
        if scenario in (BACKGROUND, FORWARD):
            continue
        counts = {NEUTRAL: null if scenario == RIGHT else others}
        counts |= dict.fromkeys(("hard", "soft"), others // 2)
        for kind, count in counts.items():
            path = folder / scenario / f"{CELLS[kind]}.npz"
            jobs.append(Job(scenario, CELLS[kind], count, path))
    (folder / MAP).mkdir(parents=True, exist_ok=True)
    write_map(folder / MAP / MAP_FILE)
    return jobs


def write_map(path):
    """Write a map with cold and hot stretches, whose mean is the run's rate."""
    mean = make_settings().config.simulation.recombination_rate * 1e8  # cM/Mb
    rates = np.random.default_rng(8).gamma(SHAPE, size=STEPS)
    rates *= mean / rates.mean()
    positions = np.arange(STEPS + 1) * STEP
    morgans = np.concatenate([[0], np.cumsum(rates * STEP / 1e6)])
    lines = ["Chromosome\tPosition(bp)\tRate(cM/Mb)\tMap(cM)"]
    rows = zip(positions, [*rates, 0], morgans, strict=True)
    lines += [f"chr1\t{position}\t{rate:.6f}\t{end:.8f}" for position, rate, end in rows]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def simulate(job):
    """Simulate genomes, unless they are there."""
    if job.path.exists():
        return
    job.path.parent.mkdir(parents=True, exist_ok=True)
    replicates = Replicates(make_settings().make_genomes(job))
    for index in range(job.count):
        replicates.add(index)
    replicates.write(job.path)


def import_background(folder):
    """Take over what background_selection.py simulated, as far as it did."""
    maker = make_settings()
    for scenario in (FORWARD, BACKGROUND):
        files = sorted((folder / scenario).glob("*.trees"), key=lambda path: int(path.stem))
        path = folder / scenario / f"{CELLS[NEUTRAL]}.npz"
        if not files or path.exists():
            continue
        job = Job(scenario, CELLS[NEUTRAL], len(files), path)
        settings = maker.make_genomes(job)
        shard = ShardWriter()
        for index, file in enumerate(files):
            shard.add(tskit.load(file), index, index)
        length = np.full(len(files), settings.parameters["sequence_length"])
        meta = ShardMeta(
            cell=settings.cell,
            samples=settings.samples,
            settings=settings.as_json(),
            settings_digest=digests.digest_value(settings.as_json()),
            versions=list_versions(),
        )
        shard.write(path, {"parameter/sequence_length": length}, meta)


def list_scenarios(folder):
    """Return the scenarios of which there are genomes."""
    return [name for name in SCENARIOS if (folder / name / f"{CELLS[NEUTRAL]}.npz").exists()]


def list_files(folder, scenario):
    """Return the files of a scenario; genomes with sweeps are the right ones where it has none."""
    own = folder / scenario
    swept = own if (own / f"{CELLS['hard']}.npz").exists() else folder / RIGHT
    return [own / f"{CELLS[NEUTRAL]}.npz", *(swept / f"{CELLS[k]}.npz" for k in ("hard", "soft"))]
