"""Several processes that train one net together, each on its share of every batch.

``torchrun`` starts them, on one machine or many, and tells each its number. The steps
are those of one process: a batch is as large as the config says, and gradients are summed over
all of it. Only what sums are rounded to differs, what each process drops out, and that batch
normalisation is over a process's share of a batch.
"""

import contextlib
import dataclasses
import os

import torch
from torch import distributed, nn


@dataclasses.dataclass(frozen=True)
class Processes:
    """The ``rank`` of this process among a ``number`` of processes; that of rank 0 writes files."""

    rank: int = 0
    number: int = 1

    def share(self, rows):
        """Return this process's rows of a batch, and how much they count.

        Where there is nothing left for it, it takes one that counts 0: all take part in each step.
        """
        mine = rows[self.rank :: self.number]
        return (mine, 1.0) if len(mine) else (rows[:1], 0.0)

    def wrapped(self, net):
        """Return the net as it is to be called in training: gradients are the processes' mean."""
        if self.number == 1:
            return net
        return nn.parallel.DistributedDataParallel(net)

    def sum(self, value):
        """Return the sum of a tensor over all processes."""
        if self.number > 1:
            value = value.clone()
            distributed.all_reduce(value)
        return value

    def most(self, value):
        """Return the largest of a small number of each process."""
        if self.number == 1:
            return value
        most = torch.tensor(value, device=_device())
        distributed.all_reduce(most, distributed.ReduceOp.MAX)
        return most.item()

    def first(self, do, *arguments):
        """Do something in the first process alone."""
        if self.rank == 0:
            do(*arguments)

    def gathered(self, part, of):
        """Return for ``of`` windows what each process has computed for its :meth:`part`."""
        if self.number == 1:
            return part
        parts = [None] * self.number
        distributed.all_gather_object(parts, part.cpu())
        return torch.cat(parts)[:of].to(part.device)

    def part(self, number):
        """Return which of a number of windows this process looks at, a slice.

        Where none is left for it, that is the first window, which :meth:`gathered` leaves out.
        """
        each = -(-number // self.number)
        first = self.rank * each
        return slice(first, first + each) if first < number else slice(0, 1)


ALONE = Processes()


@contextlib.contextmanager
def joined(device):
    """Join the processes that ``torchrun`` started with this one, if it did, and leave them."""
    number = int(os.environ.get("WORLD_SIZE", 1))
    if number == 1:
        yield ALONE
        return
    if device.type == "cuda":
        torch.cuda.set_device(device)
    distributed.init_process_group("nccl" if device.type == "cuda" else "gloo")
    try:
        yield Processes(distributed.get_rank(), number)
    finally:
        distributed.destroy_process_group()


def _device():
    return "cuda" if distributed.get_backend() == "nccl" else "cpu"
