# What rules of a run share: the checked config, paths, and the settings of programs.
import re

import snakemake

from coalflow.config import grid
from coalflow.config.loading import read_config
from coalflow.config.schema.genomes import FORMATS
from coalflow.config.schema.interpreting.explain import CONFUSING, list_pictured
from coalflow.config.genomes.parts import name_part
from coalflow.config.settings.making import SettingsMaker, write_settings
from coalflow.config.settings.making_models import ONE_IN
from coalflow.config.settings.run import find_recombination_map
from coalflow.core.command_line import shorten_settings
from coalflow.core.errors import suggest_nearest

try:
    CONFIG = read_config(config, workflow.configfiles, workflow.config_settings.config)
except CoalflowError as error:
    sys.exit(explain_locale(f"error: {error}"))

RESULTS = f"results/{CONFIG.run}"
MAP = find_recombination_map(CONFIG, RESULTS)  # None without a recombination map
MAKER = SettingsMaker(CONFIG, MAP)
CELLS = MAKER.cells
SHARDS = [grid.name_shard(index) for index in range(len(MAKER.shard_ranges))]
NETS = CONFIG.models.nets
RESTARTS = range(CONFIG.models.restarts)
BASELINES = CONFIG.baselines
IMPORTED = CONFIG.simulation.imported is not None
# A model is named by its folder below models/.
NET_FOLDERS = [f"{net}/{restart}" for net in NETS for restart in RESTARTS]
MODEL_FOLDERS = [*NET_FOLDERS, *BASELINES]
# What is calibrated and packed as a whole: a net with all its restarts, or a baseline.
PACKED = [*NETS, *BASELINES]
CALIBRATIONS = [f"{RESULTS}/models/{model}/calibration.json" for model in PACKED]
# The files of a model. Its card is written last.
NET_FILES = ["card.json", "model.safetensors", "history.tsv"]
BASELINE_FILES = ["card.json", "model.skops"]
# How simulations are observed, and the mask of the genome that this may need.
MASK = [CONFIG.observation.mask] if CONFIG.observation.mask else []
OBSERVED = [f"{RESULTS}/observation.json", *MASK]
# What replicates are drawn from: joint draws, and a recombination map.
SCENARIO_FILES = [file for file in (CONFIG.simulation.draws, MAP) if file]


def one_of(names):
    """Return a regular expression of these names and no other."""
    return "|".join(re.escape(str(name)) for name in names) or "(?!)"


