"""A search for a better recipe, by validation data alone.

Recipes are proposed by Optuna's tree-structured Parzen estimator (Bergstra et al. 2011,
Algorithms for hyper-parameter optimization), some at a time: as many can be trained side
by side, and the next proposals learn from them. Trial 0 is the recipe as it is without a
search.
"""

import optuna

from coalflow.core import seeds

RANDOM_TRIALS = 5  # so many are drawn before any is learned from


def propose(space, tried, number, seed, first):
    """Return changes of the recipe to try next, a list of ``number`` dicts.

    ``space`` is the config's ``search.space``; ``tried`` are (changes, error) of earlier
    trials, less error being better; ``first`` is the number of the first trial that is proposed.
    They hang on these alone.
    """
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    within = {name: _distribution(told) for name, told in space.items()}
    sampler = optuna.samplers.TPESampler(
        n_startup_trials=RANDOM_TRIALS,
        # What is being tried already is not proposed again.
        constant_liar=True,
        seed=seeds.derive_seed(seed, "search", first) % 2**32,
    )
    study = optuna.create_study(sampler=sampler)
    for changes, error in tried:
        study.add_trial(
            optuna.trial.create_trial(params=changes, distributions=within, value=error)
        )
    return [study.ask(within).params for _ in range(number)]


def _distribution(told):
    ((kind, of),) = told.items()
    if kind == "categorical":
        return optuna.distributions.CategoricalDistribution(of)
    whole = all(isinstance(end, int) for end in of)
    if whole:
        return optuna.distributions.IntDistribution(*of, log=kind == "log_uniform")
    return optuna.distributions.FloatDistribution(*of, log=kind == "log_uniform")
