"""Conditions under which trained models are tried: configs with one thing changed."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Iterator, Mapping
from typing import Any

from coalflow.config import grid
from coalflow.config.defaults import fill_in_defaults, read_own_mutation_rate
from coalflow.config.registry.parameters import PARAMETERS, PATHS
from coalflow.config.schema.distributions import Value
from coalflow.config.schema.judging.evaluation import Evaluation, Robustness
from coalflow.config.schema.simulation import Demography, Grid, Simulation
from coalflow.config.schema.whole import Config, WrittenConfig
from coalflow.core.errors import CoalflowError

OBSERVED = (
    "missing",
    "genotype_error",
    "switch_error",
    "polarisation_error",
    "minimum_allele_count",
)
DEMOGRAPHY = "demography"


@dataclasses.dataclass(frozen=True)
class Condition:
    """One thing that is changed.

    Attributes
    ----------
    key : str
        What: a key of the observation, a scenario parameter, or ``demography``.
    value : float or str
        To what; of a demography, its file, or the keys that it has.
    path : tuple
        Where it stands in the section ``evaluation``.
    config : Config, optional
        What is simulated, where that changes.
    """

    key: str
    value: Value
    path: tuple[str | int, ...]
    config: Config | None = None

    @property
    def folder(self) -> str:
        """What the folder of its windows is called."""
        if self.key != DEMOGRAPHY:
            return grid.name_cell({self.key: self.value})
        digest = hashlib.blake2b(str(self.value).encode(), digest_size=4).hexdigest()
        return f"{DEMOGRAPHY}={digest}"


def list_conditions(config: Config) -> list[Condition]:
    """Return what is changed, one thing at a time.

    Parameters
    ----------
    config : Config
        With its defaults filled in.

    Raises
    ------
    CoalflowError
        If a history cannot be read.
    """
    section = config.evaluation.robustness
    return [] if section is None else list(_iterate_conditions(config, section))


def _iterate_conditions(config: Config, section: Robustness) -> Iterator[Condition]:
    start = ("robustness",)
    for key in OBSERVED:
        for index, value in enumerate(getattr(section, key) or ()):
            yield Condition(key, value, (*start, key, index))
    axes: Mapping[str, tuple[Value, ...]] = {}
    if section.parameters is not None:
        axes = section.parameters.axes
    for key, values in axes.items():
        for index, value in enumerate(values):
            changed = _change_parameter(config.simulation, key, value)
            place = (*start, "parameters", key, index)
            yield Condition(key, value, place, _change_simulation(config, changed))
    for index, demography in enumerate(section.demography or ()):
        changed = _change_demography(config.simulation, demography)
        named = _name_demography(demography)
        path = (*start, DEMOGRAPHY, index)
        yield Condition(DEMOGRAPHY, named, path, _change_simulation(config, changed))


def _name_demography(demography: Demography) -> str:
    written = demography.model_dump(exclude_defaults=True)
    if len(written) == 1:
        ((key, value),) = written.items()
        return str(value) if demography.has_graph else f"{key} {value}"
    return json.dumps(written, sort_keys=True)


def _change_parameter(simulation: Simulation, name: str, value: Value) -> Simulation:
    """Return a simulation in which a parameter has one value, whatever else it had."""
    axes = {**simulation.axes, name: (value,)}
    changes: dict[str, Any] = {
        "grid": Grid.model_validate(axes),
        "prior": {key: prior for key, prior in simulation.prior.items() if key != name},
    }
    if name == "recombination_rate":
        changes["recombination_map"] = None
    parameter = PARAMETERS.get(name)
    if parameter is not None:  # or it is a path into a graph
        *sections, key = parameter.section
        if sections:
            changes[DEMOGRAPHY] = simulation.demography.model_copy(update={key: None})
        else:
            changes[key] = None
    return simulation.model_copy(update=changes)


def _change_demography(simulation: Simulation, demography: Demography) -> Simulation:
    """Return a simulation of another history, with its own mutation rate where the run's has.

    Of the parameters that are gridded or drawn, those of the run's history that the other one gives
    itself, or has no room for, are left out.
    """

    def is_kept(name: str) -> bool:
        is_own = name in PARAMETERS and PARAMETERS[name].section[0] == DEMOGRAPHY
        if name == "gene_flow":
            return bool(demography.gene_flow)
        given = demography.has_graph or (is_own and getattr(demography, name) is not None)
        return not name.startswith(PATHS) and not (is_own and given)

    axes = {name: values for name, values in simulation.axes.items() if is_kept(name)}
    changes: dict[str, Any] = {
        DEMOGRAPHY: demography,
        "grid": Grid.model_validate(axes) if axes else None,
        "prior": {name: prior for name, prior in simulation.prior.items() if is_kept(name)},
    }
    if not demography.gene_flow:
        changes["gene_flow"] = None
    try:
        own = read_own_mutation_rate(simulation)
    except CoalflowError:  # which is reported elsewhere
        own = None
    if own is not None and own == simulation.mutation_rate:
        changes["mutation_rate"] = None
    return simulation.model_copy(update=changes)


def _change_simulation(config: Config, simulation: Simulation) -> Config:
    """Return a config with another simulation, and nothing that needs it to be that of the run."""
    sections = {name: getattr(config, name) for name in WrittenConfig.model_fields}
    sections |= {"simulation": simulation, "genomes": {}, "evaluation": Evaluation()}
    return fill_in_defaults(WrittenConfig.model_construct(**sections))
