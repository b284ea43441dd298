"""What contradicts the models, and the encoding that they read."""

import shutil

from coalflow.config import grid, targets
from coalflow.config.consistency import ranges

# Which baselines there are for which kind of target; `classical` is not for all numbers.
CLASSICAL = "classical"
BASELINES = {
    "numbers": ["mean", CLASSICAL, "ridge", "gradient_boosting"],
    "classes": ["mean", CLASSICAL, "logistic_regression", "gradient_boosting"],
}
# Sites below which a net's layers have nothing left; found out here, not after the simulations.
FEWEST_SITES = {
    "coalflow": 1,
    "flagel_tajimas_d": 4,
    "flagel_theta": 4,
    "flagel_recombination": 8,
    "flagel_introgression": 8,
    "flagel_demography": 31,
    "flagel_sweeps": 32,
    "exchangeable": 9,
    "spidna": 5,
    "dilated_residual": 1,
    "axial_transformer": 1,
}
# Nets that do not read where sites lie.
WITHOUT_POSITIONS = ["flagel_tajimas_d", "flagel_theta", "flagel_introgression"]
# Nets that need to know where in the window a site lies, not only how far from the one before.
WITH_POSITIONS = ["coalflow"]

# Nets that take any number of haplotypes.
ANY_HAPLOTYPES = ["coalflow", "exchangeable", "spidna", "axial_transformer"]


def baselines_of(config):
    """Return the baselines that there are for the targets of a config."""
    fitting = BASELINES[_kind_of(targets.of_config(config))]
    return [name for name in fitting if name != CLASSICAL or not _no_classical(config)]


def _kind_of(wanted):
    return "classes" if targets.have_classes(wanted) else "numbers"


def of_baselines(config):
    """Yield baselines that cannot predict the targets."""
    wanted = targets.of_config(config)
    kind = _kind_of(wanted)
    for number, name in enumerate(config["models"]["baselines"]):
        place, others = ("models", "baselines", number), ", ".join(baselines_of(config))
        if name not in BASELINES[kind]:
            yield (
                place,
                f"is {name}, which does not predict {kind}, and the target {next(iter(wanted))} is "
                f"of that kind: take {others}",
            )
        elif name == CLASSICAL and (why := _no_classical(config)):
            yield place, f"is {name}, but {why}: take {others}"


def _no_classical(config):
    """Return why there is no classical estimator of the targets, or None."""
    wanted, simulation = targets.of_config(config), config["simulation"]
    if "sites" not in config["statistics"]["kinds"]:
        return "statistics.kinds has no sites, of which it takes one"
    if targets.have_classes(wanted):
        return None
    other = targets.FACTORS_OF_THETA.get(next(iter(wanted.values())).get("parameter"))
    if len(wanted) > 1 or other is None:
        factors = " or ".join(targets.FACTORS_OF_THETA)
        return f"there is none of {' and '.join(wanted)}, only of {factors}"
    if grid.single_value(simulation, other) is None:
        return f"it needs one value of {other}, and simulations have several"
    if not config["encoding"]["pad"]:
        return "it needs windows of so many bases, and without encoding.pad they have so many sites"
    if "mask" in config["observation"]:
        return "it needs to know how many bases are seen, which observation.mask makes uncertain"
    return None


def of_encoding(config):
    """Yield windows that a net cannot take, and keys that contradict each other."""
    encoding, simulation = config["encoding"], config["simulation"]
    for net in config["models"]["nets"]:
        if encoding["sites"] < FEWEST_SITES[net]:
            message = f"is {encoding['sites']}, but {net} needs {FEWEST_SITES[net]} or more"
            yield ("encoding", "sites"), f"{message}: raise it"
        if encoding["positions"] != "position" and net in WITHOUT_POSITIONS:
            message = f"is {encoding['positions']}, but {net} does not read where sites lie"
            nets = ", ".join(name for name in FEWEST_SITES if name not in WITHOUT_POSITIONS)
            yield ("encoding", "positions"), f"{message}: delete it, or take only some of {nets}"
        if encoding["positions"] == "distance" and net in WITH_POSITIONS:
            message = f"is distance, but {net} needs to know where in the window sites lie"
            yield ("encoding", "positions"), f"{message}: make it position, or both"
    if "seed" in encoding and encoding["stretch"] != "random":
        message = f"is for random stretches, but encoding.stretch is {encoding['stretch']}"
        yield ("encoding", "seed"), f"{message}: delete it"
    if encoding["pad"]:
        yield from _length_mistakes(encoding, simulation)
    elif "length" in encoding:
        message = "is for padded windows: delete it, or set encoding.pad to true"
        yield ("encoding", "length"), message


