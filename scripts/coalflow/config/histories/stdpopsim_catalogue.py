"""Species and models of stdpopsim's catalogue, by their names there.

stdpopsim is imported only if a config names something from it: it must then be installed where
Snakemake is.

Its sizes are individuals of as many chromosomes as the species, or the named chromosome, has: N
haploids have N chromosomes. Sizes here are half the number of chromosomes, as everywhere in
coalflow.
"""

import warnings
from collections.abc import Iterable
from types import ModuleType
from typing import TYPE_CHECKING, Any

from coalflow.config.histories.contents import Content
from coalflow.config.histories.demes_file import drop_remarks
from coalflow.core.errors import CoalflowError, describe_unknown

if TYPE_CHECKING:
    import stdpopsim

SIZES = ("start_size", "end_size")  # of an epoch


def find_species(name: str) -> "stdpopsim.Species":
    """Return stdpopsim's species with this id, such as DroMel.

    Parameters
    ----------
    name : str
        Its id, such as ``DroMel``.

    Raises
    ------
    CoalflowError
        If no species has it, or stdpopsim is not installed.
    """
    catalogue = _import_stdpopsim()
    known = sorted(species.id for species in catalogue.all_species())
    if name not in known:
        raise CoalflowError(describe_unknown(name, "species of stdpopsim", known))
    return catalogue.get_species(name)


def find_model(species_name: str, name: str) -> "stdpopsim.DemographicModel":
    """Return a species' demographic model by its id, such as OutOfAfrica_2T12.

    Parameters
    ----------
    species_name : str
        The id of the species.
    name : str
        The id of the model, such as ``African3Epoch_1S16``.

    Raises
    ------
    CoalflowError
        If the species or the model does not exist.
    """
    models = {model.id: model for model in find_species(species_name).demographic_models}
    if name not in models:
        what = f"models of {species_name} in stdpopsim"
        raise CoalflowError(describe_unknown(name, what, sorted(models)))
    return models[name]


def find_chromosome(species_name: str, name: str) -> "stdpopsim.Chromosome":
    """Return a chromosome of a species by its id, such as 2L.

    Parameters
    ----------
    species_name : str
        The id of the species.
    name : str
        The id of the chromosome, such as ``2L``.

    Raises
    ------
    CoalflowError
        If the species or the chromosome does not exist.
    """
    chromosomes = {one.id: one for one in find_species(species_name).genome.chromosomes}
    if name not in chromosomes:
        what = f"chromosomes of {species_name} in stdpopsim"
        raise CoalflowError(describe_unknown(name, what, list(chromosomes)))
    return chromosomes[name]


def list_genetic_maps(species_name: str) -> list[str]:
    """Return the ids of a species' recombination maps.

    Parameters
    ----------
    species_name : str
        The id of the species.

    Raises
    ------
    CoalflowError
        If the species does not exist.
    """
    return [genetic_map.id for genetic_map in find_species(species_name).genetic_maps]


def find_ploidy(species_name: str, chromosome_name: str | None = None) -> int:
    """Return how many copies an individual has of a chromosome, or of the autosomes.

    Parameters
    ----------
    species_name : str
        The id of the species.
    chromosome_name : str, optional
        The id of the chromosome, such as ``MT``.

    Raises
    ------
    CoalflowError
        If the species or the chromosome does not exist.
    """
    if chromosome_name:
        own = find_chromosome(species_name, chromosome_name).ploidy
        if own is not None:
            return own
    return find_species(species_name).ploidy


def find_sampling_times(species_name: str, model_name: str) -> dict[str, float]:
    """Return when the populations of a model are sampled, in generations ago.

    Parameters
    ----------
    species_name, model_name : str
        Ids of the species and of its model.

    Returns
    -------
    dict of str to float
        By population; without those that the catalogue does not sample.

    Raises
    ------
    CoalflowError
        If the species or the model does not exist.
    """
    return {
        population.name: population.default_sampling_time or 0
        for population in find_model(species_name, model_name).populations
        if population.allow_samples
    }


