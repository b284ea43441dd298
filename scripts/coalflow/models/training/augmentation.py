"""Training windows that are never twice the same, though each is one that could have been seen.

What is drawn for a batch hangs on the batch's number alone, and is drawn for all of it, so it
does not matter how many processes share it.
"""

import torch

from coalflow.windows import observation as observing


def keep_applicable(augment, net, settings):
    """Return what of a net's own augmentation makes sense for the windows of a run.

    ``settings`` has ``encoding``, ``observation``, ``target`` and ``samples``. What a config
    asks for is not looked at here, but refused while it is read if it makes no sense.
    """
    observation, targets = settings["observation"], settings["target"].values()
    samples = sum(number for _, number in settings["samples"]) * settings["ploidy"]
    makes_sense = {
        "mirror": True,
        "thin": net.any_haplotypes
        and settings["encoding"]["pad"]
        and len(settings["samples"]) == 1
        and not any("statistic" in target for target in targets)
        and augment.get("thin", 0) < samples,
        "flip": observation["polarised"],
        "errors": observing.has_errors(observation)
        and not any(target.get("mode") == "site" for target in targets),
    }
    return {name: value for name, value in augment.items() if makes_sense[name]}


class Augmentation:
    """Changes training windows at random: see ``training.augment`` of the config."""

    def __init__(self, augment, encoding, observation):
        self.augment, self.encoding, self.observation = augment, encoding, observation

    def windows(self, inputs, batch, together, generator):
        """Return what nets take, of this process's share of a batch.

        ``inputs`` are :class:`coalflow.models.batches.DeviceWindows`, ``batch`` the rows of all
        processes, ``together`` the :class:`coalflow.models.training.processes.Processes`;
        ``generator`` is PyTorch's, the same in all of them. Returns what
        :meth:`coalflow.models.batches.DeviceWindows.batch` does.
        """
        rows, _ = together.share(batch)
        mine, _ = together.share(torch.arange(len(batch)))
        sites = inputs.sites(rows)
        if self.augment.get("mirror"):
            mirrored = torch.rand(len(batch), generator=generator) < 0.5
            sites = mirror(sites, mirrored[mine].to(rows.device))
        if self.augment.get("flip"):
            drawn = torch.rand(len(batch), sites.mask.shape[1], generator=generator)
            sites = flip(sites, (drawn < self.augment["flip"])[mine].to(rows.device))
        if "thin" in self.augment:
            kept = self._kept(inputs, generator).to(rows.device)
            sites = thin(sites, kept, inputs.alleles_per_row, self.observation)
        if self.encoding["pad"] and ("thin" in self.augment or self.augment.get("mirror")):
            sites = close_gaps(sites, self.encoding["stretch"])
        return inputs.numbers(sites)

    def _kept(self, inputs, generator):
        """Draw how many haplotypes a batch keeps, and which; individuals stay whole if unphased."""
        fewest = -(-self.augment["thin"] // inputs.alleles_per_row)
        number = torch.randint(fewest, inputs.rows + 1, (1,), generator=generator).item()
        return torch.randperm(inputs.rows, generator=generator)[:number].sort().values


def mirror(sites, mirrored):
    """Return sites with some windows, bool (windows,), read from the right."""
    columns = torch.arange(sites.mask.shape[1], device=mirrored.device)
    order = torch.where(mirrored[:, None], columns.flip(0), columns)
    sites = sites.ordered(order)
    turned = (1 - sites.positions) * sites.mask
    return sites.replaced(positions=torch.where(mirrored[:, None], turned, sites.positions))


def flip(sites, flipped):
    """Return sites with the two alleles of some, bool (windows, sites), taken for each other."""
    return sites.replaced(alleles=torch.where(flipped[:, :, None], sites.others, sites.alleles))


def thin(sites, kept, alleles_per_row, observation):
    """Return sites as they are seen in fewer haplotypes, or in fewer individuals if unphased.

    ``kept``, int64, are those that stay. Sites where they do not differ as often as the
    observation asks become padding, and where ancestral alleles are not known the rarer one
    is 1 again.
    """
    among = torch.arange(alleles_per_row, device=kept.device)
    kept = (kept[:, None] * alleles_per_row + among).flatten()
    called = None if sites.called is None else sites.called[:, :, kept]
    sites = sites.replaced(alleles=sites.alleles[:, :, kept], called=called)
    copies = sites.alleles.sum(dim=2)
    number = len(kept) if called is None else called.sum(dim=2)
    seen = torch.minimum(copies, number - copies) >= observation["minimum_allele_count"]
    mask = sites.mask & seen
    sites = sites.replaced(mask=mask, positions=sites.positions * mask)
    if observation["polarised"]:
        return sites
    return flip(sites, _folded(sites, copies, number, alleles_per_row))


def _folded(sites, copies, number, alleles_per_row):
    """Return where allele 1 is the commoner one, as :func:`coalflow.windows.observation.code_alleles` tells it."""
    ones = sites.alleles.unflatten(2, (-1, alleles_per_row)).sum(dim=3)
    both = sites.others.unflatten(2, (-1, alleles_per_row)).sum(dim=3) + ones
    more_ones = 2 * ones - both
    first = (more_ones != 0).int().argmax(dim=2, keepdim=True)
    tied = 2 * copies == number
    return torch.where(tied, more_ones.gather(2, first)[:, :, 0] > 0, 2 * copies > number)


def close_gaps(sites, stretch):
    """Return sites without gaps between them, with padding where the encoding puts it."""
    columns = sites.mask.shape[1]
    count = sites.mask.sum(dim=1)
    left = torch.zeros_like(count) if stretch == "first" else (columns - count + 1) // 2
    seen_first = (~sites.mask).int().argsort(dim=1, stable=True)
    place = torch.arange(columns, device=left.device) - left[:, None]
    return sites.ordered(seen_first.gather(1, place % columns))
