"""What sweeps cost, against neutral windows of msprime with the same parameters.

Whole windows, mutations included. With ``--discoal`` that program is timed as well, its start-up
and its output included. With ``--picture`` the cost is drawn against N, haplotypes, rho and s.

    python bench/simulate_sweeps.py --before ../earlier --picture docs/pictures/sweeps_cost.png
"""

from __future__ import annotations

import dataclasses
import itertools
import pathlib
import statistics
import sys
from collections.abc import Callable

import demes
import matplotlib.pyplot as plt
import msprime

import measuring

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.append(str(ROOT / "scripts"))

from coalflow.core import memory
from coalflow.report.figures import drawing
from coalflow.simulation.sweeps.sweep_simulator import SweepSimulator
from coalflow.simulation.sweeps.trajectories.selection import Selection

LENGTH = 1e6
#: Simulates a window for each of some seeds.
Simulate = Callable[[range], None]


@dataclasses.dataclass(frozen=True)
class Case:
    """Windows of one kind: population size, haplotypes, 4N mu, 4Nr, s."""

    size: int = 10_000
    haplotypes: int = 104
    theta: float = 200.0
    rho: float = 1000.0
    s: float = 0.05

    @property
    def rates(self) -> list[float]:
        """Mutation and recombination rate per base."""
        return [rate / (4 * self.size * LENGTH) for rate in (self.theta, self.rho)]


# Each with the number of windows in a round, and marks of hard and soft sweeps.
CASES = {
    "20 haplotypes, theta 10, rho 10": (  # 20 kb of human genome
        Case(haplotypes=20, theta=10, rho=10),
        200,
        {"hard": measuring.Mark(">=", 500, of="value")},
    ),
    "104 haplotypes, theta 200, rho 1,000": (
        Case(),
        12,
        {"hard": measuring.Mark(">=", 1.0), "soft": measuring.Mark(">=", 1 / 1.08)},
    ),
}
SWEEPS = {"hard": None, "soft": 0.1}  # and the frequency from which selection began
AXES = {
    "size": ("N", [1_000, 3_000, 10_000, 30_000, 100_000]),
    "haplotypes": ("haplotypes", [10, 20, 50, 100, 200]),
    "rho": ("4Nr", [10, 100, 1000, 3000]),
    "s": ("s", [0.003, 0.01, 0.03, 0.1, 0.3]),
}


def main() -> None:
    """Time the cases in turn and hand over the rows; draw the picture if its path is given."""
    parser = measuring.make_parser(__doc__)
    parser.add_argument("--discoal", type=pathlib.Path, help="the program, if there is one")
    parser.add_argument("--picture", type=pathlib.Path)
    arguments = parser.parse_args()
    memory.keep_memory_between_simulations()
    if arguments.serve:
        measuring.serve(
            {
                f"{name}, {way}": time_windows(simulate, windows)
                for name, (case, windows, _) in CASES.items()
                for way, simulate in make_sweeps(case).items()
            }
        )
        return
    server, left_out = None, []
    if arguments.before:
        try:
            server = measuring.start_before(arguments.before, __file__)
        except measuring.CannotRun as problem:
            left_out.append(str(problem))
    if not arguments.discoal:
        left_out.append("discoal: --discoal was not given")
    rows = []
    for name, (case, windows, marks) in CASES.items():
        simulators = {"msprime, neutral": make_neutral(case)} | make_sweeps(case)
        if arguments.discoal:
            simulators |= make_discoal_sweeps(arguments.discoal, case)
        ways = {way: time_windows(simulate, windows) for way, simulate in simulators.items()}
        if server:
            ways |= {f"{way}, before": server.time(f"{name}, {way}") for way in SWEEPS}
        times = measuring.time_rounds(ways, arguments.rounds)
        for way in SWEEPS:
            for anchor in ("msprime, neutral", f"discoal, {way}", f"{way}, before"):
                if anchor in times:
                    mark = marks.get(way) if anchor == "msprime, neutral" else None
                    what = f"{way} sweeps, {name}"
                    rows.append(
                        measuring.compare(
                            what,
                            times,
                            way,
                            anchor,
                            amount=windows,
                            unit="windows/s",
                            mark=mark,
                        )
                    )
    measuring.hand_over(rows, arguments.output, left_out)
    if arguments.picture:
        draw(arguments.picture)


