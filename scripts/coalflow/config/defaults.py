"""The second stage: what a config leaves open is filled in, as far as the config decides it."""

from typing import Any

from coalflow.config.completion.targets import complete_targets
from coalflow.config.histories import demes_file, sampling, stdpopsim_catalogue
from coalflow.config.registry.baselines import CLASSICAL, list_baselines
from coalflow.config.registry.parameters import (
    PARAMETERS,
    SWEEP_PARAMETERS,
    SWEEPS,
)
from coalflow.config.schema.encoding import Encoding
from coalflow.config.schema.genomes import Genome
from coalflow.config.schema.observation import WrittenObservation
from coalflow.config.schema.samples import DIPLOID, Samples
from coalflow.config.schema.simulation import Demography, Simulation
from coalflow.config.schema.targets import ParameterTarget, list_written
from coalflow.config.schema.whole import Config, WrittenConfig
from coalflow.core.errors import CoalflowError

# Theta is four times their product; one of them can be estimated from theta if the other is known.
FACTORS_OF_THETA = {"population_size": "mutation_rate", "mutation_rate": "population_size"}


def fill_in_defaults(written: WrittenConfig) -> Config:
    """Return a config with everything filled in that does not depend on a file to be measured.

    The graph of a demes file that cannot be read is left out; the checks of consistency say why.

    Parameters
    ----------
    written : WrittenConfig
        Each value valid by itself.
    """
    simulation = _fill_in_own_rate(written.simulation)
    simulation = _fill_in_species(simulation)
    simulation = _fill_in_ploidy(simulation)
    simulation = _fill_in_gene_conversion(simulation)
    simulation = _fill_in_history(simulation)
    simulation = _fill_in_sweep(simulation)
    graph = _read_graph(simulation)
    sections: dict[str, Any] = {name: getattr(written, name) for name in WrittenConfig.model_fields}
    sections |= {
        "simulation": simulation,
        "encoding": _fill_in_encoding(written, simulation),
        "observation": _fill_in_observation(written.observation, simulation),
        "genomes": {
            name: _fill_in_genome(genome, simulation) for name, genome in written.genomes.items()
        },
        "targets": complete_targets(written.target, simulation, graph),
        "graph": graph,
        "sampling_times": sampling.list_times_in_generations(simulation, graph),
    }
    config = Config.model_construct(**sections)
    if config.models.baselines is None:
        baselines = tuple(list_suitable_baselines(config))
        models = config.models.model_copy(update={"baselines": baselines})
        config = config.model_copy(update={"models": models})
    return config


def _fill_in_own_rate(simulation: Simulation) -> Simulation:
    """Fill in the mutation rate with which the sizes of a graph were inferred."""
    elsewhere = {*simulation.axes, *simulation.prior}
    given = simulation.mutation_rate is not None or "mutation_rate" in elsewhere
    if simulation.imported or given:
        return simulation
    try:
        own = read_own_mutation_rate(simulation)
    except CoalflowError:  # the checks of consistency say why
        return simulation
    return simulation.model_copy(update={"mutation_rate": own})


def _fill_in_species(simulation: Simulation) -> Simulation:
    """Fill in rates and size from stdpopsim's catalogue, where they are not given."""
    if simulation.species is None or simulation.imported:
        return simulation
    demography = simulation.demography
    known = stdpopsim_catalogue.find_rates(
        simulation.species, demography.stdpopsim, simulation.chromosome
    )
    elsewhere = {*simulation.axes, *simulation.prior}
    if simulation.recombination_map:
        elsewhere.add("recombination_rate")
    known = {
        name: value
        for name, value in known.items()
        if name not in elsewhere and simulation.single_value(name) is None
    }
    size = known.pop("population_size", None)
    if size is not None and not demography.has_graph:
        demography = demography.model_copy(update={"population_size": size})
    return simulation.model_copy(update={**known, "demography": demography})


def _fill_in_ploidy(simulation: Simulation) -> Simulation:
    """Fill in the ploidy of the species, and of its chromosome."""
    if simulation.ploidy is not None:
        return simulation
    ploidy = DIPLOID
    if simulation.species is not None and not simulation.imported:
        ploidy = stdpopsim_catalogue.find_ploidy(simulation.species, simulation.chromosome)
    return simulation.model_copy(update={"ploidy": ploidy})


def _fill_in_gene_conversion(simulation: Simulation) -> Simulation:
    """Fill in by how long tracts a bacterium recombines."""
    given = simulation.gene_conversion_tract is not None
    if simulation.species is None or simulation.imported or given:
        return simulation
    tract = stdpopsim_catalogue.find_gene_conversion_tract(simulation.species)
    return simulation.model_copy(update={"gene_conversion_tract": tract})


def _fill_in_history(simulation: Simulation) -> Simulation:
    """Choose the constant history where there is one to choose, and none is named."""
    demography = simulation.demography
    named = "history" in simulation.axes or "history" in simulation.prior or demography.history
    if named or demography.has_graph or simulation.imported:
        return simulation
    constant = PARAMETERS["history"].default
    return simulation.model_copy(
        update={"demography": demography.model_copy(update={"history": constant})}
    )


