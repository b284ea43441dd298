"""What contradicts a genome that is simulated, and the sweeps in it."""

from collections.abc import Iterator
from typing import Any

from coalflow.config.consistency.sweeps import describe_strength
from coalflow.config.fields.section import Mistake, Path
from coalflow.config.histories import contents, sampling
from coalflow.config.registry.parameters import SWEEP_PARAMETERS, SWEEPS
from coalflow.config.schema.simulated.genomes import SimulatedGenome, SimulatedSweep
from coalflow.config.schema.simulation import Demography, Simulation
from coalflow.config.schema.whole import Config
from coalflow.config.tables import recombination_maps
from coalflow.core.errors import CoalflowError, describe_unknown
from coalflow.core.input_files import describe_unusable

SIMULATE: Path = ("simulate",)
SWEEP_IN_A_CONTIG = "a sweep is simulated along the one site that is selected"


def check_simulated_genome(genome: SimulatedGenome, config: Config) -> Iterator[Mistake]:
    """Yield what is wrong with how a genome is simulated; paths are relative to the genome."""
    history = [
        *_check_history(genome, config.simulation.demography),
        *_check_gene_flow(genome, config.simulation),
    ]
    yield from history
    yield from _check_rates(genome, config)
    if genome.sweeps:
        yield from _check_contigs(genome)
        for index, sweep in enumerate(genome.sweeps):
            for path, message in _check_sweep(sweep, genome):
                yield (*SIMULATE, "sweeps", index, *path), message
            if not history:
                for path, message in _check_evolution(sweep, genome, config):
                    yield (*SIMULATE, "sweeps", index, *path), message
        yield from _check_possibility(config)


def _check_rates(genome: SimulatedGenome, config: Config) -> Iterator[Mistake]:
    simulation = config.simulation
    several = {*simulation.axes, *simulation.prior}
    for rate in ("mutation_rate", "recombination_rate"):
        if getattr(genome, rate) is not None:
            continue
        if rate in several:
            yield (*SIMULATE, rate), "is missing: simulation has several values of it, so add one"
        elif simulation.imported:
            yield (*SIMULATE, rate), "is missing: simulations are imported, so add it"
    yield from _check_map(genome, simulation)


def _check_map(genome: SimulatedGenome, simulation: Simulation) -> Iterator[Mistake]:
    """Yield that contigs are longer than all stretches of the run's recombination map."""
    file = simulation.recombination_map
    if file is None or genome.recombination_rate is not None or describe_unusable(file):
        return
    try:
        longest = recombination_maps.read_map(file, simulation.chromosome).longest_known
    except CoalflowError:  # the map's check says why
        return
    if genome.sequence_length > longest:
        message = f"is {genome.sequence_length:,}, but the longest stretch of {file} with known"
        message = f"{message} rates has {longest:,.0f} bases: shorten it, and have more `contigs`"
        yield (*SIMULATE, "sequence_length"), f"{message}, or give a `recombination_rate`"


def _check_history(genome: SimulatedGenome, demography: Demography) -> Iterator[Mistake]:
    """Yield what is wrong with the history of a simulated genome: that of the graph if any."""
    if demography.has_graph:
        source = "demes" if demography.demes is not None else "stdpopsim"
        for key in ("history", "population_size"):
            if getattr(genome, key) is not None:
                message = f"contradicts simulation.demography.{source}, whose history is used"
                yield (*SIMULATE, key), f"{message}: delete it"
        return
    if genome.population_size is None:
        yield (*SIMULATE, "population_size"), "is missing: add it"
    known = ["constant", *demography.histories]
    if genome.history not in known:
        yield (*SIMULATE, "history"), describe_unknown(genome.history, "histories", known)


def _check_gene_flow(genome: SimulatedGenome, simulation: Simulation) -> Iterator[Mistake]:
    """Yield that it is not known which gene flow there is in a simulated genome."""
    kinds, path = simulation.demography.gene_flow, (*SIMULATE, "gene_flow")
    if genome.gene_flow is None:
        if kinds and simulation.gene_flow is None:
            yield path, f"is missing: name one of {', '.join(kinds)}"
    elif not kinds:
        message = "is a kind of simulation.demography.gene_flow, which is missing"
        yield path, f"{message}: name kinds there, or delete it"
    elif genome.gene_flow not in kinds:
        yield path, describe_unknown(genome.gene_flow, "kinds of gene flow", kinds)


