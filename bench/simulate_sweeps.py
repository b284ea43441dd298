"""What a sweep costs, against the neutral windows of msprime, in turn in one run.

Whole replicates, neutral mutations included, in one process on one core. Ratios are
time against time of msprime's neutral windows in the same round; below 1 the sweep is
cheaper. With ``--discoal`` that program is timed as well, its start-up and its output
included. With ``--picture`` the cost is drawn against N, haplotypes, rho and s.

    python bench/simulate_sweeps.py --rounds 5 --picture docs/pictures/sweeps_cost.png
"""

import argparse
import dataclasses
import pathlib
import statistics
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.append(str(ROOT / "scripts"))

import demes
import matplotlib.pyplot as plt
import msprime

from coalflow.core import memory
from coalflow.report.figures import drawing
from coalflow.simulation import neutral
from coalflow.simulation.sweeps.sweep_simulator import SweepSimulator
from coalflow.simulation.sweeps.trajectories.selection import Selection

LENGTH = 1e6


@dataclasses.dataclass(frozen=True)
class Case:
    """Windows of one kind: population size, haplotypes, 4N mu, 4Nr, s."""

    size: int = 10_000
    haplotypes: int = 104
    theta: float = 200.0
    rho: float = 1000.0
    s: float = 0.05

    @property
    def rates(self):
        """Mutation and recombination rate per base."""
        return [rate / (4 * self.size * LENGTH) for rate in (self.theta, self.rho)]


CASES = {
    "104 haplotypes, theta 200, rho 1,000": (Case(), 40),
    # 20 kb of human genome
    "20 haplotypes, theta 10, rho 10": (Case(haplotypes=20, theta=10, rho=10), 400),
}
SWEEPS = {"hard": None, "soft, f0 = 0.1": 0.1}
AXES = {
    "size": ("N", [1_000, 3_000, 10_000, 30_000, 100_000]),
    "haplotypes": ("haplotypes", [10, 20, 50, 100, 200]),
    "rho": ("4Nr", [10, 100, 1000, 3000]),
    "s": ("s", [0.003, 0.01, 0.03, 0.1, 0.3]),
}


def main():
    """Time the cases in turn and print the ratios; draw the picture if its path is given."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--discoal", help="the program, if there is one")
    parser.add_argument("--picture", type=pathlib.Path)
    arguments = parser.parse_args()
    memory.keep_memory_between_simulations()
    for name, (case, windows) in CASES.items():
        print(name, flush=True)
        ways = make_ways(case)
        if arguments.discoal:
            ways |= make_discoal_ways(arguments.discoal, case)
        for way, times in time_rounds(ways, windows, arguments.rounds).items():
            print(f"  {way:20s} {format_times(times)}", flush=True)
    if arguments.picture:
        draw(arguments.picture)


def make_ways(case):
    """Return functions of a range of seeds that simulate a window for each."""
    builder = demes.Builder(time_units="generations")
    builder.add_deme("A", epochs=[{"start_size": case.size}])
    graph = builder.resolve()
    mutation_rate, recombination_rate = case.rates
    parameters = {
        "sequence_length": LENGTH,
        "mutation_rate": mutation_rate,
        "recombination_rate": recombination_rate,
    }
    history = msprime.Demography.from_demes(graph)
    samples = {"A": case.haplotypes // 2}
    simulator = SweepSimulator(graph, samples, LENGTH, recombination_rate)

    def neutral_windows(seeds):
        for seed in seeds:
            neutral.simulate_window(history, samples, parameters, seed)

    def sweeps(start_frequency):
        selection = Selection(case.s, start_frequency=start_frequency)

        def windows(seeds):
            for seed in seeds:
                simulator.simulate_window(selection, LENGTH / 2, 0, mutation_rate, seed)

        return windows

    return {"neutral": neutral_windows} | {name: sweeps(f) for name, f in SWEEPS.items()}


def make_discoal_ways(program, case):
    """Return the same for discoal, which simulates all of its windows in one call."""
    sites = 1_000_000
    common = [case.haplotypes, sites, "-t", case.theta, "-r", case.rho, "-N", case.size]
    # Its fitnesses are 1, 1 + a, 1 + 2a, with alpha = 2Na.
    sweep = ["-ws", 0, "-a", case.size * case.s, "-x", 0.5]

    def call(*options):
        def windows(seeds):
            first = [case.haplotypes, len(seeds), *common[1:], *options, "-d", seeds[0] + 1, 7]
            subprocess.run([program, *map(str, first)], check=True, stdout=subprocess.DEVNULL)

        return windows

    return {"discoal hard": call(*sweep), "discoal soft": call(*sweep, "-f", 0.1)}


def time_rounds(ways, windows, number):
    """Return each way's list of (seconds per window, ratio to the first way)."""
    for simulate in ways.values():
        simulate(range(1, 3))  # whatever is compiled or loaded at first
    times = {name: [] for name in ways}
    for turn in range(number):
        seeds = range(10 + turn * windows, 10 + (turn + 1) * windows)
        took = {}
        for name, simulate in ways.items():
            started = time.perf_counter()
            simulate(seeds)
            took[name] = (time.perf_counter() - started) / windows
            times[name].append((took[name], took[name] / took["neutral"]))
    return times


def format_times(times):
    """Show windows per second and the ratio, medians over rounds."""
    seconds, ratios = zip(*times, strict=True)
    return (
        f"{1 / statistics.median(seconds):7.1f} windows/s, {statistics.median(ratios):5.2f} "
        f"({min(ratios):.2f} to {max(ratios):.2f}) times neutral"
    )


def draw(path):
    """Picture seconds per window against each quantity, all else as in the first case."""
    figure, axes = plt.subplots(1, len(AXES), figsize=(11, 3), sharey=True)
    for axis, (field, (title, values)) in zip(axes, AXES.items(), strict=True):
        points = {}
        for value in values:
            case = dataclasses.replace(Case(), **{field: value})
            if field == "size":  # the same genome in a larger population
                scale = value / Case.size
                case = dataclasses.replace(case, theta=200 * scale, rho=1000 * scale)
            for name, times in time_rounds(make_ways(case), 6, 3).items():
                points.setdefault(name, []).append(statistics.median(t for t, _ in times))
            print(title, value, {name: f"{p[-1]:.4f}" for name, p in points.items()}, flush=True)
        for (name, seconds), colour in zip(
            points.items(), (drawing.TRUTH, drawing.NET, drawing.BASELINE), strict=True
        ):
            axis.plot(values, seconds, "o-", color=colour, markersize=3, label=name)
        axis.set(xscale="log", yscale="log", xlabel=title)
    axes[0].set_ylabel("seconds per window")
    axes[0].legend()
    drawing.save_figure(figure, path)


if __name__ == "__main__":
    main()