def _fill_in_sweep(simulation: Simulation) -> Simulation:
    """Fill in parameters of sweeps that some sweep takes, and that are not given elsewhere."""
    if simulation.imported:
        return simulation
    elsewhere = {*simulation.axes, *simulation.prior}
    needed = {"sweep", *(name for kind in simulation.sweeps for name in SWEEPS[kind])}
    defaults = {
        name: PARAMETERS[name].default
        for name in SWEEP_PARAMETERS
        if name in needed and name not in elsewhere and getattr(simulation, name) is None
    }
    return simulation.model_copy(
        update={name: value for name, value in defaults.items() if value is not None}
    )


def _fill_in_encoding(written: WrittenConfig, simulation: Simulation) -> Encoding:
    """Fill in what comes from elsewhere: the encoding alone then specifies how windows are read."""
    encoding = written.encoding
    update: dict[str, Any] = {}
    is_ancestry = any(one.source is not None for _, _, one in list_written(written.target))
    if is_ancestry and "order" not in encoding.model_fields_set:
        update["order"] = "sampled"  # it matters whose ancestry it is
    length = simulation.sequence_length
    if encoding.pad and encoding.length is None and length is not None and length == int(length):
        update["length"] = int(length)
    if encoding.stretch == "random" and encoding.seed is None:
        update["seed"] = written.seed
    return encoding.model_copy(update=update)


def _fill_in_observation(
    observation: WrittenObservation, simulation: Simulation
) -> WrittenObservation:
    """Fill in what is observed, and of which populations, except what is measured on a file."""
    update: dict[str, Any] = {}
    if observation.like is None:
        general = {"phased": True, "missing": 0, "minimum_allele_count": 1}
        update = {key: general[key] for key in general if getattr(observation, key) is None}
    samples = Samples.from_config(simulation.samples, simulation.ploidy)
    if isinstance(observation.individuals, int) and len(samples.individuals) == 1:
        ((population, _),) = samples.individuals
        update["individuals"] = {population: observation.individuals}
    return observation.model_copy(update=update)


def _fill_in_genome(genome: Genome, simulation: Simulation) -> Genome:
    """Choose the constant history of a simulated genome where there is one to choose."""
    simulated = genome.simulate
    if simulated is None or simulated.history or simulation.demography.has_graph:
        return genome
    constant = PARAMETERS["history"].default
    return genome.model_copy(
        update={"simulate": simulated.model_copy(update={"history": constant})}
    )


def _read_graph(simulation: Simulation) -> dict[str, Any] | None:
    try:
        return read_graph(simulation)
    except CoalflowError:
        return None


def read_graph(simulation: Simulation) -> dict[str, Any] | None:
    """Return the content of the graph that the demography names; None where it has epochs.

    Parameters
    ----------
    simulation : Simulation

    Raises
    ------
    CoalflowError
        If the demes file cannot be read, or stdpopsim has no such model.
    """
    demography: Demography = simulation.demography
    if demography.demes is not None:
        return demes_file.read_demes_file(demography.demes)
    if demography.stdpopsim is not None and simulation.species is not None:
        return stdpopsim_catalogue.read_graph(
            simulation.species, demography.stdpopsim, simulation.chromosome
        )
    return None


def read_own_mutation_rate(simulation: Simulation) -> float | None:
    """Return the mutation rate with which the sizes of a graph were inferred, if it is known.

    Parameters
    ----------
    simulation : Simulation

    Raises
    ------
    CoalflowError
        If the demes file cannot be read, or stdpopsim has no such model.
    """
    demography: Demography = simulation.demography
    if demography.demes is not None:
        return demes_file.read_mutation_rate(demography.demes)
    if demography.stdpopsim is not None and simulation.species is not None:
        return stdpopsim_catalogue.find_own_mutation_rate(simulation.species, demography.stdpopsim)
    return None


# Baselines -----------------------------------------------------------------------------------


def list_suitable_baselines(config: Config) -> list[str]:
    """Return the baselines that can predict the targets of a config."""
    suitable = list_baselines(config.targets.has_classes)
    return [name for name in suitable if name != CLASSICAL or not why_not_classical(config)]


def why_not_classical(config: Config) -> str | None:
    """Return why there is no classical estimator of the targets, or None.

    Parameters
    ----------
    config : Config
        With its targets.
    """
    targets = config.targets
    if "sites" not in config.statistics.kinds:
        return "statistics.kinds does not include sites, of which it uses one"
    if targets.has_classes:
        return None
    first = targets[targets.first]
    parameter = first.parameter if isinstance(first, ParameterTarget) else ""
    other = FACTORS_OF_THETA.get(parameter)
    if len(targets) > 1 or other is None:
        factors = " or ".join(FACTORS_OF_THETA)
        return f"there is none for {' and '.join(targets.names)}, only for {factors}"
    if config.simulation.single_value(other) is None:
        return f"it needs one value of {other}, and simulations have several"
    if not config.encoding.pad:
        return (
            "it needs windows of a fixed number of bases, and without encoding.pad they have a "
            "fixed number of sites"
        )
    if config.observation.mask is not None:
        return "it needs to know how many bases are seen, which observation.mask makes uncertain"
    return None
