"""Training windows that are never twice the same, though each is one that could have been observed.

What is drawn for a batch depends on the index of its step alone, and is drawn for the whole batch,
so the number of processes that share it makes no difference.
"""

import dataclasses

import torch
from torch import Tensor

from coalflow.config.registry.nets import NetRecord
from coalflow.config.schema.observation import Observation
from coalflow.config.schema.targets import StatisticTarget
from coalflow.config.schema.training import Augment
from coalflow.config.settings.view import View
from coalflow.models.batches import DeviceWindows, Sites
from coalflow.models.nets.net import Inputs
from coalflow.models.summaries import KeptSummaries
from coalflow.models.training.processes import Processes
from coalflow.windows.packed_windows import Populations, order_rows


def keep_applicable(augment: Augment, net: NetRecord, view: View) -> Augment:
    """Return the part of a net's own augmentation that makes sense for the windows of a run.

    For what a config requests, the same is checked while the config is read, and refused.

    Parameters
    ----------
    augment : Augment
        The net's own.
    net : NetRecord
    view : View
        What the net sees and predicts.
    """
    can_thin = (
        net.any_haplotypes
        and view.encoding.pad
        and (net.any_of_each or len(view.samples.individuals) == 1)
        and not any(isinstance(target, StatisticTarget) for _, target in view.targets)
        and (augment.thin or 0) < view.samples.number_of_haplotypes
    )
    can_err = view.observation.has_errors and not view.targets.site_statistics
    return Augment(
        mirror=augment.mirror,
        thin=augment.thin if can_thin else None,
        flip=augment.flip if view.observation.polarised else None,
        errors=augment.errors and can_err,
    )


class Augmentation:
    """Changes training windows at random.

    Parameters
    ----------
    augment : Augment
        How windows are changed, except ``errors``, which are drawn when windows are encoded.
    view : View
        How windows are encoded and observed.
    """

    def __init__(self, augment: Augment, view: View) -> None:
        self.augment, self.view = augment, view

    @property
    def changes(self) -> list[str]:
        """What of the augmentation makes other windows of them, so that none comes twice."""
        return [name for name in ("thin", "flip", "errors") if getattr(self.augment, name)]

    def augment_batch(
        self,
        windows: DeviceWindows | KeptSummaries,
        rows: Tensor,
        together: Processes,
        generator: torch.Generator,
    ) -> Inputs:
        """Return this process's share of a batch, augmented, as nets take it.

        Parameters
        ----------
        windows : DeviceWindows or KeptSummaries
            The latter, if nothing of the augmentation makes other windows of them.
        rows : Tensor of int64
            The indices of the windows of all processes.
        together : Processes
        generator : torch.Generator
            In the same state in all processes.

        Returns
        -------
        tuple of Tensor
            As :meth:`coalflow.models.batches.DeviceWindows.make_batch` returns them.
        """
        mine, _ = together.share(rows)
        share, _ = together.share(torch.arange(len(rows)))
        mirrored = torch.zeros(len(mine), dtype=torch.bool)
        if self.augment.mirror:
            mirrored = (torch.rand(len(rows), generator=generator) < 0.5)[share]
        if isinstance(windows, KeptSummaries):
            inputs = windows.make_batch(mine)
        else:
            sites = windows.unpack_sites(mine)
            if windows.first_layer is None and self.augment.mirror:
                sites = mirror(sites, mirrored.to(mine.device))
            if self.augment.flip is not None:
                drawn = torch.rand(len(rows), sites.mask.shape[1], generator=generator)
                sites = flip(sites, (drawn < self.augment.flip)[share].to(mine.device))
            ordered = None
            if self.augment.thin is not None:
                kept, populations = draw_rows(self.augment.thin, windows, generator)
                kept = kept.to(mine.device)
                sites = thin(sites, kept, windows.alleles_per_row, self.view.observation)
                sites, ordered = order_populations(sites, populations, windows)
            if self.view.encoding.pad and (self.augment.thin is not None or self.augment.mirror):
                sites = close_gaps(sites, self.view.encoding.stretch)
            inputs = windows.code_sites(sites, ordered)
        # What is kept cannot be mirrored earlier, and the same must come of it if nothing is kept.
        if windows.first_layer is not None and self.augment.mirror:
            inputs = windows.first_layer.mirror_rows(inputs, mirrored)
        return inputs


