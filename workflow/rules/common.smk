# What all rules share: the checked config, names of files, and the slices of the
# config that programs are given.
import functools
import json
import os
import shutil
import sys
from pathlib import Path

import snakemake
from snakemake.settings.types import DeploymentMethod

ROOT = Path(workflow.current_basedir.get_path_or_uri(secret_free=True)).parents[1]
# Last on the path: programs in scripts/ must not hide anyone's modules.
sys.path.append(str(ROOT / "scripts"))
# Rules call `python`: the one that runs Snakemake, unless conda brings its own.
os.environ.update(PATH=os.pathsep.join([str(Path(sys.executable).parent), *os.get_exec_path()]))
# Conda's own would take packages from the user's home before those of its environment.
if DeploymentMethod.CONDA in workflow.deployment_settings.deployment_method:
    os.environ.update(PYTHONNOUSERSITE="1")

from coalflow.config import catalogue, cell_settings, grid, histories, import_files, targets
from coalflow.config.loading import limits, prepare, read_schema
from coalflow.core import digests, parent_process
from coalflow.core.errors import CoalflowError
from coalflow.core.files import remove_unfinished

# Programs end where Snakemake was killed.
parent_process.announce_parent()

SCHEMA = read_schema(ROOT / "workflow/schemas/config.schema.yaml")
try:
    config = prepare(config, SCHEMA, workflow.configfiles)
except CoalflowError as error:
    sys.exit(f"error: {error}")

RESULTS = f"results/{config['run']}"
CELLS = {cell.name: cell for cell in grid.cells(config["simulation"])}
RANGES = grid.shard_ranges(config["simulation"])
NETS = config["models"]["nets"]
RESTARTS = range(config["models"]["restarts"])
BASELINES = config["models"]["baselines"]
IMPORTED = "import" in config["simulation"]
GRAPH = catalogue.of_config(config["simulation"])  # None where the config has epochs
# The recombination map: a file, or what is made of one of stdpopsim's. None without one.
MAP = config["simulation"].get("recombination_map")
if MAP is not None and not os.path.isfile(MAP):
    MAP = f"{RESULTS}/recombination_map.txt"
SAMPLED = cell_settings.sampled(config["simulation"])
# What only simulations can tell, since trees are not kept.
OF_TREES = targets.statistics_of_trees(config["target"])
# What drawn parameters can be.
DRAWN_LIMITS = {
    name: limits(SCHEMA).get(grid.leaf(name), {})
    for name in config["simulation"].get("prior", {})
}
AT_ONCE = config["search"]["at_once"]  # recipes that are proposed together
CLASSES = grid.classes(config)  # None where the targets are numbers
NOT_IN_WEIGHTS = ["time_limit", "tensorboard"]  # keys of training that change no net
# A model is named by its folder below models/.
NET_FOLDERS = [f"{net}/{restart}" for net in NETS for restart in RESTARTS]
MODEL_FOLDERS = NET_FOLDERS + BASELINES


wildcard_constraints:
    cell="[^/]+",
    shard="[0-9]{5}",
    net="|".join(NETS),
    restart="[0-9]+",
    one_in="[0-9]+",
    proposals="[0-9]+",
    trial="[0-9]+",
    baseline="|".join(BASELINES),
    genome="[^/]+",


# The same for all shards, of which there are many.
digest_of = functools.cache(digests.digest_program)


def program(name):
    """Return the path of a program, seen from where Snakemake works."""
    return os.path.relpath(ROOT / "scripts" / f"{name}.py")


def settings(name, *sections, **values):
    """Return, as JSON, all that a program's result depends on.

    That is some sections of the config, further values, and a digest of the code.
    Snakemake compares this text with the last run's, and runs the rule again when
    it differs.
    """
    chosen = {section: config[section] for section in sections}
    return json.dumps({**chosen, **values, "code": digest_of(name)}, sort_keys=True)


def training_of(wildcards):
    """Return all that the weights of one net depend on.

    A learning curve has a wildcard more: one in so many training windows is used. So has a
    search: the number of the trial.
    """
    of_trial = {"place": int(wildcards.trial) % AT_ONCE} if "trial" in wildcards.keys() else {}
    return {
        "seed": config["seed"],
        **READING,
        "training": {k: v for k, v in config["training"].items() if k not in NOT_IN_WEIGHTS},
        "net": wildcards.net,
        "restart": int(wildcards.get("restart", 0)),
        "one_in": int(wildcards.get("one_in", 1)),
        "parameters": grid.names(config["simulation"]),
        **of_trial,
    }


def asked_by_training(training):
    """Return what training asks of a cluster beside cores, memory and time: GPUs, and nodes.

    With `mpi`, the job itself starts what runs on its nodes, one task on each. GPUs of several
    nodes are counted by node, and without `tasks_per_gpu` tasks would be counted by GPU.
    """
    gpus = training["processes"] if training["device"] == "cuda" else 0
    if training["nodes"] == 1:
        return {"gpu": gpus}
    nodes = {"nodes": training["nodes"], "tasks": training["nodes"], "mpi": "srun"}
    return {**nodes, **({"gres": f"gpu:{gpus}", "tasks_per_gpu": 0} if gpus else {})}


