"""Windows that a net cannot read, and keys of the encoding that contradict each other."""

from collections.abc import Iterator

from coalflow.config.consistency import ranges
from coalflow.config.fields.section import Mistake
from coalflow.config.registry.nets import NETS
from coalflow.config.schema.encoding import Encoding
from coalflow.config.schema.simulation import Simulation
from coalflow.config.schema.whole import Config


def check_encoding(config: Config) -> Iterator[Mistake]:
    """Yield windows that a net cannot read, and keys that contradict each other."""
    encoding, simulation = config.encoding, config.simulation
    for net in config.models.nets:
        record = NETS[net]
        if encoding.sites < record.fewest_sites:
            message = f"is {encoding.sites}, but {net} needs {record.fewest_sites} or more"
            yield ("encoding", "sites"), f"{message}: raise it"
        if encoding.positions != "position" and not record.reads_positions:
            message = f"is {encoding.positions}, but {net} does not read the positions of sites"
            nets = ", ".join(name for name in NETS if NETS[name].reads_positions)
            yield ("encoding", "positions"), f"{message}: delete it, or use only some of {nets}"
        if encoding.positions == "distance" and record.needs_position:
            message = f"is distance, but {net} needs the positions of sites in the window"
            yield ("encoding", "positions"), f"{message}: make it position, or both"
    if encoding.seed is not None and encoding.stretch != "random":
        message = f"is for random stretches, but encoding.stretch is {encoding.stretch}"
        yield ("encoding", "seed"), f"{message}: delete it"
    if encoding.pad:
        yield from _check_length(encoding, simulation)
    elif encoding.length is not None:
        message = "is for padded windows: delete it, or set encoding.pad to true"
        yield ("encoding", "length"), message


def _check_length(encoding: Encoding, simulation: Simulation) -> Iterator[Mistake]:
    """Yield why padded windows have no one length in bases, or a longer one than is simulated."""
    if encoding.length is not None:
        _, shortest = ranges.find_extreme(simulation, "sequence_length", min)
        if shortest is not None and encoding.length > shortest:
            message = f"is {encoding.length:,}, but simulated windows have {shortest:,} bases"
            yield (
                ("encoding", "length"),
                f"{message}: lower it, or raise simulation.sequence_length",
            )
    elif "sequence_length" in simulation.axes:
        yield (
            ("simulation", "grid", "sequence_length"),
            "has several values, but with encoding.pad windows have one length: give one in "
            "encoding.length, or set encoding.pad to false",
        )
    elif simulation.sequence_length is not None:
        length = simulation.sequence_length
        message = f"is {length}, but with encoding.pad windows are whole bases long"
        yield ("simulation", "sequence_length"), f"{message}: round it, or give encoding.length"