def time_windows(simulate: Simulate, windows: int) -> measuring.Way:
    """Return a way that simulates some windows, new ones in each round."""
    rounds = itertools.count()

    def simulate_next() -> None:
        first = 10 + next(rounds) * windows
        simulate(range(first, first + windows))

    return measuring.time_call(simulate_next)


def make_neutral(case: Case) -> Simulate:
    """Return what simulates neutral windows by msprime, without provenance."""
    history = msprime.Demography.from_demes(make_graph(case))
    mutation_rate, recombination_rate = case.rates

    def simulate(seeds: range) -> None:
        for seed in seeds:
            trees = msprime.sim_ancestry(
                {"A": case.haplotypes // 2},
                demography=history,
                sequence_length=LENGTH,
                recombination_rate=recombination_rate,
                discrete_genome=False,
                random_seed=seed,
                record_provenance=False,
            )
            msprime.sim_mutations(
                trees,
                rate=mutation_rate,
                model=msprime.BinaryMutationModel(),
                discrete_genome=False,
                random_seed=seed,
                record_provenance=False,
            )

    return simulate


def make_sweeps(case: Case) -> dict[str, Simulate]:
    """Return what simulates windows with each kind of sweep."""
    mutation_rate, recombination_rate = case.rates
    samples = {"A": case.haplotypes // 2}
    simulator = SweepSimulator(make_graph(case), samples, LENGTH, recombination_rate)

    def make_simulate(start_frequency: float | None) -> Simulate:
        selection = Selection(case.s, start_frequency=start_frequency)

        def simulate(seeds: range) -> None:
            for seed in seeds:
                simulator.simulate_window(selection, LENGTH / 2, 0, mutation_rate, seed)

        return simulate

    return {name: make_simulate(frequency) for name, frequency in SWEEPS.items()}


def make_graph(case: Case) -> demes.Graph:
    """Return a population of constant size."""
    builder = demes.Builder(time_units="generations")
    builder.add_deme("A", epochs=[{"start_size": case.size}])
    return builder.resolve()


def make_discoal_sweeps(program: pathlib.Path, case: Case) -> dict[str, Simulate]:
    """Return what simulates the same by discoal, all windows in one call."""
    sites = 1_000_000
    rates = ["-t", case.theta, "-r", case.rho, "-N", case.size]
    # Its fitnesses are 1, 1 + a, 1 + 2a, with alpha = 2Na.
    sweep = ["-ws", 0, "-a", case.size * case.s, "-x", 0.5]

    def make_simulate(start_frequency: float | None) -> Simulate:
        standing = [] if start_frequency is None else ["-f", start_frequency]

        def simulate(seeds: range) -> None:
            size = [case.haplotypes, len(seeds), sites]
            words = [program, *size, *rates, *sweep, *standing, "-d", seeds[0] + 1, 7]
            measuring.run_command([str(word) for word in words])

        return simulate

    return {f"discoal, {name}": make_simulate(frequency) for name, frequency in SWEEPS.items()}


def draw(path: pathlib.Path) -> None:
    """Picture seconds per window against each quantity, all else as in the larger case."""
    windows = 6
    figure, axes = plt.subplots(1, len(AXES), figsize=(11, 3), sharey=True)
    for axis, (field, (title, values)) in zip(axes, AXES.items(), strict=True):
        points: dict[str, list[float]] = {}
        for value in values:
            case = dataclasses.replace(Case(), **{field: value})
            if field == "size":  # the same genome in a larger population
                scale = value / Case.size
                case = dataclasses.replace(case, theta=200 * scale, rho=1000 * scale)
            simulators = {"msprime, neutral": make_neutral(case)} | make_sweeps(case)
            ways = {way: time_windows(simulate, windows) for way, simulate in simulators.items()}
            for name, times in measuring.time_rounds(ways, rounds=3).items():
                points.setdefault(name, []).append(statistics.median(times) / windows)
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
