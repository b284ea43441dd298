"""How much memory baselines take: the whole program, on statistics of a million replicates.

The statistics are random numbers, so boosting soon stops.

    python bench/fit_baseline.py --before ../earlier
"""

from __future__ import annotations

import json
import multiprocessing
import os
import pathlib
import sys
import tempfile

import numpy as np
import pandas as pd
import yaml

import measuring

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.append(str(ROOT / "scripts"))

from coalflow.config.loading import read_config
from coalflow.config.schema.whole import Config
from coalflow.config.settings.making import SettingsMaker
from coalflow.core.files import write_json
from coalflow.core.parquet import write_parquet
from coalflow.genomes.measuring.measured_observation import complete_observation
from coalflow.windows.measures import MEASURES

CONFIG = ROOT / "config" / "config.yaml"
STATISTICS = 212  # as many as there are of 40 haplotypes
BASELINES = ("mean", "ridge", "gradient_boosting")  # of numbers
MARK = measuring.Mark("<=", 3e9 / 2**20, of="value")


def main() -> None:
    """Measure each baseline, also of an earlier version."""
    parser = measuring.make_parser(__doc__, rounds=1)
    parser.add_argument("--replicates", type=int, default=1_000_000)
    arguments = parser.parse_args()
    os.environ.update(measuring.ONE_THREAD)
    checkouts = {"now": ROOT}
    if arguments.before:
        checkouts["before"] = arguments.before.resolve()
    rows = []
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        # Elsewhere, for its memory would count as that of the programs that are measured.
        writer = multiprocessing.Process(target=write_files, args=(folder, arguments.replicates))
        writer.start()
        writer.join()
        for baseline in BASELINES:
            memory: dict[str, list[float]] = {name: [] for name in checkouts}
            for _ in range(arguments.rounds):
                for name, checkout in checkouts.items():
                    memory[name].append(measure_memory(checkout, folder, baseline))
            ratio = None
            if "before" in memory:
                pairs = zip(memory["before"], memory["now"], strict=True)
                ratio = measuring.Spread.from_values(before / now for before, now in pairs)
            what = f"{baseline} of {arguments.replicates:,} replicates, peak memory"
            value = measuring.Spread.from_values(memory["now"])
            anchor = "before" if ratio else ""
            rows.append(measuring.Row(what, value, "MiB", anchor, ratio, MARK))
            measuring.write_rows(rows, arguments.output)
    measuring.hand_over(rows, arguments.output)


def write_files(folder: pathlib.Path, replicates: int) -> None:
    """Write what the program reads, apart from its settings."""
    random = np.random.default_rng(1)
    names = [f"statistic_{index}" for index in range(STATISTICS)]
    values = np.empty((STATISTICS, replicates))
    for row in values:
        random.standard_normal(out=row)
    keys = pd.DataFrame({"cell": "all", "replicate": np.arange(replicates)})
    statistics = pd.DataFrame(values.T, columns=names, copy=False)
    measured = keys.assign(**dict.fromkeys(MEASURES, 1.0))
    write_parquet(folder / "statistics.parquet", pd.concat([measured, statistics], axis=1))
    split = keys.assign(
        shard=0,
        row=keys["replicate"],
        seed=keys["replicate"].astype(np.uint64),
        sites=100,
        split=np.where(keys["replicate"] % 5 == 0, "validation", "train"),
        tajimas_d=random.standard_normal(replicates),
    )
    write_parquet(folder / "split.parquet", split)
    config = read_quickstart()
    observation, _ = complete_observation(config.observation, None, config.samples)
    write_json(folder / "observation.json", {"observation": observation.as_json()})


def read_quickstart() -> Config:
    """Return the config whose settings baselines are given here."""
    return read_config(yaml.safe_load(CONFIG.read_text(encoding="utf-8")), [CONFIG])


def measure_memory(checkout: pathlib.Path, folder: pathlib.Path, baseline: str) -> float:
    """Return how many MiB a checkout's program takes at most."""
    settings = SettingsMaker(read_quickstart()).fit_baseline(baseline)
    settings = settings.model_copy(update={"parameters": ()})  # the split table here has none
    command = [checkout / ".venv/bin/python", checkout / "scripts/fit_baseline.py"]
    for option, file in [("split", "split.parquet"), ("statistics", "statistics.parquet")]:
        command += [f"--{option}", folder / file]
    command += ["--observation", folder / "observation.json", "--output", folder / baseline]
    command += ["--settings", json.dumps(settings.model_dump(mode="json"))]
    return measuring.run_command(command).memory


if __name__ == "__main__":
    main()
