"""The section ``encoding``: how a window becomes a tensor."""

from typing import Annotated, Literal

from coalflow.config.fields.section import Limits, Section


class Encoding(Section):
    """How a window becomes a tensor."""

    sites: Annotated[int, Limits(ge=4, le=100_000, whole=True)] = 40
    """
    Segregating sites that the net sees. Windows with fewer are left out and counted, unless they
    are padded.
    """
    stretch: Literal["central", "first", "random"] = "central"
    """
    Which sites of a window that has more are seen: the `central` ones, the `first`, or those of a
    `random` stretch. The same goes for bases, where `length` is shorter than the simulated window.
    """
    seed: Annotated[int, Limits(ge=0, whole=True)] | None = None
    """Seed of random stretches. Without it, the run's `seed`."""
    pad: bool = False
    """
    `true` keeps windows with fewer sites, even with none, and fills them up: after the sites with
    `stretch: first`, otherwise at both ends. A window is then `length` bases long, in simulations
    and genomes alike, so that the number of sites is informative too. Needed for sweeps. `false`
    leaves such windows out.
    """
    length: Annotated[int, Limits(ge=1, le=10_000_000_000, whole=True)] | None = None
    """Bases of a padded window. Without it, `simulation.sequence_length`."""
    order: Literal["sampled", "similarity", "frequency"] = "similarity"
    """
    Order of the haplotypes. `sampled` keeps the order of the file; `similarity` puts similar
    haplotypes next to each other; `frequency` puts the most common first.
    """
    positions: Literal["position", "distance", "both"] = "position"
    """
    How a net is given the positions of sites: as `position` in the window, from 0 to 1, as
    `distance` from the previous site, or as `both`. Not all nets read them (docs/nets.md).
    """
    coding: Literal["signed", "binary"] = "signed"
    """Numbers for the two alleles. `signed` is -1 and 1, `binary` 0 and 1."""
