"""The command lines with which the field's own problems were simulated, and configs to import them.

The figures are those of github.com/flag0010/pop_gen_cnn (Flagel, Brandvain and Schrider 2019) and
github.com/SchriderLab/TreeSeqPopGenInference (Whitehouse, Ray and Schrider 2024). ms and discoal
are run with as many windows as wanted; each file is one class.
"""

import csv
import gzip
import math
import pathlib
import subprocess

import numpy as np
import yaml

ROOT = pathlib.Path(__file__).resolve().parent.parent
SPLITS_OF_SPECIES = ROOT / "config" / "field" / "simulans_sechellia.tsv"
PER_COMMAND = 10  # sweeps of one command line of discoal have their site at one position
SWEEP = "-ws 0 -Pa 229.167 4583.33 -Pu 0 0.0218182"
# Times in units of 4 N generations, and sizes in units of N.
TIMES = (
    *(0.00936159, 0.012239, 0.0153697, 0.0187762, 0.022483, 0.0265165, 0.030905, 0.03568),
    *(0.0408755, 0.0465286, 0.0526795, 0.0593727, 0.0666568, 0.0745882, 0.0832186, 0.0926045),
    *(0.102815, 0.113924, 0.126015, 0.139175, 0.153495, 0.169068, 0.186004, 0.204437, 0.22449),
    *(0.246309, 0.270055, 0.295895, 0.324016, 0.354619, 0.387919, 0.424152, 0.463623, 0.506632),
    *(0.553436, 0.604255, 0.659555, 0.719727, 0.785173, 0.856359, 0.933891, 1.01837, 1.11023),
    *(1.21017, 1.31894, 1.43734, 1.56617, 1.70645, 1.85919, 2.02542, 2.20633, 2.40295, 2.61655),
    2.84902,
)
SIZES = (
    *(0.110131, 0.0955665, 0.134382, 0.221054, 0.3969, 0.68908, 1.01323, 1.24956, 1.37902),
    *(1.34656, 1.18725, 1.00113, 0.846248, 0.73786, 0.671364, 0.635331, 0.620869, 0.627949),
    *(0.660491, 0.732284, 0.86023, 1.04845, 1.25027, 1.37179, 1.36135, 1.2175, 1.2175),
)


def run_ms(program, arguments, rows, path, generator):
    """Write what ms makes of a command line whose tbs are the rows of a table."""
    table = "".join(" ".join(f"{value:.10g}" for value in row) + "\n" for row in rows)
    seeds = " ".join(str(seed) for seed in generator.integers(1, 2**15, 3))
    haplotypes, *others = arguments.split()
    command = [str(program), haplotypes, str(len(rows)), *others, "-seeds", *seeds.split()]
    made = subprocess.run(
        command, input=table, cwd=path.parent, text=True, capture_output=True, check=True
    )
    with gzip.open(path, "wt", encoding="utf-8") as file:
        file.write(without_command(made.stdout) if "15000" in others else made.stdout)


def without_command(output):
    """Return what a program printed without its command line.

    An import compares it with the config, and some command lines have fewer places at which
    lineages recombine than bases.
    """
    return output.partition("\n")[2]


# Problems --------------------------------------------------------------------------------------


def simulate_theta(programs, folder, windows, generator):
    """Write windows without recombination, and return what their config needs."""
    thetas = generator.uniform(10, 50, (windows, 1))
    run_ms(programs["ms"], "40 -t tbs", thetas, folder / "theta.ms.gz", generator)
    return {"truth": {"values": {"theta": 1}}}


def simulate_recombination(programs, folder, windows, generator):
    """Write windows of 20 kb that recombine."""
    size = generator.choice([1e3, 2e3, 5e3, 1e4, 1.5e4, 2e4, 5e4], windows)
    rate = 10 ** generator.uniform(-8, -6, windows)
    rows = np.column_stack([4 * size * 1.5e-8 * 20001, 4 * size * rate * 20000])
    path = folder / "recombination.ms.gz"
    run_ms(programs["ms"], "50 -t tbs -r tbs 20001", rows, path, generator)
    return {"truth": {"values": {"theta": 1, "rho": 2}}}


def simulate_demography(programs, folder, windows, generator):
    """Write windows of a population whose size changed twice."""
    today, between, before = (
        generator.uniform(100, high, windows) for high in (40000, 5000, 20000)
    )
    recent = generator.uniform(100, 3499.99, windows) / (4 * today)
    earlier = recent + generator.uniform(1, 3500, windows) / (4 * today)
    rows = np.column_stack([today / 1e4, recent, between / 1e4, earlier, before / 1e4])
    command = "50 -t 72 -r 600 15000 -en 0 1 tbs -en tbs 1 tbs -en tbs 1 tbs"
    run_ms(programs["ms"], command, rows, folder / "demography.ms.gz", generator)
    names = ("size_today", "recent_change", "size_between", "earlier_change", "size_before")
    return {"truth": {"values": {name: rank + 1 for rank, name in enumerate(names)}}}


