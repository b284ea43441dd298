"""Windows and blocks of windows that ``novelty.py`` compares, simulated and summarised."""

import dataclasses

import msprime
import novelty_misfits as misfits
import numpy as np
import pandas as pd

from coalflow.config.schema.encoding import Encoding
from coalflow.config.schema.observation import Observation
from coalflow.config.schema.samples import Samples
from coalflow.simulation.sweeps.sweep_simulator import SweepSimulator
from coalflow.simulation.sweeps.trajectories.selection import Selection
from coalflow.statistics.window_statistics import SITES, describe_windows
from coalflow.windows.encoding import encode_shard
from coalflow.windows.shards import Shard, ShardMeta

BLOCK = 20  # windows
SAMPLES = Samples(individuals=(("all", misfits.INDIVIDUALS),), ploidy=2)
ENCODING = Encoding(sites=256, pad=True, length=misfits.LENGTH, order="similarity")
OBSERVATION = Observation(polarised=True)
SWEEPS, RATES = "sweeps", "recombination rate"
CLASSES = ("neutral", "hard", "soft")
RATE_RANGE = (2e-9, 5e-8)


@dataclasses.dataclass(frozen=True)
class Simulated:
    """Windows, and what is known of them.

    Attributes
    ----------
    windows : Windows
    table : DataFrame
        Their statistics.
    target : ndarray of float64, shape (windows,)
        Their class or the logarithm of their rate.
    """

    windows: object
    table: pd.DataFrame
    target: np.ndarray


def make_windows(sites, targets):
    """Return windows of alleles and positions."""
    counts = [len(positions) for _, positions in sites]
    number = SAMPLES.number_of_haplotypes
    alleles = np.concatenate([each.reshape(-1, number) for each, _ in sites])
    shard = Shard(
        haplotypes=np.packbits(alleles, axis=1),
        positions=np.concatenate([positions for _, positions in sites]),
        offsets=np.cumsum([0, *counts]),
        replicate=np.arange(len(sites)),
        seed=np.arange(len(sites), dtype=np.uint64),
        truth={"parameter/sequence_length": np.full(len(sites), float(misfits.LENGTH))},
        meta=ShardMeta(cell="a", samples=SAMPLES),
    )
    windows = encode_shard(shard, np.arange(len(sites)), ENCODING, OBSERVATION)
    table = describe_windows(windows, np.array(counts), SITES, SAMPLES, OBSERVATION)
    return Simulated(windows, table, np.array(targets, dtype=np.float64))


def draw_rate(random):
    """Return a recombination rate from the prior."""
    return float(np.exp(random.uniform(*np.log(RATE_RANGE))))


def simulate_blocks(problem, truth, number, seed):
    """Return blocks of neutral windows side by side; ``block`` is a column of their table."""
    sites, targets, blocks = [], [], []
    for block in range(number):
        random = np.random.default_rng([seed, block])
        rate = draw_rate(random) if problem == RATES else misfits.RECOMBINATION
        alleles, positions = misfits.simulate(
            truth, BLOCK * misfits.LENGTH, rate, int(random.integers(1, 2**31))
        )
        for window in range(BLOCK):
            inside = positions // misfits.LENGTH == window
            sites.append((alleles[inside], positions[inside] - window * misfits.LENGTH))
            targets.append(np.log(rate * truth.recombination) if problem == RATES else 0)
            blocks.append(f"neutral/{block}")
    made = make_windows(sites, targets)
    return dataclasses.replace(made, table=made.table.assign(block=blocks))


def simulate_windows(problem, truth, number, seed, swept_only=False):
    """Return windows as a net learns from them: neutral or swept, or with drawn rates."""
    sites, targets = [], []
    simulator = make_sweep_simulator(truth) if problem == SWEEPS else None
    for window in range(number):
        random = np.random.default_rng([seed, window])
        draw = int(random.integers(1, 2**31))
        kind = 0
        if problem == SWEEPS:
            kind = window % 2 + 1 if swept_only else (0, 1, 0, 2)[window % 4]
        if len(truth.graph.demes) > 1:  # sweeps from standing variation need one population
            kind = min(kind, 1)
        if kind:
            sites.append(simulate_sweep(truth, simulator, kind, draw))
            targets.append(kind)
            continue
        rate = draw_rate(random) if problem == RATES else misfits.RECOMBINATION
        sites.append(misfits.simulate(truth, misfits.LENGTH, rate, draw))
        targets.append(np.log(rate * truth.recombination) if problem == RATES else 0)
    return make_windows(sites, targets)


def make_sweep_simulator(truth):
    """Return the simulator of sweeps in a truth, whose gene conversion it leaves out."""
    rate = misfits.RECOMBINATION * truth.recombination
    if truth.hotspots:
        rate = misfits.make_map(misfits.LENGTH, rate, truth.hotspots, 1)
    samples = [
        msprime.SampleSet(each.num_samples, population=each.population, time=each.time or 0)
        for each in misfits.list_samples(truth)
    ]
    return SweepSimulator(truth.graph, samples, misfits.LENGTH, rate, population="A")


def simulate_sweep(truth, simulator, kind, seed):
    """Return alleles and positions of a window with a sweep in its middle."""
    random = np.random.default_rng([seed, 3])
    strength = float(np.exp(random.uniform(*np.log([0.005, 0.05]))))
    start = float(random.uniform(0.01, 0.1)) if kind == 2 else None
    trees, _ = simulator.simulate_window(
        Selection(strength, start_frequency=start),
        misfits.LENGTH / 2,
        # After the latest admixture, during which an allele does not become fixed.
        float(random.uniform(60 if len(truth.graph.demes) > 1 else 0, 500)),
        truth.mutation,
        seed,
    )
    return misfits.read_sites(truth, trees, random)
