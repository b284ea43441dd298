"""What a tree sequence says of the program that made it: units of time, and msprime's options."""

import json
from collections.abc import Iterator, Mapping
from typing import Any, TypeGuard

import tskit

from coalflow.config.settings.simulating import ImportSettings
from coalflow.core.errors import CoalflowError
from coalflow.imports.remarks import Remark, Remarks

RATE_TOLERANCE = 0.01
# Keys of metadata, SLiM's, and what is there where a tick is a generation.
MODEL, WRIGHT_FISHER = ("SLiM", "model_type"), "WF"
UNKNOWN_UNITS = Remark("times are in unknown units, and were taken as generations")


def check_times(
    trees: tskit.TreeSequence, file: str, settings: ImportSettings, remarks: Remarks
) -> None:
    """Refuse a tree sequence whose times are used but are not in generations.

    Raises
    ------
    CoalflowError
        With the units.
    """
    if not settings.tree_statistics and not settings.samples.times:
        return
    units = trees.time_units
    if units == tskit.TIME_UNITS_UNKNOWN:
        remarks.note(UNKNOWN_UNITS, file)
    elif units != "generations" and not (units == "ticks" and _is_wright_fisher(trees)):
        reason = (
            "a target is a statistic of the trees"
            if settings.tree_statistics
            else "simulation.samples gives times"
        )
        dated = units != tskit.TIME_UNITS_UNCALIBRATED
        problem = "times are not in generations" if dated else "nodes have no times"
        raise CoalflowError(
            f"{file}: its {problem} (time_units is {units}), and {reason}: date it in generations"
            + (", or predict a statistic of sites" if settings.tree_statistics else "")
        )


def _is_wright_fisher(trees: tskit.TreeSequence) -> bool:
    value = read_metadata(trees)
    for key in MODEL:
        value = value.get(key) if isinstance(value, dict) else None
    return value == WRIGHT_FISHER


def read_metadata(trees: tskit.TreeSequence) -> Any:
    """Return the metadata of a tree sequence; None if they cannot be read."""
    try:
        return trees.metadata
    except Exception:  # noqa: BLE001 - whatever a damaged schema raises
        return None


def check_rates(trees: tskit.TreeSequence, file: str, settings: ImportSettings) -> None:
    """Refuse a tree sequence of msprime that was simulated with other rates than the config's.

    Raises
    ------
    CoalflowError
        With both values.
    """
    found = _read_rates(trees)
    for name, value in found.items():
        wanted = settings.parameters.get(name)
        if isinstance(wanted, (int, float)) and (
            abs(value - wanted) > RATE_TOLERANCE * max(abs(value), abs(wanted))
        ):
            raise CoalflowError(
                f"{file}: was simulated with {name} {value:,.10g}, says its provenance, but "
                f"simulation has {wanted:,.10g}: change it, or simulate again"
            )


def _read_rates(trees: tskit.TreeSequence) -> dict[str, float]:
    """Return size and rates in the provenance, as far as msprime was given one number for each."""
    calls: dict[str, list[Mapping[str, Any]]] = {"sim_ancestry": [], "sim_mutations": []}
    for parameters in list_commands(trees):
        calls.get(str(parameters.get("command")), []).append(parameters)
    rates: dict[str, Any] = {}
    if len(calls["sim_ancestry"]) == 1:
        (ancestry,) = calls["sim_ancestry"]
        rates["recombination_rate"] = ancestry.get("recombination_rate")
        size, ploidy = ancestry.get("population_size"), ancestry.get("ploidy", 2)
        if _is_number(size) and _is_number(ploidy):
            # Of individuals with so many chromosomes; coalflow counts pairs of chromosomes.
            rates["population_size"] = size * ploidy / 2
    if len(calls["sim_mutations"]) == 1:  # they may have been added more than once
        rates["mutation_rate"] = calls["sim_mutations"][0].get("rate")
    return {name: value for name, value in rates.items() if _is_number(value)}


def _is_number(value: object) -> TypeGuard[int | float]:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def list_commands(trees: tskit.TreeSequence) -> Iterator[Mapping[str, Any]]:
    """Yield the parameters of msprime's calls."""
    for provenance in trees.provenances():
        try:
            record = json.loads(provenance.record)
        except (ValueError, RecursionError):  # free text
            continue
        software, parameters = (
            record.get(key) if isinstance(record, dict) else None
            for key in ("software", "parameters")
        )
        is_msprime = isinstance(software, dict) and software.get("name") == "msprime"
        if is_msprime and isinstance(parameters, dict):
            yield parameters
