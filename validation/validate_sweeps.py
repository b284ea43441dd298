"""coalflow's sweeps against theory, msprime and forward Wright-Fisher simulation.

Writes a page of tables, ``sweeps.md``, and its pictures. Each table says what was
compared, how often, and how far apart the two are in standard errors: z, the difference
of two means divided by its standard error. If both means are equal, z varies only by chance:
its square is 1 on average, and one z in 300 is beyond 3.

The forward simulations are made first, by ``forward_sweeps.py``, in an environment of
their own. Settings without a file there are left out, and the page lists them.

    python validation/validate_sweeps.py --forward FOLDER --output docs --replicates 2000
"""

import argparse
import concurrent.futures
import functools
import math
import os
import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.append(str(ROOT / "scripts"))

import anchored_sweeps
import demes
import matplotlib.pyplot as plt
import msprime
import numpy as np
import sweep_statistics
from numba import njit
from scipy import stats
from sweep_settings import SETTINGS

from coalflow.core.files import replace_atomically
from coalflow.report.figures import drawing
from coalflow.simulation.sweeps.sweep_simulator import SweepSimulator
from coalflow.simulation.sweeps.trajectories.selection import Selection
from coalflow.simulation.sweeps.trajectories.standing_variation import draw_standing_variation
from coalflow.simulation.sweeps.trajectories.sweep_duration import estimate_duration
from coalflow.simulation.sweeps.trajectories.trajectory import Trajectory
from coalflow.simulation.sweeps.trajectories.wright_fisher import apply_selection

STATISTICS = {
    "pi": "pi",
    "S": "S",
    "tajimas_d": "Tajima's D",
    "H1": "H1",
    "H12": "H12",
    "H2/H1": "H2/H1",
}
PICTURED = ("S", "H12")
COLUMNS = 5
ON_THE_PICTURE = (
    "hard_s.1", "soft_f.05", "soft_f.2", "partial_hard_.5", "linked_hard_near",
    "growth", "bottleneck_during", "bottleneck_after", "two_demes", "split_during",
)  # fmt: skip


def main():
    """Compare, write the page and the pictures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--forward", type=pathlib.Path, required=True, help="its results")
    parser.add_argument("--output", type=pathlib.Path, required=True, help="a folder")
    parser.add_argument("--replicates", type=int, default=2000, help="of ours, per setting")
    parser.add_argument("--cores", type=int, default=os.cpu_count())
    arguments = parser.parse_args()
    with concurrent.futures.ProcessPoolExecutor(arguments.cores) as pool:
        pages = [
            INTRODUCTION,
            *compare_with_forward(arguments.forward, arguments.replicates, arguments.output, pool),
            compare_with_neutral(arguments.replicates, pool),
            compare_left_and_right(arguments.replicates, pool),
            compare_with_theory(arguments.replicates, pool),
            compare_with_ewens(arguments.replicates, pool),
            compare_with_rejection(pool),
            compare_with_programs(arguments.replicates, pool),
        ]
    with replace_atomically(arguments.output / "sweeps.md") as temporary:
        pathlib.Path(temporary).write_text("\n".join(pages), encoding="utf-8")


INTRODUCTION = """# How accurate are the sweeps?

This page is written by `validation/validate_sweeps.py`. z is the difference between coalflow and
what it is compared with, in standard errors. If both are correct, z squared is 1 on average.
"""


def compute_z(ours, others):
    """Return the difference of two samples' means in standard errors, along the first axis."""
    difference = np.nanmean(ours, axis=0) - np.nanmean(others, axis=0)
    return difference / np.sqrt(_squared_error(ours) + _squared_error(others))


def _squared_error(values):
    return np.nanvar(values, axis=0, ddof=1) / np.isfinite(values).sum(axis=0)


def format_table(header, rows):
    """Return a Markdown table."""
    lines = ["| " + " | ".join(header) + " |", "|" + "---|" * len(header)]
    lines += ["| " + " | ".join(str(cell) for cell in row) + " |" for row in rows]
    return "\n".join(lines) + "\n"


