"""Names that stdpopsim's catalogue does not have, and rates that contradict a model of its."""

from collections.abc import Callable, Iterator

from coalflow.config.histories import stdpopsim_catalogue
from coalflow.config.schema.section import Mistake, Path
from coalflow.config.schema.simulation import Simulation
from coalflow.core.errors import CoalflowError


def check_names(simulation: Simulation) -> Iterator[Mistake]:
    """Yield names that stdpopsim's catalogue does not have, of species and what they have."""
    demography, section = simulation.demography, ("simulation", "demography")
    if simulation.species is None:
        if demography.stdpopsim is not None:
            message = "is a model of stdpopsim's: name the species too (simulation.species)"
            yield (*section, "stdpopsim"), message
        if simulation.chromosome is not None:
            yield ("simulation", "chromosome"), "goes with simulation.species: add it"
        return
    species = simulation.species
    lookups: list[tuple[Path, str | None, Callable[[str, str], object]]] = [
        (
            ("simulation", "species"),
            species,
            lambda name, _: stdpopsim_catalogue.find_species(name),
        ),
        (("simulation", "chromosome"), simulation.chromosome, stdpopsim_catalogue.find_chromosome),
        ((*section, "stdpopsim"), demography.stdpopsim, stdpopsim_catalogue.find_model),
    ]
    for path, name, find in lookups:
        if name is None:
            continue
        try:
            find(species, name)
        except CoalflowError as error:
            yield path, str(error)
            return
    if demography.stdpopsim is not None:
        own = stdpopsim_catalogue.find_own_mutation_rate(species, demography.stdpopsim)
        given = simulation.mutation_rate
        if own is not None and given is not None and given != own:
            message = f"is {given:g}, but the model's sizes were inferred with its own, {own:g}"
            yield ("simulation", "mutation_rate"), f"{message}: delete it"
