"""What can be predicted, and the one form in which programs are told of it.

A target is a scenario parameter, a statistic of the sites that the net sees
(``mode: site``), or one of the trees (``mode: branch``). Config files may name one,
list names, or map names to how they are meant. Programs are given a dict of names and
whole definitions: ``{"parameter": "population_size", "scale": "log"}``, or
``{"statistic": "fst", "of": ["EUR", "AFR"], "mode": "site", "scale": "linear"}``. A
parameter whose values are names has no scale; its values are classes.

Needs nothing but Python, since the Snakefile uses it while it is read.
"""

import dataclasses

from coalflow.config import grid

SITE, BRANCH = "site", "branch"
# Theta is four times their product; a parameter can be told from theta where the other is known.
FACTORS_OF_THETA = {"population_size": "mutation_rate", "mutation_rate": "population_size"}


@dataclasses.dataclass(frozen=True)
class Statistic:
    """What a statistic needs to know.

    ``sets`` are the numbers of sample sets it can be of, 0 for the whole sample. ``signed``
    ones are below 0 in usual data; ``polarised`` ones need to know the ancestral allele.
    """

    sets: tuple = (0, 1)
    modes: tuple = (SITE, BRANCH)
    signed: bool = False
    polarised: bool = False


# How each is computed is in `tree_statistics`.
STATISTICS = {
    "segregating_sites": Statistic(),
    "watterson_theta": Statistic(),
    "diversity": Statistic(),
    "tajimas_d": Statistic(signed=True),
    "theta_h": Statistic(polarised=True),
    "fay_wu_h": Statistic(signed=True, polarised=True),
    "y1": Statistic(),
    "divergence": Statistic(sets=(2,)),
    "fst": Statistic(sets=(2,)),
    "f2": Statistic(sets=(2,)),
    "y2": Statistic(sets=(2,)),
    "f3": Statistic(sets=(3,), signed=True),
    "y3": Statistic(sets=(3,)),
    "f4": Statistic(sets=(4,), signed=True),
    "coalescence_time": Statistic(sets=(0, 1, 2), modes=(BRANCH,)),
    "time_to_common_ancestor": Statistic(sets=(0, 1, 2, 3, 4), modes=(BRANCH,)),
}


def written(target):
    """Yield path, name and definition of each target as the config has them."""
    if isinstance(target, str):
        yield ("target",), target, {}
    elif isinstance(target, list):
        for number, name in enumerate(target):
            yield ("target", number), name, {}
    else:
        for name, definition in target.items():
            yield ("target", name), name, definition


def of_config(config):
    """Return a config's targets in the one form, by their names, in the order of the alphabet.

    So it does not matter in which order they are written.
    """
    simulation = config["simulation"]
    return {
        name: complete(name, definition, simulation)
        for _, name, definition in sorted(written(config["target"]), key=lambda one: one[1])
    }


def complete(name, definition, simulation):
    """Return the whole definition of a target."""
    given = set(definition) & {"parameter", "statistic"}
    if "statistic" in given or (not given and name in STATISTICS):
        return _complete_statistic(name, definition, simulation)
    parameter = definition.get("parameter", name)
    if parameter in grid.CATEGORICAL:
        return {"parameter": parameter}
    return {"parameter": parameter, "scale": definition.get("scale", "linear")}


def _complete_statistic(name, definition, simulation):
    statistic = definition.get("statistic", name)
    of = definition.get("of", [])
    known, names = STATISTICS[statistic], populations(simulation)
    # Where as many populations are sampled as the statistic compares, they need no naming.
    if not of and 0 not in known.sets and len(names) in known.sets:
        of = names
    return {
        "statistic": statistic,
        "of": [of] if isinstance(of, str) else of,
        "mode": definition.get("mode", known.modes[0]),
        "scale": definition.get("scale", "linear"),
    }


def populations(simulation):
    """Return the names of the sampled populations; none where they are not told apart."""
    names = list(grid.samples(simulation))
    return [] if names == [grid.EVERYONE] else names


def parameters(simulation):
    """Return the scenario parameters that differ between replicates, sorted.

    ``simulation`` may be one that is not yet checked.
    """
    if "import" in simulation:
        return ["class", *grid.true_values(simulation["import"]["truth"])]
    differing = {name for name, values in simulation.get("grid", {}).items() if len(values) > 1}
    if "recombination_map" in simulation:
        differing.add("recombination_rate")
    return sorted(differing | set(simulation["prior"]))


def of_sites(targets):
    """Return the targets that are statistics of the sites that the net sees, by their names."""
    return _of_mode(targets, SITE)


def of_trees(targets):
    """Return the targets that only the trees tell, by their names."""
    return _of_mode(targets, BRANCH)


def _of_mode(targets, mode):
    return {name: one for name, one in targets.items() if one.get("mode") == mode}


def statistics_of_trees(targets):
    """Return what simulations compute on trees, a list: neither names nor scales are their matter.

    Another name or scale therefore simulates nothing again.
    """
    told = {truth_name(one): one for one in of_trees(targets).values()}
    return [{key: told[name][key] for key in ("statistic", "of", "mode")} for name in sorted(told)]


def truth_name(definition):
    """Return the name in shards of a statistic of trees, such as ``target/fst(EUR,AFR)``."""
    return f"target/{definition['statistic']}({','.join(definition['of'])})"


def have_classes(targets):
    """Tell whether the first target has classes; if it does, it should be the only one."""
    return "scale" not in next(iter(targets.values()))


def is_log(definition):
    """Tell whether a target is learned and judged by its logarithm."""
    return definition["scale"] == "log"