# Forward simulation --------------------------------------------------------------------------


def compare_with_forward(folder, replicates, output, pool):
    """Yield the page's part on forward simulation; draw its picture."""
    rows, compared, missing = [], {}, []
    for name, setting in SETTINGS.items():
        path = folder / f"{name}.npz"
        if not path.exists():
            missing.append(name)
            continue
        ours = gather(
            pool, functools.partial(anchored_sweeps.simulate_replicate, setting), replicates
        )
        with np.load(path) as file:
            theirs = {key: file[key] for key in file.files}
        compared[name] = ours, theirs
        for suffix, population in (("", ""), ("_b", ", population B")):
            if f"rows{suffix}" in theirs:
                rows.append(make_forward_row(f"{name}{population}", ours, theirs, suffix))
        print(" | ".join(str(cell) for cell in rows[-1]), flush=True)
    draw_forward(compared, output / "pictures/sweeps_forward.png")
    numbers = [[float(text) for text in cell.split(" / ")] for row in rows for cell in row[2:8]]
    shares, largest, p = zip(*numbers, strict=True)
    yield FORWARD.format(
        replicates=replicates,
        mean=np.mean(shares),
        above=sum(share > 2 for share in shares),
        cells=len(shares),
        largest=max(largest),
        below=sum(value < 0.05 for value in p),
        smallest=min(p),
    )
    header = ["setting", "forward", *STATISTICS.values(), "duration", "age", "frequency"]
    yield format_table(header, rows)
    if missing:
        yield f"Left out, without a forward simulation: {', '.join(missing)}.\n"


FORWARD = """## Forward Wright-Fisher simulation (fwdpy11)

N is 500 diploids; 4Nr is 200 and 4N mu is 110 per window; 20 haplotypes are sampled
(`validation/sweep_settings.py`). The table compares six statistics in 11 parts of the window,
between {replicates:,} windows of coalflow and as many forward simulations as the second column
says, with four samples of each. A setting's name has s, h and f (the start frequency) where these
are varied; otherwise s is 0.05 and h 0.5. A cell is mean z squared / largest |z| over the 11 parts
/ p of Hotelling's T squared. Neighbouring parts share their trees, so the mean of z squared varies
more around 1 than that of 11 independent numbers would; T squared takes that into account. Over
all {cells} cells the mean of z squared is {mean:.2f}; {above} cells are above 2; the largest |z|
is {largest:.1f}; {below} of the p values are below 0.05, where one in 20 is expected by chance,
and the smallest is {smallest:.2g}. The last columns are z of the sweep's duration, of the
mutation's age, and of its final frequency. The selected site itself is left out on both sides.

![S and H12 along the window](pictures/sweeps_forward.png)
"""


def gather(pool, simulate, replicates):
    """Return a dict of arrays of what ``simulate(replicate)`` returns for each replicate."""
    results = list(pool.map(simulate, range(replicates), chunksize=25))
    return {key: np.array([result[key] for result in results]) for key in results[0]}


def make_forward_row(name, ours, theirs, suffix):
    """Return a row of the table: name, number, cells of the statistics, z of the path."""
    cells = []
    for index, statistic in enumerate(sweep_statistics.STATISTICS):
        weights = theirs[f"tajimas_d_defined{suffix}"] if statistic == "tajimas_d" else None
        sides = (
            estimate_means(ours[f"rows{suffix}"][:, :, index]),
            estimate_means(theirs[f"rows{suffix}"][:, :, index], weights),
        )
        difference = sides[0][0] - sides[1][0]
        covariance = sides[0][1] + sides[1][1]
        z = difference / np.sqrt(np.diag(covariance))
        squared = difference @ np.linalg.solve(covariance, difference)
        p = stats.chi2.sf(squared, len(z))
        cells.append(f"{np.mean(z**2):.2f} / {np.abs(z).max():.1f} / {p:.2g}")
    path = [
        format_z(ours[key], theirs[key])
        for key in ("sweep_generations", "age", f"frequency{suffix}")
    ]
    return [name, len(theirs["rows"]), *cells, *path]


