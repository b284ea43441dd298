"""What contradicts a target: nothing that differs, no such population, nothing that tells."""

from coalflow.config import grid, messages, targets
from coalflow.core.errors import suggest_nearest

# Columns of split.parquet and of dataset.tsv that are no target's.
NOT_TARGETS = {
    *("cell", "cells", "shard", "row", "replicate", "seed", "split", "reason", "sites"),
    "refused_draws",
}
# Statistics that only the number of sites tells, which is the same in windows without padding.
OF_SITE_NUMBER = ("segregating_sites", "watterson_theta")


def of_targets(config):
    """Yield why a target cannot be predicted."""
    written = list(targets.written(config["target"]))
    simulation = config["simulation"]
    known = {*targets.parameters(simulation), *grid.names(simulation), *grid.PLACES}
    known |= {*grid.SWEEP_PARAMETERS, *grid.CATEGORICAL}
    for path, name, given in written:
        if "parameter" in given and "statistic" in given:
            yield path, "is both a parameter and a statistic: delete one of the two"
            continue
        whole = targets.complete(name, given, simulation)
        if name in NOT_TARGETS or (name in known and whole.get("parameter") != name):
            yield path, f"is {name}, the name of something else: choose another"
        elif "statistic" in whole:
            yield from _statistic_mistakes(path, given, whole, config)
        else:
            yield from _parameter_mistakes(path, given, whole, simulation, known)
            if "scale" not in whole and len(written) > 1:
                message = f"has classes ({whole['parameter']}), and these are predicted alone"
                yield path, f"{message}: take it as the only target, or take it out"


# Parameters ----------------------------------------------------------------------------------


def _parameter_mistakes(path, given, whole, simulation, known):
    parameter = whole["parameter"]
    where = (*path, "parameter") if "parameter" in given else path
    for key in ("of", "mode"):
        if key in given:
            yield (*path, key), f"is for statistics, and {parameter} is none: delete it"
    if parameter in grid.CATEGORICAL:
        if "scale" in given:
            yield (*path, "scale"), f"is for numbers, and {parameter} has classes: delete it"
        yield from _class_mistakes(where, parameter, simulation)
        return
    differing = targets.parameters(simulation)
    if parameter in differing:
        return
    if parameter in known or parameter.startswith(grid.IN_A_GRAPH):
        elsewhere = (
            ""
            if "import" in simulation
            else (f": list values in simulation.grid.{parameter}, or draw it in simulation.prior")
        )
        message = f"is {parameter}, which is the same in all simulations{elsewhere}"
        yield where, message if elsewhere else f"{message}: choose another"
    else:
        choices = [*differing, *(targets.STATISTICS if where == path else ())]
        near = suggest_nearest(parameter, choices)
        yield where, f"is {parameter!r}, but must be one of: {', '.join(choices)}{near}"


def _class_mistakes(path, parameter, simulation):
    """Yield why a parameter whose values are classes has none, or but one."""
    if "import" in simulation and parameter != "class":
        message = f"is {parameter}, but the classes of imported files are called `class`"
        yield path, f"{message}: write that"
    elif "import" in simulation:
        if len(simulation["import"]["files"]) < 2:
            message = "is class, and the classes are those of simulation.import.files"
            yield path, f"{message}: list two or more there"
    elif parameter == "class":
        yield path, "is class, which is for simulations that are imported: choose another"
    elif len(grid.names_of(simulation, parameter)) < 2:
        yield (
            path,
            f"is {parameter}, whose values in simulation.grid are the classes: list two or more in "
            f"simulation.grid.{parameter}",
        )


# Statistics ----------------------------------------------------------------------------------


def _statistic_mistakes(path, given, whole, config):
    name, known = whole["statistic"], targets.STATISTICS[whole["statistic"]]
    yield from _set_mistakes(path, given, whole, targets.populations(config["simulation"]))
    if whole["mode"] not in known.modes:
        message = f"is {whole['mode']}, but {name} is there for {known.modes[0]} only"
        yield (*path, "mode"), f"{message}: delete it"
    if whole["scale"] == "log" and known.signed:
        yield (*path, "scale"), f"is log, but {name} can be below 0: take linear"
    if whole["mode"] == targets.BRANCH:
        if config["simulation"].get("import", {}).get("format") == "ms":
            message = f"is {name}, which only trees tell, and files in ms's format have none"
            yield path, f"{message}: import trees, or choose another"
        return
    if known.polarised and not config["observation"]["polarised"]:
        message = f"is {name}, which needs to know the ancestral alleles"
        yield path, f"{message}: set observation.polarised to true, or choose another"
    if name in OF_SITE_NUMBER and not whole["of"] and not config["encoding"]["pad"]:
        message = f"is {name}, but without encoding.pad all windows have as many sites"
        yield path, f"{message}: set it to true, or choose another"


def _set_mistakes(path, given, whole, populations):
    """Yield why the populations that a statistic is of cannot be."""
    name, of = whole["statistic"], whole["of"]
    where = (*path, "of") if "of" in given else path
    numbers = targets.STATISTICS[name].sets
    if not populations and (of or 0 not in numbers):
        compared = f"{name} of {', '.join(of)}" if of else f"{name}, which compares populations"
        message = f"is {compared}, but simulation.samples does not tell populations apart"
        yield where, f"{message}: say there how many individuals of which, as {{A: 10, B: 10}}"
        return
    unknown = [one for one in of if one not in populations]
    for one in unknown:
        yield where, messages.unknown(one, "sampled populations", populations)
    if len(set(of)) < len(of):
        yield where, f"names a population twice: {', '.join(of)}"
    elif not of and 0 not in numbers:
        message = f"is {name}, which compares {numbers[0]} populations, but {len(populations)} are"
        mend = "name them in `of`" if len(populations) > numbers[0] else "add to simulation.samples"
        yield where, f"{message} sampled: {mend}, or choose another"
    elif len(of) not in numbers and not unknown:
        wanted = " or ".join(str(number) for number in numbers)
        message = f"names {len(of)} populations, but {name} is of {wanted}"
        yield where, f"{message}: choose among {', '.join(populations)}"