def read_graph(species_name: str, model_name: str, chromosome_name: str | None = None) -> Content:
    """Return a model as the content of a demes file.

    Parameters
    ----------
    species_name, model_name : str
        Ids of the species and of its model.
    chromosome_name : str, optional
        The id of the chromosome; there may be fewer copies of it than of autosomes.

    Raises
    ------
    CoalflowError
        If the species, the model or the chromosome does not exist.
    """
    model = find_model(species_name, model_name).model
    with warnings.catch_warnings():
        # That several pulses at one time depend on their order, which is the catalogue's.
        warnings.simplefilter("ignore")
        content = drop_remarks(model.to_demes().asdict_simplified())
    # Numpy's numbers and infinite times, as JSON has them.
    plain = _convert({**content, "demes": [drop_remarks(deme) for deme in content["demes"]]})
    pairs = find_ploidy(species_name, chromosome_name) / 2
    for epoch in (epoch for deme in plain["demes"] for epoch in deme["epochs"] if pairs != 1):
        epoch |= {key: pairs * epoch[key] for key in SIZES if key in epoch}
    return plain


def find_rates(
    species_name: str, model_name: str | None = None, chromosome_name: str | None = None
) -> dict[str, float]:
    """Return the mutation and recombination rates of a species, and its population size, by name.

    A model's own mutation rate takes precedence, since its sizes were inferred with it; then the
    rates of the chromosome; then the model's own recombination rate; then the means over the
    chromosomes of which there are as many copies as of the whole genome, weighted by length:
    without haploid ones of a diploid, such as MT.

    Parameters
    ----------
    species_name : str
        The id of the species.
    model_name : str, optional
        The id of the model, which may have its own rates.
    chromosome_name : str, optional
        The id of the chromosome; without it, means over the genome.

    Returns
    -------
    dict of str to float
        As far as they are known: ``mutation_rate`` and ``recombination_rate`` per base and
        generation, ``population_size`` in diploid individuals, half the number of chromosomes.

    Raises
    ------
    CoalflowError
        If the species, the model or the chromosome does not exist.
    """
    species = find_species(species_name)
    chromosomes = [
        one for one in species.genome.chromosomes if one.ploidy in (None, species.ploidy)
    ]
    if chromosome_name:
        chromosomes = [find_chromosome(species_name, chromosome_name)]
    found = {}
    if species.population_size >= 1:  # or it is a slip in the catalogue
        pairs = find_ploidy(species_name, chromosome_name) / 2
        found["population_size"] = pairs * species.population_size
    for rate in ("mutation_rate", "recombination_rate"):
        own = getattr(find_model(species_name, model_name), rate) if model_name else None
        if chromosome_name and rate == "recombination_rate":
            own = None
        found[rate] = own if own is not None else _average(chromosomes, rate)
    return {name: value for name, value in found.items() if value is not None}


def find_gene_conversion_tract(species_name: str) -> float | None:
    """Return the mean length of the tracts that a bacterium recombines by, in bases.

    Parameters
    ----------
    species_name : str
        The id of the species.

    Returns
    -------
    float or None
        None where the species recombines by crossovers, whether there is gene conversion or not:
        their rate is what the catalogue has.

    Raises
    ------
    CoalflowError
        If the species does not exist.
    """
    genome = find_species(species_name).genome
    if not genome.bacterial_recombination:
        return None
    return _average(genome.chromosomes, "gene_conversion_length")


def find_own_mutation_rate(species_name: str, model_name: str) -> float | None:
    """Return the mutation rate with which a model was inferred, or None.

    Parameters
    ----------
    species_name, model_name : str
        Ids of the species and of its model.

    Raises
    ------
    CoalflowError
        If the species or the model does not exist.
    """
    return find_model(species_name, model_name).mutation_rate


def _average(chromosomes: "Iterable[stdpopsim.Chromosome]", rate: str) -> float | None:
    """Return the mean of a rate, or of a length, over chromosomes, weighted by their length."""
    known = [(getattr(one, rate), one.length) for one in chromosomes]
    known = [(value, length) for value, length in known if value is not None]
    total = sum(length for _, length in known)
    if not total:
        return None
    # To six digits, as in catalogues: the last ones of the sum are rounding noise.
    return float(f"{sum(value * length for value, length in known) / total:.6g}")


def _import_stdpopsim() -> ModuleType:
    try:
        import stdpopsim
    except ImportError:
        raise CoalflowError(
            "is from stdpopsim's catalogue, and stdpopsim is not installed where Snakemake is: "
            "pip install stdpopsim"
        ) from None
    return stdpopsim


def _convert(value: Any) -> Any:
    """Return a value of a content with plain numbers, and infinite ones as text."""
    if isinstance(value, dict):
        return {key: _convert(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [_convert(inner) for inner in value]
    if isinstance(value, float):
        return "Infinity" if value == float("inf") else float(value)
    return value