def demography_of(parameters):
    """Return the history of a cell or of a simulated genome, as programs are told of it."""
    return histories.of_cell(config["simulation"]["demography"], GRAPH, parameters)


def scenario(cell):
    """Return what all replicates of a cell have in common, as programs are told of it."""
    return cell_settings.told(CELLS[cell], config["simulation"], GRAPH, limits(SCHEMA), MAP)


def import_of(cell):
    """Return what an imported cell consists of, as programs are told of it."""
    simulation, parameters = config["simulation"], CELLS[cell].parameters
    section = simulation["import"]
    told = ("sequence_length", "replicates", "shard_size")
    return {
        "cell": cell,
        "parameters": parameters,
        "format": section["format"],
        "files": section["files"][parameters["class"]],
        "truth": {key: value for key, value in section["truth"].items() if key != "tables"},
        "tables": section["truth"].get("tables", {}).get(parameters["class"], []),
        **{key: simulation[key] for key in told},
        **SAMPLED,
        "trees": OF_TREES,
    }


def imported_files(cell):
    """Return all files that an imported cell is read from, tables too."""
    section = import_of(cell)
    return import_files.expand_patterns(section["files"]) + section["tables"]


def scenario_files():
    """Return the files that replicates are drawn from: joint draws, and a recombination map."""
    return [file for file in (config["simulation"].get("draws"), MAP) if file]


def check_of(cell):
    """Return the path of what says that a cell's sweep can be; none if it is neutral."""
    if CELLS[cell].parameters.get("sweep", "neutral") == "neutral":
        return []
    return [f"{RESULTS}/sweeps/{cell}.tsv"]


def shards():
    """Return the paths of all shards of the run."""
    return [
        f"{RESULTS}/shards/{cell}/{grid.shard_name(number)}"
        for cell in CELLS
        for number in range(len(RANGES))
    ]


# What a model consists of. Its card is written last.
OF_NET = ["card.json", "model.safetensors", "history.tsv"]
OF_BASELINE = ["card.json", "model.skops"]


def models():
    """Return the files of all models."""
    nets = [f"{folder}/{file}" for folder in NET_FOLDERS for file in OF_NET]
    baselines = [f"{baseline}/{file}" for baseline in BASELINES for file in OF_BASELINE]
    return [f"{RESULTS}/models/{file}" for file in nets + baselines]


def within(folder, files):
    """Return a folder of the results, seen from a job that has some of the results' ``files``.

    A storage plugin may have put them all elsewhere.
    """
    return os.path.join(files[0][: files[0].rindex(RESULTS)], RESULTS, folder)


# What is laid on simulations, and the mask of the genome that it may need.
MASK = [config["observation"]["mask"]] if "mask" in config["observation"] else []
OBSERVED = [f"{RESULTS}/observation.json", *MASK]

# What a model must know to read windows as it was trained to.
READING = {
    **{section: config[section] for section in ("encoding", "target")},
    "classes": CLASSES,
    **SAMPLED,
}


def genome_parameters(genome):
    """Return the scenario parameters of a simulated genome; rates default to the run's."""
    simulation = config["simulation"]
    rates = {
        rate: grid.single_value(simulation, rate)
        for rate in ("mutation_rate", "recombination_rate")
    }
    return {**rates, **config["genomes"][genome]["simulate"]}


def file_of(genome):
    """Return the file of a genome: the user's, or the one that is simulated."""
    return config["genomes"][genome].get("path", f"{RESULTS}/genomes/{genome}/simulated.vcf.gz")


def genome_file(wildcards):
    """Return the file of the genome of a job, which is read more than once."""
    return access.multi(file_of(wildcards.genome))


def simulated_names():
    """Return how tskit names the individuals that are seen of each population, or None for one."""
    names, first = {}, 0
    for population, number in SAMPLED["samples"]:
        seen = config["observation"].get("individuals", {}).get(population, number)
        names[population] = [f"tsk_{first + place}" for place in range(seen)]
        first += number
    return names if len(names) > 1 else None


def genome_options(genome):
    """Return how a genome is to be read; windows overlap by half unless told otherwise.

    Their length is in bases where they are padded, else None: as many sites as the net reads.
    ``individuals`` are the names of those to use. The real genome's mask does not fit a simulated
    one, so only real ones are ``masked``.
    """
    options, encoding = config["genomes"][genome], config["encoding"]
    length = encoding["length"] if encoding["pad"] else None
    return {
        "individuals": options.get("samples", simulated_names() if "simulate" in options else None),
        "masked": "path" in options,
        "ancestral": options.get("ancestral"),
        "length": length,
        "step": options.get("step", max(1, (length or encoding["sites"]) // 2)),
    }