def format_z(ours, theirs):
    """Return z as text, or a dash where both are always the same."""
    if np.var(ours) == np.var(theirs) == 0:
        return "–"
    return f"{compute_z(ours, theirs):.1f}"


def estimate_means(values, weights=None):
    """Return the means of columns and the covariance of these means.

    Where a value is nan it has no weight. ``weights`` are the numbers of samples of which values
    are means; a column's mean is then a ratio of sums, and its error that of a ratio.
    """
    weights = np.isfinite(values) * (1.0 if weights is None else weights)
    sums = np.where(weights > 0, values, 0) * weights
    means = sums.sum(axis=0) / weights.sum(axis=0)
    residuals = (sums - means * weights) / weights.mean(axis=0)
    return means, np.cov(residuals, rowvar=False) / len(values)


def draw_forward(compared, path):
    """Picture the means of two statistics along the window, ours and theirs, by setting."""
    shown = [name for name in ON_THE_PICTURE if name in compared]
    if not shown:
        return
    blocks = math.ceil(len(shown) / COLUMNS)
    figure, axes = plt.subplots(
        2 * blocks, COLUMNS, figsize=(2 * COLUMNS, 3.4 * blocks), sharex=True, squeeze=False
    )
    for index, name in enumerate(shown):
        block, column = divmod(index, COLUMNS)
        for row, statistic in enumerate(PICTURED, start=2 * block):
            axis = axes[row, column]
            draw_means(axis, *compared[name], sweep_statistics.STATISTICS.index(statistic))
            if row == 2 * block:
                axis.set_title(name, fontsize=8)
            if column == 0:
                axis.set_ylabel(STATISTICS[statistic])
    for axis in axes[-1]:
        axis.set_xlabel("position")
    for axis in axes.flat:
        axis.set_visible(axis.has_data())
    axes[0, 0].legend(fontsize=6, loc="lower left")
    path.parent.mkdir(parents=True, exist_ok=True)
    drawing.save_figure(figure, path)


def draw_means(axis, ours, theirs, index):
    """Draw the means of a statistic along the window, with two standard errors."""
    parts = (np.arange(sweep_statistics.WINDOWS) + 0.5) / sweep_statistics.WINDOWS
    for side, style in (
        (theirs, {"color": drawing.BASELINE, "fmt": "o", "label": "forward (fwdpy11)"}),
        (ours, {"color": drawing.NET, "fmt": "-", "label": "coalflow"}),
    ):
        values = side["rows"][:, :, index]
        error = 2 * np.sqrt(_squared_error(values))
        axis.errorbar(parts, values.mean(axis=0), error, markersize=3, lw=1, **style)
    axis.set_ylim(bottom=0)


# msprime's neutral coalescent ----------------------------------------------------------------

SIZE, HAPLOTYPES, LENGTH = 500, 20, 1e6
THETA, RHO = 20, 40


def make_graph(size=SIZE):
    """Return the demes graph of one population of constant size."""
    builder = demes.Builder(time_units="generations")
    builder.add_deme("A", epochs=[{"start_size": size}])
    return builder.resolve()


