"""A search for a better recipe, by validation data alone.

Recipes are proposed by Optuna's tree-structured Parzen estimator, several at a time: they can be
trained side by side, and the next proposals learn from them. Trial 0 is the recipe as it is without
a search.

References
----------
Bergstra J, Bardenet R, Bengio Y, Kégl B (2011). Algorithms for hyper-parameter optimization.
Advances in Neural Information Processing Systems 24.
"""

from collections.abc import Iterable, Mapping

import optuna

from coalflow.config.schema.training import SearchSpace
from coalflow.core import seeds
from coalflow.models.recipe_trials import Changes

RANDOM_TRIALS = 5  # are drawn before proposals learn from any


def propose_recipes(
    space: Mapping[str, SearchSpace],
    tried: Iterable[tuple[Changes, float]],
    count: int,
    seed: int,
    first: int,
) -> list[Changes]:
    """Return changes of the recipe to try next.

    They depend on the parameters alone, and not on the order of ``space``.

    Parameters
    ----------
    space : mapping of str to SearchSpace
        The config's ``search.space``.
    tried : iterable of (dict, float)
        Changes and error of earlier trials; less error is better.
    count : int
        How many recipes are proposed.
    seed : int
        The run's.
    first : int
        The first trial that is proposed.
    """
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    distributions = {name: _make_distribution(space[name]) for name in sorted(space)}
    sampler = optuna.samplers.TPESampler(
        n_startup_trials=RANDOM_TRIALS,
        # What is being tried already is not proposed again.
        constant_liar=True,
        seed=seeds.derive_seed(seed, "search", first) % 2**32,
    )
    study = optuna.create_study(sampler=sampler)
    for changes, error in tried:
        study.add_trial(
            optuna.trial.create_trial(params=changes, distributions=distributions, value=error)
        )
    return [study.ask(distributions).params for _ in range(count)]


def _make_distribution(space: SearchSpace) -> optuna.distributions.BaseDistribution:
    if space.kind == "categorical":
        return optuna.distributions.CategoricalDistribution(space.values)
    low, high = space.values
    is_log = space.kind == "log_uniform"
    if isinstance(low, int) and isinstance(high, int):
        return optuna.distributions.IntDistribution(low, high, log=is_log)
    return optuna.distributions.FloatDistribution(float(low), float(high), log=is_log)