# Sweeps ------------------------------------------------------------------------------------------


def _check_contigs(genome: SimulatedGenome) -> Iterator[Mistake]:
    """Yield contigs that the genome does not have, and those with several sweeps."""
    first: dict[int, int] = {}
    for index, sweep in enumerate(genome.sweeps or ()):
        path = (*SIMULATE, "sweeps", index, "contig")
        if sweep.number > len(genome.contig_names):
            message = f"is {sweep.number}, but the genome has {len(genome.contig_names)}"
            yield path, f"{message}: raise `contigs`, or lower it"
        elif sweep.number in first:
            other = f"{sweep.number}, which has the sweep at {first[sweep.number]:,} too"
            yield path, f"is {other}, and {SWEEP_IN_A_CONTIG}: use another contig for each sweep"
        first.setdefault(sweep.number, sweep.position)


def _check_sweep(sweep: SimulatedSweep, genome: SimulatedGenome) -> Iterator[Mistake]:
    """Yield keys of a sweep that its kind does not take or lacks, and that contradict."""
    if sweep.position > genome.sequence_length:
        message = f"is {sweep.position:,}, beyond the {genome.sequence_length:,} bases of a contig"
        yield ("position",), f"{message} (sequence_length): lower it"
    taken, parameters = SWEEPS[sweep.kind], sweep.list_parameters()
    for name in SWEEP_PARAMETERS:
        if name in SimulatedSweep.model_fields and name not in taken:
            if getattr(sweep, name) is not None:
                yield (name,), f"is not a parameter of {sweep.kind} sweeps: delete it"
        elif name in taken and name not in parameters:
            yield (name,), f"is missing for {sweep.kind} sweeps: add it"
    start, end = parameters.get("start_frequency"), parameters["end_frequency"]
    if isinstance(start, (int, float)) and isinstance(end, (int, float)) and start >= end:
        message = f"is {start}, but the sweep ends at {end} (end_frequency): lower it"
        yield ("start_frequency",), message


def _check_evolution(
    sweep: SimulatedSweep, genome: SimulatedGenome, config: Config
) -> Iterator[Mistake]:
    """Yield why a sweep cannot end where it should, or cannot be followed."""
    simulation, graph = config.simulation, config.graph
    if not simulation.demography.has_graph:
        if sweep.population is not None:
            message = "goes with a demes file (simulation.demography.demes): delete it"
            yield ("population",), message
        sizes: Any = simulation.demography.histories.get(genome.history or "", contents.CONSTANT)
        multiples = [size for epoch in sizes for size in (epoch.start_size, epoch.end_size or 0)]
        largest = (genome.population_size or 0) * max(multiples)
    elif graph is None:
        return  # the graph's check says why
    else:
        times = sampling.list_default_times(simulation, graph)
        today = [name for name, time in times.items() if time == sampling.TODAY]
        if sweep.population is not None and sweep.population not in today:
            message = describe_unknown(sweep.population, "populations of today", today)
            yield ("population",), message
        elif sweep.population is None and sampling.find_population(simulation, graph) is None:
            yield (
                ("population",),
                f"is missing: name the one of {', '.join(today)} in which it ends",
            )
        largest = contents.find_largest_size(graph)
    problem = describe_strength(sweep.selection_coefficient, largest, "the size")
    if problem:
        yield ("selection_coefficient",), problem


def _check_possibility(config: Config) -> Iterator[Mistake]:
    """Yield what of the run makes all sweeps impossible."""
    if config.simulation.gene_conversion_tract:
        message = "are simulated with crossovers alone, and here recombination is gene conversion"
        fix = "make simulation.gene_conversion_tract 0, or delete them"
        yield (*SIMULATE, "sweeps"), f"{message}: {fix}"
    if config.sampling_times:
        message = f"need everyone sampled today, and {', '.join(config.sampling_times)}"
        yield (*SIMULATE, "sweeps"), f"{message} is not (simulation.samples): delete them"
