"""Species and models of stdpopsim's catalogue, by their names there.

stdpopsim is imported only where a config names something of it: then it must be installed
where Snakemake is. Everything else that is used while the Snakefile is read needs nothing.
"""

from coalflow.config.histories import demes_file
from coalflow.core.errors import CoalflowError, describe_unknown


def find_species(name):
    """Return stdpopsim's species with this id, such as DroMel; raise CoalflowError if none has."""
    stdpopsim = _stdpopsim()
    known = sorted(one.id for one in stdpopsim.all_species())
    if name not in known:
        raise CoalflowError(describe_unknown(name, "species of stdpopsim", known))
    return stdpopsim.get_species(name)


def find_model(species_name, name):
    """Return a species' demographic model by its id; raise CoalflowError if it has none such."""
    models = {one.id: one for one in find_species(species_name).demographic_models}
    if name not in models:
        what = f"models of {species_name} in stdpopsim"
        raise CoalflowError(describe_unknown(name, what, sorted(models)))
    return models[name]


def find_chromosome(species_name, name):
    """Return a chromosome of a species by its id; raise CoalflowError if it has none such."""
    chromosomes = {one.id: one for one in find_species(species_name).genome.chromosomes}
    if name not in chromosomes:
        what = f"chromosomes of {species_name} in stdpopsim"
        raise CoalflowError(describe_unknown(name, what, list(chromosomes)))
    return chromosomes[name]


def list_genetic_maps(species_name):
    """Return the ids of a species' recombination maps."""
    return [one.id for one in find_species(species_name).genetic_maps]


def read_graph(species_name, model_name):
    """Return a model as the content of a demes file."""
    history = find_model(species_name, model_name).model.to_demes().asdict_simplified()
    content = {key: value for key, value in history.items() if key not in demes_file.REMARKS}
    # Numpy's numbers and infinite times, as JSON has them.
    return _plain({**content, "demes": [_without_remarks(deme) for deme in content["demes"]]})


def find_rates(species_name, model_name=None, chromosome_name=None):
    """Return the mutation and recombination rates of a species, and its size, by name.

    A model's own rates come first, for its sizes were inferred with them; then those of the
    chromosome; then the means over the genome, weighted by length.
    """
    one = find_species(species_name)
    chromosomes = one.genome.chromosomes
    if chromosome_name:
        chromosomes = [find_chromosome(species_name, chromosome_name)]
    found = {"population_size": one.population_size}
    for rate in ("mutation_rate", "recombination_rate"):
        own = getattr(find_model(species_name, model_name), rate, None) if model_name else None
        found[rate] = own if own is not None else _mean(chromosomes, rate)
    return {name: value for name, value in found.items() if value is not None}


def find_own_mutation_rate(species_name, model_name):
    """Return the mutation rate with which a model was inferred, or None."""
    return find_model(species_name, model_name).mutation_rate


def _mean(chromosomes, rate):
    known = [(getattr(one, rate), one.length) for one in chromosomes]
    known = [(value, length) for value, length in known if value is not None]
    total = sum(length for _, length in known)
    if not total:
        return None
    # To six digits, as catalogues have them: the sum's last ones are rounding noise.
    return float(f"{sum(value * length for value, length in known) / total:.6g}")


def _stdpopsim():
    try:
        import stdpopsim
    except ImportError:
        raise CoalflowError(
            "is of stdpopsim's catalogue, and stdpopsim is not installed where Snakemake is: "
            "pip install stdpopsim"
        ) from None
    return stdpopsim


def _without_remarks(deme):
    return {key: value for key, value in deme.items() if key not in demes_file.REMARKS}


def _plain(value):
    if isinstance(value, dict):
        return {key: _plain(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(inner) for inner in value]
    if isinstance(value, float):
        return "Infinity" if value == float("inf") else float(value)
    return value
