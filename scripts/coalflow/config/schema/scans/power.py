"""The section ``power``: how sweeps are simulated that scans should find."""

from typing import Annotated

from coalflow.config.fields.section import Limits, Section


class Power(Section):
    """What `snakemake power` simulates, to measure which sweeps a scan finds.

    Blocks as long as those of the null (`significance.block`) are simulated from the run's own
    cells, with a sweep in the middle or without one.
    """

    blocks: Annotated[int, Limits(ge=10, le=100_000, whole=True)] = 200
    """
    How many blocks with a sweep are simulated, of all cells with a sweep in the window together;
    and as many neutral ones.
    """
    swept: Annotated[int | float, Limits(gt=0, lt=1)] = 0.1
    """
    The share of blocks with a sweep in the genome of which regions are found. The false discovery
    rate depends on it.
    """