def draw_rows(
    fewest: int, windows: DeviceWindows, generator: torch.Generator
) -> tuple[Tensor, Populations]:
    """Draw which rows of each population a batch keeps; individuals stay whole if unphased.

    Parameters
    ----------
    fewest : int
        Haplotypes of each, at least, or all where it has no more.
    windows : DeviceWindows
    generator : torch.Generator

    Returns
    -------
    kept : Tensor of int64
        Their indices, in the order of the rows.
    populations : tuple of (str, int)
        How many each population keeps.
    """
    fewest_rows, first = -(-fewest // windows.alleles_per_row), 0
    kept, populations = [], []
    for name, rows in windows.populations:
        least = min(fewest_rows, rows)
        count = int(torch.randint(least, rows + 1, (1,), generator=generator).item())
        drawn = torch.randperm(rows, generator=generator)[:count].sort().values
        kept.append(first + drawn)
        populations.append((name, count))
        first += rows
    return torch.cat(kept), tuple(populations)


def mirror(sites: Sites, mirrored: Tensor) -> Sites:
    """Return sites with some windows read from the right.

    Parameters
    ----------
    sites : Sites
    mirrored : Tensor of bool, shape (windows,)
    """
    columns = torch.arange(sites.mask.shape[1], device=mirrored.device)
    order = torch.where(mirrored[:, None], columns.flip(0), columns)
    sites = sites.reorder(order)
    turned = (1 - sites.positions) * sites.mask
    positions = torch.where(mirrored[:, None], turned, sites.positions)
    return dataclasses.replace(sites, positions=positions)


def flip(sites: Sites, flipped: Tensor) -> Sites:
    """Return sites with the two alleles of some swapped.

    Parameters
    ----------
    sites : Sites
    flipped : Tensor of bool, shape (windows, sites)
    """
    alleles = torch.where(flipped[:, :, None], sites.other_alleles, sites.alleles)
    return dataclasses.replace(sites, alleles=alleles)


def thin(sites: Sites, kept: Tensor, alleles_per_row: int, observation: Observation) -> Sites:
    """Return sites as they are observed in fewer haplotypes, or in fewer individuals if unphased.

    Sites at which those do not differ often enough become padding, and where ancestral alleles are
    not known the rarer one is 1 again.

    Parameters
    ----------
    sites : Sites
    kept : Tensor of int64
        Indices of the haplotypes, or individuals, that are kept.
    alleles_per_row : int
        Alleles of a haplotype (1) or of an individual.
    observation : Observation
    """
    sites = _select_rows(sites, kept, alleles_per_row)
    copies, called = sites.alleles.sum(dim=2), sites.called
    number = sites.alleles.shape[2]
    count = torch.full_like(copies, number) if called is None else called.sum(dim=2)
    is_common = torch.minimum(copies, count - copies) >= observation.minimum_allele_count
    mask = sites.mask & is_common
    sites = dataclasses.replace(sites, mask=mask, positions=sites.positions * mask)
    if observation.polarised:
        return sites
    return flip(sites, _find_commoner(sites, copies, count, alleles_per_row))


def _select_rows(sites: Sites, rows: Tensor, alleles_per_row: int) -> Sites:
    """Return sites with some haplotypes, or individuals of some alleles each, in that order."""
    offsets = torch.arange(alleles_per_row, device=rows.device)
    chosen = (rows[:, None] * alleles_per_row + offsets).flatten()
    called = None if sites.called is None else sites.called[:, :, chosen]
    return dataclasses.replace(sites, alleles=sites.alleles[:, :, chosen], called=called)


def order_populations(
    sites: Sites, populations: Populations, windows: DeviceWindows
) -> tuple[Sites, Populations]:
    """Return sites with populations in the order in which nets take them, and their numbers.

    Parameters
    ----------
    sites : Sites
    populations : tuple of (str, int)
        How many rows each has in the sites, in the order of the windows.
    windows : DeviceWindows
    """
    numbers = dict(populations)
    ordered = tuple((name, numbers[name]) for name, _ in windows.ordered)
    if windows.order is not None:
        rows = torch.as_tensor(order_rows(populations, list(dict(ordered))))
        sites = _select_rows(sites, rows.to(sites.alleles.device), windows.alleles_per_row)
    return sites, ordered


def _find_commoner(sites: Sites, copies: Tensor, count: Tensor, alleles_per_row: int) -> Tensor:
    """Return where allele 1 is the commoner one.

    Ties are decided as :func:`coalflow.windows.observation.code_alleles` does.
    """
    ones = sites.alleles.unflatten(2, (-1, alleles_per_row)).sum(dim=3)
    both = sites.other_alleles.unflatten(2, (-1, alleles_per_row)).sum(dim=3) + ones
    more_ones = 2 * ones - both
    first = (more_ones != 0).int().argmax(dim=2, keepdim=True)
    tied = 2 * copies == count
    return torch.where(tied, more_ones.gather(2, first)[:, :, 0] > 0, 2 * copies > count)


def close_gaps(sites: Sites, stretch: str) -> Sites:
    """Return sites without gaps between them, with padding where the encoding puts it.

    Parameters
    ----------
    sites : Sites
    stretch : str
        :attr:`coalflow.config.schema.encoding.Encoding.stretch`.
    """
    columns = sites.mask.shape[1]
    count = sites.mask.sum(dim=1)
    left = torch.zeros_like(count) if stretch == "first" else (columns - count + 1) // 2
    sites_first = (~sites.mask).int().argsort(dim=1, stable=True)
    source = torch.arange(columns, device=left.device) - left[:, None]
    return sites.reorder(sites_first.gather(1, source % columns))
