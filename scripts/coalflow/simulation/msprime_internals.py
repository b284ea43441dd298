"""What ``msprime.sim_ancestry`` and ``msprime.sim_mutations`` do inside, in parts.

For each window msprime reads the history and the samples again, and reserves memory for 65,536
segments, which takes longer than a small window itself. Here a history is read once, and memory
begins small and grows with what windows need. The tables are the same to the bit: docs/upstream.md
says why.

All of it holds for one version of msprime, whose source was read:
:mod:`coalflow.simulation.ancestry` uses this module only where that one is installed.
"""

import dataclasses
import math
import sys
from typing import Any

import msprime
import numpy as np
import tskit
from msprime import _msprime, ancestry

FIRST_BLOCK = 1024  # a power of two, see run_ancestry
MSPRIME_BLOCK = 65_536
EVENTS = 10_000  # from one look at memory, and at Ctrl-C, to the next

#: msprime's tables in the form that its compiled part takes and returns.
LightTables: Any = _msprime.LightweightTableCollection


class _Recorder(_msprime.Simulator):
    """Stands in for msprime's compiled simulator: it keeps its arguments and reserves nothing."""

    def __init__(self, **arguments: Any) -> None:
        self.arguments = arguments


class _ArgumentReader(ancestry.Simulator, _Recorder):
    """Turns msprime's objects into the arguments of its compiled simulator."""


@dataclasses.dataclass(frozen=True)
class PreparedHistory:
    """A history and its samples, as msprime's compiled simulator takes them.

    Attributes
    ----------
    arguments : dict
        Its arguments, without those that :func:`run_ancestry` adds.
    tables : dict
        Populations and samples, which have no ancestry yet.
    """

    arguments: dict[str, Any]
    tables: dict[str, Any]


@dataclasses.dataclass
class Memory:
    """How many segments memory is reserved for: what windows in this process have needed."""

    block: int = FIRST_BLOCK


memory = Memory()


def prepare_history(
    demography: msprime.Demography,
    samples: Any,
    discrete_genome: bool,
    record_migrations: bool = False,
) -> PreparedHistory:
    """Read a history and its samples.

    Parameters
    ----------
    demography, samples, discrete_genome, record_migrations
        As ``msprime.sim_ancestry`` takes them.
    """
    validated = demography.validate()
    tables = tskit.TableCollection(1.0)
    tables.time_units = ancestry.TIME_UNITS_GENERATIONS
    validated.insert_populations(tables)
    sets = ancestry._parse_samples(samples, validated)
    ancestry._insert_sample_sets(sets, validated, 2, tables)
    none = msprime.RateMap.uniform(1.0, 0.0)
    arguments = _ArgumentReader(
        tables=tables,
        recombination_map=none,
        gene_conversion_map=none,
        gene_conversion_tract_length=1.0,
        discrete_genome=discrete_genome,
        ploidy=2,
        demography=validated,
        random_generator=None,
        models=[msprime.StandardCoalescent()],
        store_migrations=record_migrations,
        start_time=0.0,
    ).arguments
    return PreparedHistory(arguments, tables.asdict())


def run_ancestry(
    history: PreparedHistory,
    tables: dict[str, Any],
    seed: int,
    recombination: dict[str, Any],
    conversion: dict[str, float],
    end_time: float,
) -> Any:
    """Simulate ancestry, from sampling or from what is known of it.

    Parameters
    ----------
    history : PreparedHistory
    tables : dict
        What is known.
    seed : int
        msprime's, from 1 to 2**32 - 1.
    recombination : dict
        ``position`` and ``rate`` of a map without gaps.
    conversion : dict
        ``gene_conversion_rate`` per base and generation and ``gene_conversion_tract_length``.
    end_time : float
        In generations ago.

    Returns
    -------
    LightTables
    """
    # msprime's choices depend on the order of the numbers of segments. A block gives them out from
    # its end, so that blocks of all sizes have the same order, up to the first segment for which
    # there is no room: the numbers of the next block are higher, where a larger block's would be
    # lower. Then the window is simulated again. With powers of two the sums over segments are
    # rounded alike as well.
    msprimes = max(MSPRIME_BLOCK, len(tables["nodes"]["time"]))
    while True:
        block = memory.block if msprimes == MSPRIME_BLOCK else msprimes
        light = LightTables(tables["sequence_length"])
        light.fromdict(tables)
        arguments = {
            **history.arguments,
            **conversion,
            "tables": light,
            "random_generator": _msprime.RandomGenerator(seed),
            "recombination_map": recombination,
            "segment_block_size": block,
            "avl_node_block_size": block,
            "node_mapping_block_size": block,
        }
        if _run_simulator(arguments, end_time, may_grow=block == msprimes):
            return light
        memory.block = 2 * block


def _run_simulator(arguments: dict[str, Any], end_time: float, may_grow: bool) -> bool:
    """Run msprime's compiled simulator; return False if it was stopped since it needs to grow."""
    simulator = _msprime.Simulator(**arguments)
    simulator.model = {"name": "hudson"}
    reason = _msprime.EXIT_MAX_EVENTS
    while may_grow or simulator.num_segment_blocks == 1:
        if reason != _msprime.EXIT_MAX_EVENTS:
            simulator.finalise_tables()
            return True
        reason = simulator.run(end_time, EVENTS)
    return False


def run_mutations(
    tables: Any,
    sequence_length: float,
    rate: float,
    model: Any,
    seed: int,
    discrete_genome: bool,
) -> None:
    """Add mutations to tables, in place.

    Parameters
    ----------
    tables : LightTables
    sequence_length : float
        In bases.
    rate : float
        Mutations per base and generation.
    model : msprime.MutationModel
    seed : int
        msprime's, from 1 to 2**32 - 1.
    discrete_genome : bool
        Whether sites are at whole bases.
    """
    _msprime.sim_mutations(
        tables=tables,
        random_generator=_msprime.RandomGenerator(seed),
        rate_map=make_uniform_map(sequence_length, rate),
        model=model,
        discrete_genome=discrete_genome,
        keep=True,
        start_time=-sys.float_info.max,
        end_time=sys.float_info.max,
    )


def make_uniform_map(length: float, rate: float) -> dict[str, Any]:
    """Return a map of one rate, as msprime's compiled part takes it."""
    return {"position": np.array([0.0, length]), "rate": np.array([rate])}


def try_out() -> None:
    """Simulate the smallest window, so that what is not there raises an error."""
    history = prepare_history(msprime.Demography.isolated_model([1]), 1, False)
    tables = run_ancestry(
        history,
        history.tables,
        seed=1,
        recombination=make_uniform_map(1.0, 1.0),
        conversion={"gene_conversion_rate": 0.0, "gene_conversion_tract_length": 1.0},
        end_time=math.inf,
    )
    run_mutations(tables, 1.0, 1.0, msprime.BinaryMutationModel(), seed=1, discrete_genome=False)
