"""The least error with which theta can be estimated, where nothing recombines."""

import numpy as np

GRID = 801  # values of theta over which the posterior is summed


def compute_theta_bound(haplotypes, low, high, windows, seed):
    """Return the RMSE of an oracle, and its standard error.

    It knows how many mutations fell while there were 2, 3, ... lineages, which no sample shows, and
    returns the posterior mean of theta, whose prior is uniform from ``low`` to ``high``. While
    there are k lineages, whatever happens first is a mutation with probability
    theta / (theta + k - 1), so their number is geometric (Watterson 1975; Fu and Li 1993).
    """
    generator = np.random.default_rng(seed)
    theta = generator.uniform(low, high, windows)
    others = np.arange(1, haplotypes)
    mutations = generator.geometric(others / (theta[:, None] + others)) - 1
    grid = np.linspace(low, high, GRID)[:, None]
    logs = mutations @ np.log(grid / (grid + others)).T + np.log(others / (grid + others)).sum(
        axis=1
    )
    weights = np.exp(logs - logs.max(axis=1, keepdims=True))
    squared = ((weights @ grid)[:, 0] / weights.sum(axis=1) - theta) ** 2
    error = np.sqrt(squared.mean())
    return error, squared.std() / np.sqrt(windows) / (2 * error)