def make_simulator(size, rho, haplotypes=HAPLOTYPES):
    """Return the simulator of one population of constant size."""
    rate = rho / (4 * size * LENGTH)
    return SweepSimulator(make_graph(size), {"A": haplotypes // 2}, LENGTH, rate)


NEUTRAL = {
    "lost or fixed on the way": (0.5, 1500),
    "rare at first": (0.02, 400),
    "site outside": (0.5, 1500),
}


def simulate_neutral(kind, replicate):
    """Simulate along the path of a neutral allele, whatever becomes of it."""
    random = np.random.default_rng([1, list(NEUTRAL).index(kind), replicate])
    simulator = make_simulator(SIZE, RHO)
    frequency, generations = NEUTRAL[kind]
    copies = round(frequency * 2 * SIZE)
    path = simulator.trajectories.drift_to_present(random, np.array([copies]), generations)
    trajectory = Trajectory(
        times=np.arange(generations + 1.0),
        copies=path[:-1][::-1],
        chromosomes=np.full((generations, 1), 2 * SIZE),
        matrix=np.zeros(generations, dtype=np.int64),
        copies_at_end=path[-1],
        chromosomes_at_end=np.array([2 * SIZE]),
        fixation_time=0,
        selection_began=generations,
        tries=1,
    )
    position = -0.1 * LENGTH if kind == "site outside" else LENGTH / 2
    tables, _ = simulator.simulate_ancestry(trajectory, Selection(0.0), position, random)
    trees = tables.tree_sequence()
    return describe_trees(trees.delete_sites(range(trees.num_sites)), random)


def simulate_with_msprime(replicate):
    """Simulate the same without any allele."""
    random = np.random.default_rng([2, replicate])
    trees = msprime.sim_ancestry(
        HAPLOTYPES // 2,
        population_size=SIZE,
        sequence_length=LENGTH,
        recombination_rate=RHO / (4 * SIZE * LENGTH),
        discrete_genome=False,
        random_seed=int(random.integers(1, 2**32)),
    )
    return describe_trees(trees, random)


def describe_trees(trees, random):
    """Return S, pi, mean tree height, height at the middle, and the number of trees."""
    mutated = msprime.sim_mutations(
        trees,
        rate=THETA / (4 * SIZE * LENGTH),
        model=msprime.BinaryMutationModel(),
        discrete_genome=False,
        random_seed=int(random.integers(1, 2**32)),
    )
    heights = [tree.time(tree.root) * tree.span for tree in trees.trees()]
    middle = trees.at(LENGTH / 2)
    return {
        "S": mutated.num_sites,
        "pi": mutated.diversity() * LENGTH,
        "mean tree height": sum(heights) / LENGTH,
        "height in the middle": middle.time(middle.root),
        "trees": trees.num_trees,
    }


def compare_with_neutral(replicates, pool):
    """Return the page's part on paths without selection."""
    theirs = gather(pool, simulate_with_msprime, 4 * replicates)
    rows = []
    for kind in NEUTRAL:
        ours = gather(pool, functools.partial(simulate_neutral, kind), replicates)
        rows.append([kind, *(f"{compute_z(ours[key], theirs[key]):.1f}" for key in theirs)])
        print(rows[-1], flush=True)
    return NEUTRAL_PART.format(ours=replicates, theirs=4 * replicates) + format_table(
        ["path", *theirs], rows
    )


NEUTRAL_PART = """## Without selection: msprime

The allele drifts from a given frequency, whether it is lost, fixed or neither, and lineages are
followed on the two backgrounds as in a sweep. The result must be the neutral coalescent.
{ours:,} windows of coalflow against {theirs:,} of msprime (N 500, 4Nr 40, 4N mu 20, 20
haplotypes).

"""


# Left and right ------------------------------------------------------------------------------

SIDES = {
    "hard, s = 0.1": Selection(0.1),
    "soft, s = 0.1, f0 = 0.05": Selection(0.1, start_frequency=0.05),
}


def simulate_sides(kind, replicate):
    """Return S in 11 parts of a window with a sweep in its middle."""
    rate = 110 / (4 * SIZE * LENGTH)
    trees, _ = make_simulator(SIZE, 200).simulate_window(
        SIDES[kind], LENGTH / 2, 0, rate, replicate
    )
    part = (trees.sites_position * 11 / LENGTH).astype(int)
    return {"S": np.bincount(part, minlength=11)}


def compare_left_and_right(replicates, pool):
    """Return the page's part on the two sides of the selected site."""
    rows = []
    for kind in SIDES:
        counts = gather(pool, functools.partial(simulate_sides, kind), replicates)["S"]
        difference = counts[:, :5] - counts[:, :5:-1]
        z = difference.mean(axis=0) / (difference.std(axis=0, ddof=1) / math.sqrt(len(counts)))
        rows.append([kind, *(f"{value:.1f}" for value in z)])
        print(rows[-1], flush=True)
    header = ["sweep", *(f"{part} and {10 - part}" for part in range(5))]
    return SIDES_PART.format(replicates=replicates) + format_table(header, rows)


SIDES_PART = """## Left and right of the site

Segregating sites in pairs of parts of the window at equal distances to the left and right of the
selected site (11 parts, counted from 0); {replicates:,} windows.

"""


# Theory --------------------------------------------------------------------------------------

DURATIONS = [
    (0.002, 0.5), (0.005, 0.5), (0.01, 0.0), (0.01, 0.5), (0.01, 1.0), (0.05, 0.5), (0.1, 0.5),
]  # fmt: skip
LARGE = 10_000
AGES = [(500, 0.01), (500, 0.1), (500, 0.5), (10_000, 0.01), (10_000, 0.1), (10_000, 0.5)]


@functools.cache
def _make_sampler(size):
    graph = make_graph(size)
    return SweepSimulator(graph, {"A": 1}, 1.0, 0.0).trajectories


def draw_duration(selection, replicate):
    """Return how long a sweep took."""
    random = np.random.default_rng([3, replicate])
    trajectory = _make_sampler(LARGE).draw(random, selection, 0)
    return {"duration": trajectory.selection_began}


def draw_age(size, frequency, replicate):
    """Return how old a neutral allele is."""
    random = np.random.default_rng([4, replicate])
    copies = round(2 * size * frequency)
    chromosomes = _make_sampler(size).history.chromosomes[:, 0]
    times, _, _ = draw_standing_variation(random, chromosomes, 0, copies)
    return {"age": times[-1]}


def compare_with_theory(replicates, pool):
    """Return the page's part on durations and ages."""
    rows = []
    for s, h in DURATIONS:
        selection = Selection(s, h)
        found = gather(pool, functools.partial(draw_duration, selection), replicates)
        found, expected = found["duration"], estimate_duration(selection, 2 * LARGE)[0]
        z = (found.mean() - expected) / (found.std(ddof=1) / math.sqrt(replicates))
        rows.append([s, h, f"{found.mean():,.0f}", f"{expected:,.0f}", f"{z:.1f}"])
        print(rows[-1], flush=True)
    page = DURATION_PART.format(replicates=replicates)
    page += format_table(["s", "h", "generations", "diffusion", "z"], rows)
    rows = []
    for size, f in AGES:
        found = gather(pool, functools.partial(draw_age, size, f), replicates)["age"]
        expected = -4 * size * f / (1 - f) * math.log(f)
        z = (found.mean() - expected) / (found.std(ddof=1) / math.sqrt(replicates))
        rows.append([f"{size:,}", f, f"{found.mean():,.0f}", f"{expected:,.0f}", f"{z:.1f}"])
        print(rows[-1], flush=True)
    page += AGE_PART.format(replicates=replicates)
    return page + format_table(["N", "frequency", "age", "Kimura and Ohta", "z"], rows)


DURATION_PART = """## How long sweeps take

Mean generations from one new copy to fixation, N = 10,000, {replicates:,} sweeps, against
the diffusion (Kimura and Ohta 1969). For strong selection the diffusion is known to be too
short.

"""
AGE_PART = """
## How old standing variation is

Mean age of a neutral allele, {replicates:,} of each, against -4N f log(f) / (1 - f)
(Kimura and Ohta 1973).

"""


# Recurrent mutation --------------------------------------------------------------------------

THETAS = (0.05, 0.2, 1.0)  # 4N times the rate of new copies


def simulate_recurrent(theta, replicate):
    """Return whether a sample descends from a single new copy."""
    selection = Selection(0.1, new_copies=theta / (4 * LARGE))
    _, truth = _make_large_simulator(0).simulate_window(selection, LENGTH / 2, 0, 0.0, replicate)
    return {"single": truth.founders == 1}


def compare_with_ewens(replicates, pool):
    """Return the page's part on recurrent mutation."""
    rows = []
    for theta in THETAS:
        draw = functools.partial(simulate_recurrent, theta)
        found = gather(pool, draw, replicates)["single"].mean()
        expected = math.prod(k / (k + theta) for k in range(1, HAPLOTYPES))
        error = math.sqrt(expected * (1 - expected) / replicates)
        z = (found - expected) / error
        rows.append([theta, f"{found:.3f}", f"{expected:.3f}", f"{z:.1f}"])
        print(rows[-1], flush=True)
    header = ["4Nu", "one origin", "Ewens' formula", "z"]
    return RECURRENT_PART.format(replicates=replicates) + format_table(header, rows)


RECURRENT_PART = """
## Recurrent mutation

Share of samples of 20 haplotypes whose alleles all descend from one mutation, N = 10,000, s = 0.1,
{replicates:,} sweeps, against Ewens' sampling formula, which is nearly exact for strong selection
(Pennings and Hermisson 2006).

"""


# Rejection -----------------------------------------------------------------------------------

# Epochs, oldest first, the latest change 60 generations ago; and the sweeps to find in them.
CHANGING = {
    "growth": [{"start_size": 200, "end_time": 60}, {"start_size": 200, "end_size": 2000}],
    "bottleneck": [
        {"start_size": 800, "end_time": 120},
        {"start_size": 100, "end_time": 60},
        {"start_size": 800},
    ],
}
FOLLOWED = [(0.15, None), (0.15, 0.1), (0.05, 0.3)]
REJECTED_END = 20
NUMBER_REJECTED = 500


@njit
def draw_by_rejection(random, chromosomes, s, start, end, longest, wanted):
    """Return durations of paths from mutations at any time that end ``end`` generations ago."""
    durations, found, last = np.empty(wanted), 0, len(chromosomes) - 1
    largest = chromosomes.max()
    while found < wanted:
        began = end + 1 + int(random.random() * longest)
        size = chromosomes[min(began, last)]
        if start == 0 and random.random() * largest > size:
            continue
        copies, ago = (1 if start == 0 else int(start * size + 0.5)), began
        while 0 < copies < size and ago > end:
            chance = apply_selection(copies / size, s, 0.5)
            ago -= 1
            size = chromosomes[min(ago, last)]
            copies = random.binomial(size, chance)
        if copies == size and ago == end:
            durations[found] = began - end
            found += 1
    return durations


def draw_under_changing_sizes(name, s, start, block):
    """Return durations of coalflow's sweeps, or in the last block of plain rejection."""
    builder = demes.Builder(time_units="generations")
    builder.add_deme("A", epochs=CHANGING[name])
    graph = builder.resolve()
    random = np.random.default_rng([5, list(CHANGING).index(name), block])
    sampler = SweepSimulator(graph, {"A": 1}, 1.0, 0.0).trajectories
    if block == BLOCKS:
        longest = round(4 * estimate_duration(Selection(s, start_frequency=start), 4000)[0])
        chromosomes = sampler.history.chromosomes[:, 0]
        return draw_by_rejection(
            random, chromosomes, s, start or 0.0, REJECTED_END, longest, NUMBER_REJECTED
        )
    selection = Selection(s, start_frequency=start)
    each = NUMBER_REJECTED // BLOCKS
    drawn = [sampler.draw(random, selection, REJECTED_END) for _ in range(each)]
    return [path.selection_began - path.fixation_time for path in drawn]


BLOCKS = 10


def compare_with_rejection(pool):
    """Return the page's part on sweeps under changing sizes."""
    rows = []
    for name in CHANGING:
        for s, start in FOLLOWED:
            draw = functools.partial(draw_under_changing_sizes, name, s, start)
            *ours, theirs = pool.map(draw, range(BLOCKS + 1))
            ours = np.concatenate(ours)
            p = stats.ks_2samp(ours, theirs).pvalue
            kind = "hard" if start is None else f"soft, f0 = {start}"
            means = f"{ours.mean():.1f}", f"{theirs.mean():.1f}"
            rows.append([name, kind, s, *means, f"{compute_z(ours, theirs):.1f}", f"{p:.2f}"])
            print(rows[-1], flush=True)
    header = ["history", "sweep", "s", "generations", "by rejection", "z", "p (KS test)"]
    page = REJECTION_PART.format(number=NUMBER_REJECTED, end=REJECTED_END)
    return page + format_table(header, rows)


REJECTION_PART = """
## Under changing sizes

Durations of {number:,} sweeps that ended {end} generations ago, against plain rejection:
mutations at any time, followed forward, and kept if they are fixed in exactly that
generation. Growth: 200 diploids, growing to 2,000 in the last 60 generations.
Bottleneck: 800, 100 from 120 to 60 generations ago, 800.

"""


# Marks ---------------------------------------------------------------------------------------

MARKS = {
    "hard, 4Nr 1,000, fixed 2,000 generations ago, part 4": (Selection(0.1), 1000, 2000, 4),
    "the same, part 5 (the site's)": (Selection(0.1), 1000, 2000, 5),
    "the same, part 6": (Selection(0.1), 1000, 2000, 6),
    **{
        f"soft, f0 = {f}, 4Nr 200, part 5": (Selection(0.1, start_frequency=f), 200, 0, 5)
        for f in (0.01, 0.05, 0.1, 0.2)
    },
}
OTHERS = {  # engine: S for each of MARKS, as measured once
    "discoal": [20.3, 12.7, 20.9, 3.9, 8.8, 13.6, 18.5],
    "msprime 1.4.4": [17.9, 14.0, 23.2, 29.6, 33.4, 34.6, 35.2],
}


def simulate_mark(mark, replicate):
    """Return S in one part of a window."""
    selection, rho, fixation_time, part = MARKS[mark]
    rate = 110 / (4 * LARGE * LENGTH)
    trees, _ = _make_large_simulator(rho).simulate_window(
        selection, LENGTH / 2, fixation_time, rate, replicate
    )
    trees = trees.delete_sites([site.id for site in trees.sites() if site.position == LENGTH / 2])
    return {"S": np.count_nonzero((trees.sites_position * 11 / LENGTH).astype(int) == part)}


@functools.cache
def _make_large_simulator(rho):
    return make_simulator(LARGE, rho)


def compare_with_programs(replicates, pool):
    """Return the page's part on what other coalescent programs give."""
    rows = []
    for index, mark in enumerate(MARKS):
        found = gather(pool, functools.partial(simulate_mark, mark), replicates)["S"]
        error = found.std(ddof=1) / math.sqrt(replicates)
        others = [values[index] for values in OTHERS.values()]
        rows.append([mark, f"{found.mean():.1f} ± {error:.1f}", *others])
        print(rows[-1], flush=True)
    return MARKS_PART.format(replicates=replicates) + format_table(
        ["segregating sites", "coalflow", *OTHERS], rows
    )


MARKS_PART = """
## Other coalescent programs

N 10,000, s 0.1, 20 haplotypes, 4N mu 110; {replicates:,} windows of coalflow. The other programs'
numbers are from about 600 windows each, so accurate to about 0.3. They are not a reference:
msprime's sweep model starts soft sweeps incorrectly and is asymmetric for hard ones; discoal has no
recombination between site and material.

"""

if __name__ == "__main__":
    main()
