"""The methods that bench/power.py compares: each learns if it does, and scores genomes.

Each function writes a table into the folder ``scores``: contig, position, and the scores that the
method has. A larger score is more like a sweep.
"""

from __future__ import annotations

import dataclasses
import gzip
import os
import pathlib
import subprocess
import sys
from collections.abc import Sequence

import numpy as np
import pandas as pd
import yaml

import power_data
from coalflow.config.registry.parameters import NEUTRAL

ROOT = pathlib.Path(__file__).resolve().parent.parent
HERE = ROOT / "bench"
STEP = 25_000  # bases from one window of coalflow to the next
WINDOW = power_data.PARTS * power_data.PART
#: What diploS/HIC calls the classes.
FILES = {
    "hard": "hard",
    "soft": "soft",
    "linked_hard": "linkedHard",
    "linked_soft": "linkedSoft",
    NEUTRAL: "neut",
}
COLUMNS = {
    "hard": "prob(hard)",
    "soft": "prob(soft)",
    "linked_hard": "prob(linkedHard)",
    "linked_soft": "prob(likedSoft)",  # as it spells it
    NEUTRAL: "prob(neutral)",
}
SMALLEST = 1e-30  # a probability, whose logarithm is taken
PRINTED = 5e-7  # the same, where six decimals are printed


@dataclasses.dataclass(frozen=True)
class Work:
    """Where a comparison is made.

    Attributes
    ----------
    folder : path
        Of everything.
    config : path
        coalflow's config, with the priors that everybody learns from.
    replicates : int
        Of each class, for training.
    """

    folder: pathlib.Path
    config: pathlib.Path
    replicates: int

    @property
    def training(self) -> pathlib.Path:
        """Long windows that were simulated for training."""
        return self.folder / "training"

    @property
    def genomes(self) -> pathlib.Path:
        """Test genomes."""
        return self.folder / "genomes"

    def scores(self, method: str) -> pathlib.Path:
        """The table of a method's scores."""
        (self.folder / "scores").mkdir(exist_ok=True)
        return self.folder / "scores" / f"{method}.tsv"

    def run(self, name: str, command: Sequence[str | pathlib.Path]) -> None:
        """Run a program, unless it has run, with its output in a log."""
        done = self.folder / "done" / name
        if done.exists():
            return
        done.parent.mkdir(exist_ok=True)
        usage = os.times()
        with open(self.folder / f"{name}.log", "w", encoding="utf-8") as log:
            quiet = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "2", "CUDA_VISIBLE_DEVICES": "-1"}
            words = [str(word) for word in command]
            subprocess.run(words, check=True, stdout=log, stderr=log, env=quiet)
        now = os.times()
        seconds = now.children_user + now.children_system
        seconds -= usage.children_user + usage.children_system
        done.write_text(f"{seconds:.0f}\n", encoding="utf-8")
        print(f"{name}: {seconds:.0f} s of processor time", flush=True)


# coalflow ----------------------------------------------------------------------------------------


def scan_by_coalflow(work: Work) -> None:
    """Run coalflow's workflow with its own windows of the same priors, and scan the genomes."""
    folder = work.folder / "coalflow"
    folder.mkdir(exist_ok=True)
    config = yaml.safe_load(work.config.read_text(encoding="utf-8"))
    config["run"] = "power"
    config["simulation"]["replicates"] = work.replicates
    demes = pathlib.Path(config["simulation"]["demography"]["demes"])
    config["simulation"]["demography"] = {"demes": str(ROOT / demes)}
    genome = str((work.genomes / "all.vcf.gz").resolve())
    # The others know derived alleles.
    config["observation"] = {**config.get("observation", {}), "polarised": True}
    config["genomes"] = {"power": {"path": genome, "ancestral": "REF", "step": STEP}}
    written = folder / "power.yaml"
    written.write_text(yaml.safe_dump(config, sort_keys=False), encoding="utf-8")
    table = "results/power/genomes/power/windows.tsv"
    command = [pathlib.Path(sys.executable).parent / "snakemake", "--cores", "1", table]
    command += ["--snakefile", ROOT / "Snakefile", "--directory", folder]
    work.run("coalflow", [*command, "--configfile", written.resolve()])
    windows = pd.read_csv(folder / table, sep="\t")
    place = {"contig": windows["contig"], "position": (windows["start"] + windows["end"]) / 2}
    scores = {}
    for model in sorted({name.partition(":")[0] for name in windows if name.count(":") == 1}):
        classes = {name: f"{model}:{name}" for name in (*FILES,) if f"{model}:{name}" in windows}
        if NEUTRAL in classes:
            scores |= score_classes(model, windows, classes)
    pd.DataFrame(place | scores).to_csv(work.scores("coalflow"), sep="\t", index=False)


def score_classes(
    method: str, table: pd.DataFrame, columns: dict[str, str], smallest: float = SMALLEST
) -> dict[str, pd.Series]:
    """Return the log odds of not being neutral, and of a sweep right here."""
    clipped = {name: table[column].clip(lower=smallest) for name, column in columns.items()}
    here = clipped["hard"] + clipped["soft"]
    nearby = sum(value for name, value in clipped.items() if name.startswith("linked"))
    return {
        f"{method}, not neutral": np.log((here + nearby) / clipped[NEUTRAL]),
        f"{method}, swept": np.log(here / (clipped[NEUTRAL] + nearby)),
    }


# diploS/HIC --------------------------------------------------------------------------------------