def simulate_introgression(programs, folder, windows, generator):
    """Write windows of D. simulans and D. sechellia, with gene flow one way or without any.

    Times of ms are backwards, so where lineages of the second population move to the first, genes
    came from the first.
    """
    with SPLITS_OF_SPECIES.open(encoding="utf-8") as file:
        fits = [
            {k: float(v) for k, v in row.items()} for row in csv.DictReader(file, delimiter="\t")
        ]
    start = (
        "34 -t tbs -r tbs 10000 -I 2 20 14 -n 1 tbs -n 2 tbs -eg 0 1 tbs -eg 0 2 tbs -ma x 0 0 x "
        "-ej tbs 2 1 -en tbs 1 1"
    )
    flows = {
        "none": "",
        "simulans_to_sechellia": " -es tbs 2 tbs -ej tbs 3 1",
        "sechellia_to_simulans": " -es tbs 1 tbs -ej tbs 3 2",
    }
    for name, flow in flows.items():
        rows = []
        for fit in generator.choice(fits, windows):
            unit, time = fit["ancestral_size"], fit["split_time"] / (4 * fit["ancestral_size"])
            theta = 4 * unit * 5e-9 * 10000
            growth = [
                math.log(fit[f"{species}_today"] / fit[f"{species}_at_split"]) / time
                for species in ("simulans", "sechellia")
            ]
            sizes = [fit[f"{species}_today"] / unit for species in ("simulans", "sechellia")]
            row = [theta, theta / generator.uniform(0.1, 0.3), *sizes, *growth, time, time]
            pulse = time * generator.uniform(0.3, 0.5)
            rows.append([*row, pulse, 1 - generator.uniform(), pulse] if flow else row)
        run_ms(programs["ms"], start + flow, rows, folder / f"{name}.ms.gz", generator)
    return {"files": list(flows)}


def simulate_sweeps(programs, folder, windows, generator):
    """Write windows of five classes: neutral, hard and soft sweeps in the middle and near it."""
    sizes = [size for size in SIZES for _ in range(2)][: len(TIMES)]
    epochs = " ".join(f"-en {time} 0 {size}" for time, size in zip(TIMES, sizes, strict=True))
    common = f"200000 -Pt 220 2200 -Pre 1008.33 3025 {epochs}"
    kinds = {
        "neutral": ("", None),
        "hard": (SWEEP, (0.45, 0.55)),
        "soft": (f"{SWEEP} -Pf 0 0.2", (0.45, 0.55)),
        "near_hard": (SWEEP, (0.55, 0.97)),  # to the right only
        "near_soft": (f"{SWEEP} -Pf 0 0.2", (0.03, 0.97)),
    }
    for name, (sweep, positions) in kinds.items():
        with gzip.open(folder / f"{name}.ms.gz", "wt", encoding="utf-8") as file:
            for first in range(0, windows, PER_COMMAND):
                here = f"{sweep} -x {draw_position(name, positions, generator)}" if sweep else ""
                seeds = " ".join(str(seed) for seed in generator.integers(1, 2**31, 2))
                count = min(PER_COMMAND, windows - first)
                words = f"104 {count} {common} {here} -d {seeds}".split()
                command = [str(programs["discoal"]), *words]
                made = subprocess.run(command, text=True, capture_output=True, check=True)
                file.write(without_command(made.stdout))
    return {"files": list(kinds)}


def draw_position(name, positions, generator):
    """Return where in the window a sweep is; those near the middle are not in it."""
    while True:
        position = generator.uniform(*positions)
        if name != "near_soft" or not 0.45 <= position <= 0.55:
            return position


PROBLEMS = {
    "theta": simulate_theta,
    "recombination": simulate_recombination,
    "demography": simulate_demography,
    "introgression": simulate_introgression,
    "sweeps": simulate_sweeps,
}
# Where the config in config/field/ does not say it: what the files hold.
WITHOUT_CONFIG = {
    "introgression": {
        "samples": {"simulans": 10, "sechellia": 7},
        "sequence_length": 10000,
        "encoding": {"sites": 1024, "pad": True},
        "target": "class",
    },
    "sweeps": {
        "samples": 52,
        "sequence_length": 1100000,
        "encoding": {"sites": 5000, "pad": True},
        "target": "class",
    },
}


def write_config(problem, folder, windows, made, published=None):
    """Write the config that imports what was simulated; return its path."""
    config = WITHOUT_CONFIG.get(problem)
    if config is None:
        ready_made = ROOT / "config" / "field" / f"{problem}.yaml"
        written = yaml.safe_load(ready_made.read_text(encoding="utf-8"))
        targets = written["target"]
        if isinstance(targets, dict):
            targets = {name: {"scale": one["scale"]} for name, one in targets.items()}
        config = {
            "samples": written["simulation"]["samples"],
            "sequence_length": written["simulation"]["sequence_length"],
            "encoding": written["encoding"],
            "target": targets,
        }
    names = made.get("files", [problem])
    files = {name: [str(folder / f"{name}.ms.gz")] for name in names}
    if published:
        files = {"all": [str(published)]}
    config = {
        "run": f"field_{problem}_{'published' if published else 'programs'}",
        "seed": 5,
        "simulation": {
            "import": {"format": "ms", "files": files, "truth": made.get("truth", {})},
            "samples": config["samples"],
            "sequence_length": config["sequence_length"],
            "replicates": windows,
            "shard_size": min(windows, 1000),
        },
        "observation": {"polarised": True},
        "encoding": config["encoding"],
        "target": config["target"],
        "split": made.get("split", {"train": 0.72, "validation": 0.08, "test": 0.2}),
        "models": {"nets": ["coalflow"], "restarts": 3},
        "training": {"threads": 1},
    }
    path = folder / f"{problem}.yaml"
    path.write_text(yaml.safe_dump(config, sort_keys=False), encoding="utf-8")
    return path


def describe_published_theta(file, folder):
    """Write the table of the published file's sets, its first 1,000 windows the test."""
    with gzip.open(file, "rt", encoding="utf-8") as lines:
        windows = sum(line.startswith("//") for line in lines)
    sets = ["test"] * 1000 + ["train"] * (windows - 1000)
    table = folder / "theta.tsv"
    table.write_text("set\n" + "\n".join(sets) + "\n", encoding="utf-8")
    truth = {"command": {"theta": "-t"}, "tables": {"all": [str(table)]}}
    return windows, {"truth": truth, "split": {"given": "set"}}
