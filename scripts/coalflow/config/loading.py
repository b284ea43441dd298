"""Reads the config against its schema, and checks what a schema cannot.

Every mistake becomes one message that names the file, the line, the key, the
value, why it cannot be used, and how to mend it. Keys, limits and defaults are written
down in the schema, and nowhere else; only a default that hangs on other keys is filled
in here.

Needs nothing but what Snakemake itself installs, since the Snakefile uses it.
"""

import pathlib

import yaml

from coalflow.config import catalogue, consistency, grid, messages, targets
from coalflow.config.consistency import learning


def read_schema(path):
    """Return the schema as a dict."""
    return yaml.safe_load(pathlib.Path(path).read_text())


def prepare(config, schema, files=()):
    """Return ``config`` checked and with every default filled in.

    ``files`` are the config files it was read from, for naming lines.
    Raises CoalflowError with one message for all mistakes found; contradictions
    between values are looked for when every single value is in order.
    """
    messages.refuse_repeated_keys(files)
    messages.refuse(messages.of_single_values(config, schema), config, files)
    filled = _with_defaults(config, schema, schema)
    messages.refuse(list(consistency.of_names(filled["simulation"])), filled, files)
    _fill_in_species(filled["simulation"])
    _fill_in_histories(filled)
    _fill_in_encoding(filled)
    _fill_in_observation(filled)
    _take_out_idle_defaults(filled["simulation"], written=config["simulation"])
    if "import" in filled["simulation"]:
        _take_out_what_simulates(filled["simulation"], written=config["simulation"])
    filled["models"].setdefault("baselines", learning.baselines_of(filled))
    messages.refuse(list(consistency.of(filled, limits(schema))), filled, files)
    messages.refuse(list(_untrainable(filled["search"]["space"], schema)), filled, files)
    # Only now, for mistakes are told of what is written down.
    filled["target"] = targets.of_config(filled)
    return filled


def limits(schema):
    """Return what parameters can be, by their names, and what paths into a graph can end in."""
    return schema["$defs"]


def _untrainable(space, schema):
    """Yield values that a search would try, but that ``training`` does not take."""
    known = schema["properties"]["training"]["properties"]
    for name, told in space.items():
        ((kind, values),) = told.items()
        for number, value in enumerate(values):
            for path, message in messages.of_single_values(value, known[name]):
                yield ("search", "space", name, kind, number, *path), message


def _fill_in_species(simulation):
    """Fill in rates and size from stdpopsim's catalogue, where they are not given."""
    if "species" not in simulation or "import" in simulation:
        return
    demography = simulation["demography"]
    model = demography.get("stdpopsim")
    known = catalogue.rates(simulation["species"], model, simulation.get("chromosome"))
    elsewhere = {*simulation.get("grid", {}), *simulation["prior"]}
    if "recombination_map" in simulation:
        elsewhere.add("recombination_rate")
    for name, value in known.items():
        in_place = name == "population_size" and grid.has_graph(simulation)
        if name not in elsewhere and not in_place:
            (demography if name == "population_size" else simulation).setdefault(name, value)


def _take_out_idle_defaults(simulation, written):
    """Take out defaults of sweep parameters that are given elsewhere, or that no sweep has."""
    elsewhere = {*simulation.get("grid", {}), *simulation["prior"]}
    kinds = grid.sweeps(simulation)
    needed = {name for kind in kinds for name in grid.SWEEPS[kind]} | {"sweep"}
    for name in grid.SWEEP_PARAMETERS:
        if name not in written and (name in elsewhere or name not in needed):
            simulation.pop(name, None)


def _take_out_what_simulates(simulation, written):
    """Take out defaults of simulations where they are imported."""
    for name in (*grid.SWEEP_PARAMETERS, "prior"):
        if name not in written:
            simulation.pop(name, None)


def _fill_in_histories(config):
    """Fill in the history where there is one to choose: in the cells, and in simulated genomes."""
    simulation = config["simulation"]
    if not grid.has_graph(simulation):
        elsewhere = {*simulation.get("grid", {}), *simulation["prior"]}
        if "history" not in elsewhere and "import" not in simulation:
            simulation["demography"].setdefault("history", "constant")
        for genome in config["genomes"].values():
            if "simulate" in genome:
                genome["simulate"].setdefault("history", "constant")


def _fill_in_encoding(config):
    """Fill in what the encoding takes from elsewhere: then it tells all of how windows are read."""
    encoding, length = config["encoding"], config["simulation"].get("sequence_length")
    if encoding["pad"] and length is not None and length == int(length):
        encoding.setdefault("length", int(length))
    if encoding["stretch"] == "random":
        encoding.setdefault("seed", config["seed"])


def _fill_in_observation(config):
    """Fill in what is observed, all but what a file is to tell, and of which populations."""
    observation = config["observation"]
    if "like" not in observation:
        observation.setdefault("phased", True)
        observation.setdefault("missing", 0)
        observation.setdefault("minimum_allele_count", 1)
    populations = list(grid.samples(config["simulation"]))
    if isinstance(observation.get("individuals"), int) and len(populations) == 1:
        observation["individuals"] = {populations[0]: observation["individuals"]}


def _with_defaults(value, schema, root):
    """Return a copy of ``value`` with the schema's defaults, at every depth."""
    schema = resolved(schema, root)
    if isinstance(value, dict):
        properties, others = schema.get("properties", {}), schema.get("additionalProperties")
        missing = {k: s["default"] for k, s in properties.items() if "default" in s}
        return {
            key: _with_defaults(item, properties.get(key, others or {}), root)
            for key, item in {**missing, **value}.items()
        }
    if isinstance(value, list):
        return [_with_defaults(item, schema.get("items", {}), root) for item in value]
    return value


def resolved(schema, root):
    """Return a part of the schema ``root`` with what it refers to filled in."""
    if "$ref" in schema:
        return {**root["$defs"][schema["$ref"].rsplit("/", 1)[-1]], **schema}
    return schema