def scan_by_diploshic(work: Work, program: pathlib.Path) -> None:
    """Train diploS/HIC on vectors of long windows, and scan the genomes in its 75 kb parts.

    Its mode ``haploid`` is used, whose statistics are of phased haplotypes and derived alleles, as
    coalflow's are: there is more in them than in those of its mode ``diploid``.
    """
    folder = work.folder / "diploshic"
    vectors = folder / "vectors"
    vectors.mkdir(parents=True, exist_ok=True)
    for kind, name in FILES.items():
        file = folder / f"{name}.ms.gz"
        if not file.exists():
            windows = [(p, a) for p, a, _ in power_data.iterate_windows(work.training, kind)]
            power_data.write_ms(file, windows, WINDOW)
        command = [program, "fvecSim", "--totalPhysLen", str(WINDOW), "haploid", file]
        work.run(f"diploshic_{name}", [*command, vectors / f"{name}.fvec"])
    model = folder / "model"
    work.run("diploshic_train", [program, "train", f"{vectors}/", f"{vectors}/", model])
    tables = []
    for path in sorted(work.genomes.glob("chr*.vcf.gz")):
        contig = path.name.partition(".")[0]
        length, ancestral = read_length(path), folder / "ancestral.fa"
        ancestral.write_text(f">{contig}\n{'A' * length}\n", encoding="utf-8")
        sizes = ["--winSize", str(WINDOW), "--ancFileName", ancestral]
        found = folder / f"{contig}.fvec"
        command = [program, "fvecVcf", *sizes, "haploid", path, contig, str(length), found]
        work.run(f"diploshic_{contig}", command)
        tables.append(pd.read_csv(found, sep="\t"))
    # It standardises by what it predicts: by the genome as a whole.
    whole, predicted = folder / "all.fvec", folder / "all.txt"
    pd.concat(tables).to_csv(whole, sep="\t", index=False)
    files = [model.with_suffix(".json"), model.with_suffix(".weights.h5"), whole, predicted]
    work.run("diploshic_predict", [program, "predict", *files])
    table = pd.read_csv(predicted, sep="\t")
    place = {
        "contig": table["chrom"],
        "position": (table["classifiedWinStart"] + table["classifiedWinEnd"]) / 2,
    }
    scores = score_classes("diploS/HIC", table, COLUMNS, PRINTED)
    pd.DataFrame(place | scores).to_csv(work.scores("diploshic"), sep="\t", index=False)


def read_length(path: pathlib.Path) -> int:
    """Return the length of the contig of a VCF, as its header has it."""
    with gzip.open(path, "rt", encoding="utf-8") as file:
        for line in file:
            if line.startswith("##contig="):
                return int(line.partition("length=")[2].rstrip(">\n"))
    raise ValueError(f"{path}: its header has no contig")


# Flex-sweep 2 ------------------------------------------------------------------------------------


def scan_by_flexsweep(work: Work, python: pathlib.Path) -> None:
    """Train Flex-sweep on long windows, hard and soft against neutral, and scan the genomes."""
    folder = work.folder / "flexsweep"
    if not (folder / "params.txt.gz").exists():
        write_flexsweep_simulations(work, folder)
    program = HERE / "power_flexsweep.py"
    work.run("flexsweep_train", [python, program, "train", folder])
    scanned = folder / "genomes"
    scanned.mkdir(exist_ok=True)
    for path in work.genomes.glob("chr*.vcf.gz*"):
        if not (scanned / path.name).exists():
            (scanned / path.name).symlink_to(path.resolve())
    work.run("flexsweep_scan", [python, program, "scan", folder, scanned])
    table = pd.read_csv(folder / "predictions.txt")
    score = np.log(
        table["prob_sweep"].clip(lower=SMALLEST) / table["prob_neutral"].clip(lower=SMALLEST)
    )
    place = {"contig": table["chr"], "position": (table["start"] + table["end"]) / 2}
    pd.DataFrame({**place, "Flex-sweep 2": score}).to_csv(
        work.scores("flexsweep"), sep="\t", index=False
    )


def write_flexsweep_simulations(work: Work, folder: pathlib.Path) -> None:
    """Write long windows as Flex-sweep's own simulator does."""
    rows = ["iter,model,s,t,saf,eaf,mu,r"]
    for model, kinds in {"neutral": [NEUTRAL], "sweep": ["hard", "soft"]}.items():
        (folder / model).mkdir(parents=True, exist_ok=True)
        number = 0
        for kind in kinds:
            for positions, alleles, truth in power_data.iterate_windows(work.training, kind):
                number += 1
                file = folder / model / f"{model}_{number}.ms.gz"
                power_data.write_ms(file, [(positions, alleles)], power_data.LONG)
                names = ("selection_coefficient", "fixation_time", "start_frequency")
                values = [truth.get(name, 0) for name in names]
                values += [truth.get("end_frequency", 1), truth["mutation_rate"]]
                values.append(truth["recombination_rate"])
                # As decimals: the types of columns are guessed from the first rows.
                rows.append(",".join([str(number), model, *(str(float(one)) for one in values)]))
    with gzip.open(folder / "params.txt.gz", "wt") as file:
        file.write("\n".join(rows) + "\n")


# Statistics --------------------------------------------------------------------------------------


def scan_by_statistics(work: Work, python: pathlib.Path) -> None:
    """Compute H12, iHS and Tajima's D along genomes, in a Python with scikit-allel."""
    program, output = HERE / "power_statistics.py", work.scores("statistics")
    work.run("statistics", [python, program, work.genomes, output])
