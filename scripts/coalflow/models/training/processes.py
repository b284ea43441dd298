"""Several processes that train one net together, each on its share of every batch.

``torchrun`` starts them, on one machine or on the nodes of a SLURM job, and tells each its number.
The steps are those of one process: a batch is as large as the config says, and gradients are
summed over all of it. Only what sums are rounded to differs, what each process drops out, and that
batch normalisation is over a process's share of a batch.
"""

import contextlib
import dataclasses
import os
import signal
import socket
import sys

import torch
from torch import distributed, nn
from torch.distributed import run
from torch.distributed.elastic.multiprocessing.api import SignalException
from torch.distributed.elastic.multiprocessing.errors import ChildFailedError

from coalflow.core.errors import CoalflowError
from coalflow.models.training import interruptions

# Tells the programs on all nodes where to meet.
MEETING_POINT = "COALFLOW_MEETING_POINT"


def start_processes(options):
    """Start the processes that train, and end with them; in each of them just return.

    ``options`` are the config's ``training``. The program begins anew in each process, and before
    that, where there are several nodes, on each node.
    """
    processes, nodes = options["processes"], options["nodes"]
    if "LOCAL_RANK" in os.environ or processes * nodes == 1:
        return
    if nodes > 1 and MEETING_POINT not in os.environ:
        command = [*_srun(options), sys.executable, *sys.argv]
        # All meet at the first node, where the job begins.
        os.environ[MEETING_POINT] = f"{socket.gethostname()}:{_free_port()}"
        os.execvp(command[0], command)
    try:
        # After --, torchrun takes no option of ours for one of its own.
        run.main([*_torchrun(processes, nodes), "--", *sys.argv])
    except ChildFailedError:
        sys.exit(1)  # the process has said why
    except SignalException:
        _wait_for_processes()
        sys.exit(1)
    sys.exit()


def _wait_for_processes():
    """Wait until processes that were told to stop have done so, whoever tells us again."""
    for number in interruptions.SIGNALS:
        signal.signal(number, signal.SIG_IGN)
    with contextlib.suppress(ChildProcessError):
        while True:
            os.wait()


def _srun(options):
    """Return the command that starts a program on all nodes of the SLURM job."""
    nodes = options["nodes"]
    if "SLURM_JOB_ID" not in os.environ:
        raise CoalflowError(
            f"training.nodes is {nodes}, and this is no job of SLURM: start Snakemake with "
            "--workflow-profile profiles/slurm, or set training.nodes to 1"
        )
    # Of what SLURM knows of the job, Snakemake leaves but its number.
    return [
        "srun",
        f"--nodes={nodes}",
        f"--ntasks={nodes}",
        "--ntasks-per-node=1",
        f"--cpus-per-task={options['threads'] * options['processes']}",
        "--kill-on-bad-exit=1",
    ]


def _torchrun(processes, nodes):
    """Return the options with which torchrun starts the processes of this node."""
    if nodes == 1:
        meeting = ["--standalone"]
    else:
        point, job = os.environ[MEETING_POINT], os.environ["SLURM_JOB_ID"]
        meeting = [f"--rdzv-endpoint={point}", f"--rdzv-id={job}", "--rdzv-backend=c10d"]
    return [
        *meeting,
        f"--nnodes={nodes}",
        f"--nproc-per-node={processes}",
    ]


def _free_port():
    with socket.socket() as one:
        one.bind(("", 0))
        return one.getsockname()[1]


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
def join_processes(device):
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
