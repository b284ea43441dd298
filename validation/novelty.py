"""Whether novelty finds what simulations do not fit, and raises no false alarms.

A net learns to classify sweeps, and another to predict recombination rates, from simulations of one
population of constant size. Both are then given windows and genomes that are unlike these in
twenty-two ways, each at two strengths (``novelty_misfits.py``). A table says which share of windows
and of genomes is flagged, how much the net's error grows, and what a plain Mahalanobis distance and
the misspecification test of the package sbi find in the same statistics.

    python validation/novelty.py --folder FOLDER --output docs

It needs coalflow's environment, and ``sbi`` of ``validation/requirements.txt``; without sbi, its
columns are empty. What was simulated is kept in the folder.
"""

import argparse
import concurrent.futures
import pathlib
import pickle
import sys
import zlib

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.append(str(ROOT / "scripts"))

import novelty_data as data
import novelty_misfits as misfits
from novelty_judged import judge_problem
from novelty_page import write_page

from coalflow.core.files import replace_atomically

PROBLEMS = (data.SWEEPS, data.RATES)
TRAIN, HELD_OUT, TEST = 2500, 1000, 1000  # windows
NULL_BLOCKS, TEST_BLOCKS, MISFIT_BLOCKS = 60, 100, 10
SWEPT = 60  # windows of each misfit, for the error of classes


def main():
    """Simulate, train, compare, and write the page."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--folder", type=pathlib.Path, required=True, help="for simulations")
    parser.add_argument("--output", type=pathlib.Path, required=True, help="a folder")
    parser.add_argument("--cores", type=int, default=1)
    arguments = parser.parse_args()
    arguments.folder.mkdir(parents=True, exist_ok=True)
    jobs = list_jobs()
    with concurrent.futures.ProcessPoolExecutor(arguments.cores) as pool:
        list(pool.map(keep, [arguments.folder] * len(jobs), jobs))
    judged = {}
    for problem in PROBLEMS:

        def read(what, misfit="", strength=0, problem=problem):
            return keep(arguments.folder, (problem, what, misfit, strength))

        judged[problem] = judge_problem(problem, read)
    page = write_page(judged)
    with replace_atomically(arguments.output / "novelty_validation.md") as temporary:
        pathlib.Path(temporary).write_text(page, encoding="utf-8")


# Simulations, kept --------------------------------------------------------------------------------


def list_jobs():
    """Return what is simulated: problem, what, misfit and strength."""
    whats = ("train", "held_out", "test", "null", "blocks")
    jobs = [(problem, what, "", 0) for what in whats for problem in PROBLEMS]
    return jobs + [
        (problem, what, misfit, strength)
        for problem in PROBLEMS
        for misfit in misfits.MISFITS
        for strength in (0, 1)
        for what in (("blocks", "swept") if problem == data.SWEEPS else ("blocks",))
    ]


def keep(folder, job):
    """Return what a job simulates, from the folder if it is there."""
    problem, what, misfit, strength = job
    path = folder / ("-".join([problem, what, misfit, str(strength)]).replace(" ", "_") + ".pickle")
    if path.exists():
        return pickle.loads(path.read_bytes())
    seed = zlib.crc32(path.name.encode())
    truth = misfits.MISFITS[misfit][strength] if misfit else misfits.ASSUMED
    if what in ("null", "blocks"):
        number = MISFIT_BLOCKS if misfit else NULL_BLOCKS if what == "null" else TEST_BLOCKS
        made = data.simulate_blocks(problem, truth, number, seed)
    else:
        number = {"train": TRAIN, "held_out": HELD_OUT, "test": TEST, "swept": SWEPT}[what]
        made = data.simulate_windows(problem, truth, number, seed, swept_only=what == "swept")
    with replace_atomically(path) as temporary:
        pathlib.Path(temporary).write_bytes(pickle.dumps(made))
    return made