def of_training(config):
    """Yield what the targets have no use for, and a warm-up without an end."""
    training, wanted = config["training"], targets.of_config(config)
    target = next(iter(wanted))
    if targets.have_classes(wanted):
        if "loss" in training:
            message = f"is for numbers, but the target {target} has classes: delete it"
            yield ("training", "loss"), message
    elif training["class_weights"] != "equal":
        message = f"is for classes, but the target {target} is a number: delete it"
        yield ("training", "class_weights"), message
    if "epochs" in training and training.get("warm_up", 0) >= training["epochs"]:
        message = f"is {training['warm_up']:g}, but there are {training['epochs']} epochs in all"
        yield ("training", "warm_up"), f"{message}: lower it"
    if training["nodes"] > 1 and not shutil.which("srun"):
        message = f"is {training['nodes']}, and here is no SLURM, which would start them: make it 1"
        yield ("training", "nodes"), f"{message}, or start Snakemake on a cluster"


def of_augmentation(config):
    """Yield what would make training windows that could not have been seen, or nothing new."""
    augment, observation = config["training"].get("augment", {}), config["observation"]
    path = ("training", "augment")
    if "thin" in augment:
        message = _why_not_thin(config, augment["thin"])
        if message:
            yield (*path, "thin"), message
    if "flip" in augment and not observation["polarised"]:
        message = "is of ancestral alleles, which are not known: delete it, or set"
        yield (*path, "flip"), f"{message} observation.polarised to true"
    if augment.get("errors"):
        rates = ("missing", "genotype_error", "polarisation_error")
        of_sites = list(targets.of_sites(targets.of_config(config)))
        if "like" not in observation and not any(observation[rate] for rate in rates):
            yield (*path, "errors"), "is true, but observation has none: add some, or delete it"
        elif of_sites:
            message = "changes which sites are seen, and"
            yield (*path, "errors"), f"{message} {of_sites[0]} is a statistic of these: delete it"


def _why_not_thin(config, thin):
    """Return why windows of fewer haplotypes would not be real ones, or None."""
    simulation, fewer = config["simulation"], config["observation"].get("individuals")
    populations = grid.samples(simulation)
    seen = populations | fewer if isinstance(fewer, dict) else populations
    haplotypes = sum(seen.values()) * simulation["ploidy"]
    for name, definition in targets.of_config(config).items():
        if "statistic" in definition:
            return f"is of haplotypes, and so is {name}, which would be another one: delete it"
    if len(populations) > 1:
        return f"is for one population, but there are {', '.join(populations)}: delete it"
    if thin >= haplotypes:
        return f"is {thin}, but windows have {haplotypes} haplotypes: lower it"
    if not config["encoding"]["pad"]:
        return "leaves fewer sites than the net reads: set encoding.pad to true, or delete it"
    for net in config["models"]["nets"]:
        if net not in ANY_HAPLOTYPES:
            return f"is for nets that take any number of haplotypes, not for {net}: delete it"
    return None


def _length_mistakes(encoding, simulation):
    """Yield why padded windows have no one length in bases, or a longer one than is simulated."""
    if "length" in encoding:
        _, shortest = ranges.extreme(simulation, "sequence_length", min)
        if shortest is not None and encoding["length"] > shortest:
            message = f"is {encoding['length']:,}, but simulated windows have {shortest:,} bases"
            yield (
                ("encoding", "length"),
                f"{message}: lower it, or raise simulation.sequence_length",
            )
    elif "sequence_length" in simulation.get("grid", {}):
        yield (
            ("simulation", "grid", "sequence_length"),
            "has several values, but with encoding.pad windows have one length: give one in "
            "encoding.length, or set encoding.pad to false",
        )
    elif "sequence_length" in simulation:
        length = simulation["sequence_length"]
        message = f"is {length}, but with encoding.pad windows are whole bases long"
        yield ("simulation", "sequence_length"), f"{message}: round it, or give encoding.length"


def of_search(config):
    """Yield what a search cannot try."""
    search, nets = config["search"], config["models"]["nets"]
    if search.get("net", nets[0]) not in nets:
        message = f"is {search['net']}, which is none of models.nets: take {' or '.join(nets)}"
        yield ("search", "net"), message
    for name, told in search["space"].items():
        ((kind, values),) = told.items()
        place = ("search", "space", name, kind)
        if kind == "categorical":
            continue
        low, high = values
        if not low < high:
            yield place, f"is {values}: the first must be less than the second"
        elif kind == "log_uniform" and low <= 0:
            yield place, f"begins at {low}, of which there is no logarithm: begin above 0"
