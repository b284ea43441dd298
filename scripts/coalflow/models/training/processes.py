"""Several processes that train one net together, each on its share of every batch.

``torchrun`` starts them, on one machine or on the nodes of a SLURM job, and gives each its rank.
The steps are those of one process: a batch is as large as the config says, and gradients are summed
over all of it. Only three things differ: how sums are rounded, what each process drops out, and
that batch normalisation is over a process's share of a batch.
"""

import contextlib
import dataclasses
import os
import signal
import socket
import sys
from collections.abc import Iterator

import torch
from torch import Tensor, distributed, nn
from torch.distributed import run
from torch.distributed.elastic.multiprocessing.api import SignalException
from torch.distributed.elastic.multiprocessing.errors import ChildFailedError

from coalflow.config.schema.training import Recipe
from coalflow.core.errors import CoalflowError
from coalflow.models.training import interruptions

# Gives the programs on all nodes the address where they meet.
MEETING_POINT = "COALFLOW_MEETING_POINT"


def start_processes(recipe: Recipe) -> None:
    """Start the processes that train, and exit when they have ended; in each of them just return.

    The program starts from the beginning in each process, and before that, if there are several
    nodes, on each node.

    Parameters
    ----------
    recipe : Recipe
        It says how many there are.

    Raises
    ------
    CoalflowError
        If there are to be several nodes, and this is not a SLURM job.
    """
    if "LOCAL_RANK" in os.environ or recipe.processes * recipe.nodes == 1:
        return
    if recipe.nodes > 1 and MEETING_POINT not in os.environ:
        command = [*_make_srun_command(recipe), sys.executable, *sys.argv]
        # All meet at the first node, where the job starts.
        os.environ[MEETING_POINT] = f"{socket.gethostname()}:{_find_free_port()}"
        os.execvp(command[0], command)
    try:
        # After --, torchrun takes none of our options for its own.
        run.main([*_list_torchrun_options(recipe), "--", *sys.argv])
    except ChildFailedError:
        sys.exit(1)  # the process has said why
    except SignalException:
        _wait_for_processes()
        sys.exit(1)
    sys.exit()


def _wait_for_processes() -> None:
    """Wait until processes that were signalled to stop have done so, whatever signals arrive."""
    for watched in interruptions.SIGNALS:
        signal.signal(watched, signal.SIG_IGN)
    with contextlib.suppress(ChildProcessError):
        while True:
            os.wait()


def _make_srun_command(recipe: Recipe) -> list[str]:
    """Return the command that starts a program on all nodes of the SLURM job."""
    if "SLURM_JOB_ID" not in os.environ:
        raise CoalflowError(
            f"training.nodes is {recipe.nodes}, but this is not a SLURM job: start Snakemake with "
            "--workflow-profile profiles/slurm, or set training.nodes to 1"
        )
    # Of what SLURM says about the job, Snakemake keeps only its id.
    return [
        "srun",
        f"--nodes={recipe.nodes}",
        f"--ntasks={recipe.nodes}",
        "--ntasks-per-node=1",
        f"--cpus-per-task={recipe.threads * recipe.processes}",
        "--kill-on-bad-exit=1",
    ]


def _list_torchrun_options(recipe: Recipe) -> list[str]:
    """Return the options with which torchrun starts the processes of this node."""
    if recipe.nodes == 1:
        meeting = ["--standalone"]
    else:
        point, job = os.environ[MEETING_POINT], os.environ["SLURM_JOB_ID"]
        meeting = [f"--rdzv-endpoint={point}", f"--rdzv-id={job}", "--rdzv-backend=c10d"]
    return [*meeting, f"--nnodes={recipe.nodes}", f"--nproc-per-node={recipe.processes}"]


def _find_free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("", 0))
        return listener.getsockname()[1]


@dataclasses.dataclass(frozen=True)
class Processes:
    """The processes that train a net, as one of them sees them.

    Attributes
    ----------
    rank : int
        Of this process. That of rank 0 writes files.
    count : int
        How many there are.
    """

    rank: int = 0
    count: int = 1

    def share(self, rows: Tensor) -> tuple[Tensor, float]:
        """Return this process's rows of a batch, and how much they count.

        Where there is nothing left for it, it takes a row that counts 0: all take part in each
        step.

        Parameters
        ----------
        rows : Tensor of int64
            Those of all processes.
        """
        mine = rows[self.rank :: self.count]
        return (mine, 1.0) if len(mine) else (rows[:1], 0.0)

    def wrap_net(self, net: nn.Module) -> nn.Module:
        """Return the net as it is to be called in training: gradients are the processes' mean."""
        if self.count == 1:
            return net
        return nn.parallel.DistributedDataParallel(net)

    def sum_values(self, value: Tensor) -> Tensor:
        """Return the sum of a tensor, ``value``, over all processes."""
        if self.count > 1:
            value = value.clone()
            distributed.all_reduce(value)
        return value

    def find_largest(self, value: int) -> int:
        """Return the largest ``value`` of all processes."""
        if self.count == 1:
            return value
        device = "cuda" if distributed.get_backend() == "nccl" else "cpu"
        largest = torch.tensor(value, device=device)
        distributed.all_reduce(largest, distributed.ReduceOp.MAX)
        return int(largest.item())

    def select_part(self, windows: int) -> slice:
        """Return which of a number of windows this process evaluates.

        Where none is left for it, that is the first window, which :meth:`gather` leaves out.
        """
        each = -(-windows // self.count)
        first = self.rank * each
        return slice(first, first + each) if first < windows else slice(0, 1)

    def gather(self, part: Tensor, windows: int) -> Tensor:
        """Return for all windows what each process has computed for its :meth:`select_part`.

        Parameters
        ----------
        part : Tensor, shape (windows of the part, ...)
        windows : int
            How many there are of all parts.

        Returns
        -------
        Tensor, shape (windows, ...)
        """
        if self.count == 1:
            return part
        parts: list[Tensor] = [part] * self.count
        distributed.all_gather_object(parts, part.cpu())
        return torch.cat(parts)[:windows].to(part.device)


ALONE = Processes()


@contextlib.contextmanager
def join_processes(device: torch.device) -> Iterator[Processes]:
    """Join the processes that ``torchrun`` started with this one, and leave them at the end.

    Parameters
    ----------
    device : torch.device
        Where this process trains.
    """
    count = int(os.environ.get("WORLD_SIZE", 1))
    if count == 1:
        yield ALONE
        return
    if device.type == "cuda":
        torch.cuda.set_device(device)
    distributed.init_process_group("nccl" if device.type == "cuda" else "gloo")
    try:
        yield Processes(distributed.get_rank(), count)
    finally:
        distributed.destroy_process_group()