# A file of anything that the config does not have is refused, rather than made of what it has not.
wildcard_constraints:
    # There may be thousands, which find_cell() and before_shard() look up faster.
    cell="[^/]+",
    condition="[^/]+",
    shard="[0-9]{5}",
    net=one_of(NETS),
    restart=one_of(RESTARTS),
    one_in=one_of(ONE_IN),
    round=one_of(range(-(-CONFIG.search.trials // CONFIG.search.trials_per_round))),
    trial=one_of(range(CONFIG.search.trials)),
    baseline=one_of(BASELINES),
    genome=one_of(CONFIG.genomes),
    part="[0-9]{3,4}",


def settings_text(name, settings):
    """Return the settings of a program as JSON, with a digest of its code.

    Long ones are in a file, which is written where jobs run, but not on a dry run.
    """
    text = write_settings(settings, digest_program(name))
    runs = workflow.executor_plugin is not None and not workflow.dryrun
    return shorten_settings(text, f"{RESULTS}/settings", write=runs)


def find_cell(name):
    """Return a cell of the config; end with one line if it has none of this name."""
    if name not in CELLS:
        sys.exit(f"error: the config has no cell {name}{suggest_nearest(name, CELLS)}")
    return CELLS[name]


def sweep_check(cell):
    """Return the path of the check of a cell's sweep; none if it is neutral."""
    return [f"{RESULTS}/sweeps/{cell}.tsv"] if find_cell(cell).is_swept else []


def before_shard(wildcards):
    """Return what must be there before a shard is simulated; end if there is no such shard."""
    if int(wildcards.shard) >= len(SHARDS):
        sys.exit(f"error: no cell has a shard {wildcards.shard}, the last is {SHARDS[-1]}")
    return sweep_check(wildcards.cell)


def scenario_files(wildcards):
    """Return what the replicates of a cell's sweep are drawn from; end if it is neutral."""
    if not sweep_check(wildcards.cell):
        sys.exit(f"error: cell {wildcards.cell} is neutral, so no sweep of it is checked")
    return SCENARIO_FILES


def shards():
    """Return the paths of all shards of the run."""
    return [f"{RESULTS}/shards/{cell}/{shard}" for cell in CELLS for shard in SHARDS]


def models():
    """Return the files of all models."""
    nets = [f"{folder}/{file}" for folder in NET_FOLDERS for file in NET_FILES]
    baselines = [f"{baseline}/{file}" for baseline in BASELINES for file in BASELINE_FILES]
    return [f"{RESULTS}/models/{file}" for file in nets + baselines]


def null_shards():
    """Return the paths of all shards of blocks of the null."""
    ranges = range(len(MAKER.block_ranges))
    cells = MAKER.null_cells if ranges else []
    return [f"{RESULTS}/null/{cell}/{grid.name_shard(index)}" for cell in cells for index in ranges]


def before_null(wildcards):
    """End if the null has no such shard."""
    find_cell(wildcards.cell)
    if wildcards.cell not in MAKER.null_cells or int(wildcards.shard) >= len(MAKER.block_ranges):
        sys.exit(f"error: the null has no shard {wildcards.shard} of cell {wildcards.cell}")
    return []


def references():
    """Return what predictions along genomes are compared with, of all nets and baselines."""
    return [f"{RESULTS}/models/{model}/reference.npz" for model in [*NETS, *BASELINES]]


def power_shards(wildcards):
    """Return the paths of all shards of blocks in which sweeps are looked for; end without any."""
    if problem := MAKER.why_no_power():
        sys.exit(f"error: power cannot be measured: {problem}")
    return [
        f"{RESULTS}/power/{cell}/{grid.name_shard(index)}"
        for cell in MAKER.power_cells
        for index in range(len(MAKER.power_ranges(cell)))
    ]


def before_power(wildcards):
    """End if no block of such a shard is looked through for sweeps."""
    wanted = f"{RESULTS}/power/{wildcards.cell}/{wildcards.shard}.npz"
    if wanted not in power_shards(wildcards):
        sys.exit(f"error: there is no shard {wildcards.shard} of cell {wildcards.cell} for power")
    return sweep_check(wildcards.cell)


def robustness_shards(wildcards):
    """Return the paths of all windows that are simulated to try models on; end without any."""
    if not MAKER.conditions:
        sys.exit(
            "error: the config does not say on which other data models are tried: list values "
            "under evaluation.robustness (docs/robustness.md)"
        )
    return [
        f"{RESULTS}/robustness/{condition}/{cell}/{grid.name_shard(index)}"
        for condition, cells in MAKER.changed_cells.items()
        for cell in cells
        for index in range(len(MAKER.robustness_ranges(condition)))
    ]


def before_robustness(wildcards):
    """End if no model is tried on such a shard."""
    folder = f"{wildcards.condition}/{wildcards.cell}/{wildcards.shard}.npz"
    if f"{RESULTS}/robustness/{folder}" not in robustness_shards(wildcards):
        sys.exit(f"error: models are not tried on {folder}")
    return []


def genome_genes(wildcards):
    """Return the file with the genes of a genome; none if it has none."""
    return CONFIG.genomes[wildcards.genome].genes or []


def within(folder, files):
    """Return a folder of the results as a job sees it, from the paths of some of its inputs.

    A storage plugin may have put all results elsewhere.
    """
    return os.path.join(files[0][: files[0].rindex(RESULTS)], RESULTS, folder)


def genome_path(genome):
    """Return the file of a genome: the user's, or the one that is simulated."""
    return CONFIG.genomes[genome].path or f"{RESULTS}/genomes/{genome}/simulated.vcf.gz"


def simulated_genome_map(wildcards):
    """Return the recombination map along which a genome is simulated; none if it has one rate."""
    return MAP if MAKER.takes_map(wildcards.genome) else []


def genome_file(wildcards):
    """Return the file of the genome of a job, which is read more than once."""
    return access.multi(genome_path(wildcards.genome))


def true_ancestry(wildcards):
    """Return the true ancestry of a genome that is simulated; none of one that is not."""
    if CONFIG.genomes[wildcards.genome].path:
        return []
    return f"{RESULTS}/genomes/{wildcards.genome}/ancestry_truth.bed"


def genome_lists(wildcards):
    """Return the files that decide what is read of a genome, besides its own and the mask."""
    return [access.multi(file) for file in CONFIG.genomes[wildcards.genome].list_files_read()]


def genome_index(wildcards):
    """Return the index of a genome's file; none if it has none."""
    return find_index(CONFIG.genomes[wildcards.genome].path or "")


def genome_mask(wildcards):
    """Return the mask of a genome; none if it has none."""
    return MAKER.genome_options(wildcards.genome).mask or []


def name_genome_part(wildcards):
    """Return what messages call a part of a genome: the genome, if it has no other."""
    parts = MAKER.count_parts(wildcards.genome)
    numbered = f"{wildcards.genome}, part {int(wildcards.part) + 1} of {parts}"
    return numbered if parts > 1 else wildcards.genome


def contig_stores(wildcards):
    """Return the stores of all parts of a genome."""
    parts = map(name_part, range(MAKER.count_parts(wildcards.genome)))
    return [f"{RESULTS}/genomes/{wildcards.genome}/contigs/{part}.npz" for part in parts]


def genome_windows(wildcards):
    """Return the BED file with the windows of a genome; none if they are at every step."""
    return CONFIG.genomes[wildcards.genome].windows or []


def scanned_parts(wildcards):
    """Return the tables of all parts of a genome that is scanned."""
    parts = map(name_part, range(MAKER.count_parts(wildcards.genome)))
    return [f"{RESULTS}/genomes/{wildcards.genome}/scanned/{part}.parquet" for part in parts]


def region_pictures():
    """Return the folders with pictures of regions."""
    return [
        f"{RESULTS}/genomes/{name}/regions"
        for name, genome in CONFIG.genomes.items()
        if genome.has_region_pictures
    ]


def exported_scans():
    """Return the folders with the formats of scans that the config requests."""
    return [
        f"{RESULTS}/genomes/{name}/{format}"
        for name, genome in CONFIG.genomes.items()
        for format in genome.outputs
    ]


def measured_parts(wildcards):
    """Return what was counted in the parts of the file that simulations resemble."""
    parts = map(name_part, range(MAKER.count_measured_parts()))
    return [f"{RESULTS}/measured/{part}.json" for part in parts]


def stores_of_genomes(wildcards):
    """Return the contig stores of all genomes."""
    return [
        f"{RESULTS}/genomes/{genome}/contigs/{name_part(part)}.npz"
        for genome in CONFIG.genomes
        for part in range(MAKER.count_parts(genome))
    ]


def lists_of_genomes(wildcards):
    """Return masks, windows, and all else that decides what is used of genomes."""
    files = {MAKER.genome_options(name).mask for name in CONFIG.genomes}
    for genome in CONFIG.genomes.values():
        files |= {*genome.list_files_read(), genome.windows}
    return sorted(files - {None})


def confusing_windows():
    """Return the table of confusing windows, where some are pictured."""
    return [f"{RESULTS}/confusing.tsv"] if CONFUSING in CONFIG.explain.windows else []


def explained_genomes():
    """Return the stores of the genomes with windows that are pictured, and what they depend on."""
    files = []
    for genome in MAKER.explained_genomes:
        parts = map(name_part, range(MAKER.count_parts(genome)))
        files += [f"{RESULTS}/genomes/{genome}/plan.json"]
        files += [f"{RESULTS}/genomes/{genome}/contigs/{part}.npz" for part in parts]
    return files


def explained_lists():
    """Return the masks, windows and other lists that decide which windows of genomes there are."""
    files = set()
    for name in MAKER.explained_genomes:
        genome = CONFIG.genomes[name]
        files |= {*genome.list_files_read(), genome.windows, MAKER.genome_options(name).mask}
    return sorted(files - {None})


def interpreted_models():
    """Return the files of the models that are compared by what they use and look at."""
    return [
        f"{RESULTS}/models/{folder}/{file}"
        for folder in MAKER.interpreted_models
        for file in (BASELINE_FILES if folder in BASELINES else NET_FILES)
    ]


def training_resources(training):
    """Return what training requests from a cluster beyond cores, memory and time: GPUs, and nodes.

    With `mpi`, the job itself starts one task on each of its nodes. GPUs of several nodes are
    requested by node; without `tasks_per_gpu`, tasks would be counted by GPU.
    """
    gpus = training.processes if training.device == "cuda" else 0
    if training.nodes == 1:
        return {"gpu": gpus}
    nodes = {"nodes": training.nodes, "tasks": training.nodes, "mpi": "srun"}
    return {**nodes, **({"gres": f"gpu:{gpus}", "tasks_per_gpu": 0} if gpus else {})}


def training_settings(wildcards):
    """Return the settings of a training: of a restart, of a learning curve, or of a search."""
    given = {
        name: int(wildcards.get(name))
        for name in ("restart", "one_in", "trial")
        if name in wildcards.keys()
    }
    return settings_text("train", MAKER.train(wildcards.net, **given))
