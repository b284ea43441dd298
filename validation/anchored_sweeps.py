"""coalflow's side of the settings in ``sweep_settings.py``.

There, histories are counted from the generation in which selection starts; coalflow
counts from the sample, so each replicate has a history of its own, made once it is
known how long its sweep took. Where nothing changes during the sweep, coalflow's own
``TrajectorySampler`` draws the trajectory. Where something does, a plain forward
Wright-Fisher simulation does, since the sampler's paths are those that end at a given time,
and the forward simulator's are those that begin at one.
"""

import zlib

import demes
import msprime
import numpy as np
import sweep_statistics
from sweep_settings import REFERENCE_SIZE, SAMPLED_HAPLOTYPES

from coalflow.simulation.sweeps.sweep_simulator import SweepSimulator
from coalflow.simulation.sweeps.trajectories import standing_variation, wright_fisher
from coalflow.simulation.sweeps.trajectories.selection import Selection
from coalflow.simulation.sweeps.trajectories.trajectory import Trajectory

BASES = 1e6  # in a window


def simulate_replicate(setting, replicate):
    """Simulate one sweep; return a dict of its statistics.

    ``rows`` and, of population B, ``rows_b`` are float64 (windows, statistics); ``age`` and
    ``sweep_generations`` are in generations before the end of the sweep.
    """
    random = np.random.default_rng([zlib.crc32(setting.name.encode()), replicate])
    if changes_during_sweep(setting):
        simulator, trajectory = draw_anchored_trajectory(setting, random)
    else:
        simulator, trajectory = draw_steady_trajectory(setting, random)
    selection, position = make_selection(setting), setting.site * BASES
    tables, _ = simulator.simulate_ancestry(trajectory, selection, position, random)
    trees = tables.tree_sequence()
    result = {
        "sweep_generations": trajectory.selection_began - trajectory.fixation_time,
        "age": trajectory.origin - trajectory.fixation_time,
    }
    for index, population in enumerate(list_populations(setting)):
        suffix = "" if population == "A" else "_b"
        sample = trees.simplify(trees.samples(population=index))
        result[f"rows{suffix}"] = summarise_sample(setting, sample, random)
        copies, chromosomes = trajectory.copies_at_end, trajectory.chromosomes_at_end
        result[f"frequency{suffix}"] = copies[index] / chromosomes[index]
    return result


def summarise_sample(setting, trees, random):
    """Return the statistics of windows with new mutations, the selected one left out."""
    mutated = msprime.sim_mutations(
        trees.delete_sites(range(trees.num_sites)),
        rate=setting.theta / (4 * REFERENCE_SIZE * BASES),
        model=msprime.BinaryMutationModel(),
        discrete_genome=False,
        random_seed=int(random.integers(1, 2**32)),
    )
    return sweep_statistics.summarise_windows(
        mutated.genotype_matrix(), mutated.sites_position / BASES
    )


def list_populations(setting):
    """Return the names of a setting's populations."""
    return ["A", "B"] if setting.second else ["A"]


def make_selection(setting):
    """Return a setting's ``Selection``."""
    chromosomes = count_chromosomes(setting, 0)[0]
    return Selection(
        setting.selection,
        setting.dominance,
        start_frequency=setting.start_copies / chromosomes if setting.start_copies > 1 else None,
        end_frequency=setting.end_frequency,
    )


def changes_during_sweep(setting):
    """Tell whether sizes change, or a population splits off, around the sweep."""
    return len(setting.sizes) > 1 or bool(setting.second and setting.second.split is not None)


def make_simulator(setting, graph):
    """Return coalflow's simulator of a setting whose history is ``graph``."""
    return SweepSimulator(
        graph,
        dict.fromkeys(list_populations(setting), SAMPLED_HAPLOTYPES // 2),
        BASES,
        setting.rho / (4 * REFERENCE_SIZE * BASES),
        population="A",
        selected_in=list_selected(setting),
    )


def list_selected(setting):
    """Return the populations in which the allele is selected; s in B is A's, or 0."""
    return [
        name for name in list_populations(setting) if name == "A" or setting.second.selection > 0
    ]


def draw_steady_trajectory(setting, random):
    """Return a simulator, and a trajectory drawn by coalflow's own sampler."""
    after = setting.generations_after
    epochs = [(setting.sizes[0].size, None)]
    if setting.size_after is not None:
        epochs.append((setting.size_after, after))
    simulator = make_simulator(setting, make_graph(setting, epochs, 0))
    return simulator, simulator.trajectories.draw(random, make_selection(setting), after)


def make_graph(setting, epochs, duration):
    """Return a history whose generation ``duration`` is the present.

    ``epochs`` of A are (size, generations ago from which it holds), or with a third
    number (size at the end).
    """
    builder = demes.Builder(time_units="generations")
    ends = [start for _, start, *_ in epochs[1:]] + [0]
    builder.add_deme(
        "A",
        epochs=[
            {"start_size": size, "end_time": end, **({"end_size": last[0]} if last else {})}
            for (size, _, *last), end in zip(epochs, ends, strict=True)
        ],
    )
    second = setting.second
    if second:
        origin = {}
        if second.split is not None:
            origin = {"ancestors": ["A"], "start_time": duration - second.split}
        builder.add_deme("B", epochs=[{"start_size": second.size}], **origin)
        if second.migration > 0:
            builder.add_migration(demes=["A", "B"], rate=second.migration)
    return builder.resolve()


def count_chromosomes(setting, generation):
    """Return 2N of each population in a generation counted from the start of selection."""
    epoch = setting.sizes[0]
    for later in setting.sizes[1:]:
        if later.start < generation or later.start < 0:
            epoch = later
    size = epoch.size
    if epoch.growth:
        size *= (1 + epoch.growth) ** (generation - epoch.start)
    chromosomes = [round(2 * size)]
    if setting.second:
        there = setting.second.split is None or generation > setting.second.split
        chromosomes.append(2 * setting.second.size if there else 0)
    return np.array(chromosomes)


def draw_anchored_trajectory(setting, random):
    """Return a simulator and a trajectory that begins with generation 0 of a history."""
    path = run_forward(setting, random)
    duration = len(path) - 1
    simulator = make_simulator(
        setting, make_graph(setting, list_epochs(setting, duration), duration)
    )
    times, copies = [np.arange(1, duration + 1)], [path[:-1][::-1]]
    if setting.start_copies > 1:
        chromosomes = simulator.history.chromosomes[:, 0]
        older, standing, _ = standing_variation.draw_standing_variation(
            random, chromosomes, duration, setting.start_copies
        )
        times.append(older)
        copies.append(standing[:, None])
    ages = np.concatenate(times)
    steps = np.concatenate([[0], ages])
    history = simulator.history
    last = len(history.matrix) - 1
    return simulator, Trajectory(
        times=steps.astype(np.float64),
        copies=np.concatenate(copies),
        chromosomes=history.chromosomes[np.minimum(ages, last)],
        matrix=history.matrix[np.minimum(steps[:-1], last)],
        copies_at_end=path[-1],
        chromosomes_at_end=history.chromosomes[0],
        fixation_time=0,
        selection_began=duration,
        tries=1,
    )


def list_epochs(setting, duration):
    """Return A's epochs as :func:`make_graph` takes them, up to generation ``duration``."""
    epochs = []
    for epoch in setting.sizes:
        if epoch.start is not None and epoch.start >= duration:
            break
        start = None if epoch.start is None else duration - epoch.start
        end = [epoch.size * (1 + epoch.growth) ** start] if epoch.growth else []
        epochs.append((epoch.size, start, *end))
    return epochs


def run_forward(setting, random):
    """Return an allele's copies in each population, int64 (generations, populations).

    From generation 0 to the first in which A has ``end_frequency``, over and over until
    that is reached.
    """
    coefficients = np.array([setting.selection])
    parents = np.eye(1)
    second = setting.second
    if second:
        coefficients = np.append(coefficients, second.selection)
        parents = np.array(
            [[1 - second.migration, second.migration], [second.migration, 1 - second.migration]]
        )
    while True:
        before = count_chromosomes(setting, 0)
        path = [np.where(np.arange(len(before)) == 0, setting.start_copies, 0)]
        while path[-1].any() and len(path) <= setting.longest:
            now = count_chromosomes(setting, len(path))
            frequency = path[-1] / np.maximum(before, 1)
            gametes = parents @ wright_fisher.apply_selection(
                frequency, coefficients, setting.dominance
            )
            if second and before[1] == 0:
                gametes[1] = gametes[0]  # the first of B have their parents in A
            path.append(random.binomial(now, gametes))
            if path[-1][0] >= setting.end_frequency * now[0]:
                return np.array(path)
            before = now
