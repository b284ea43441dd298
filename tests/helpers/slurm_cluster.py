"""A real SLURM of two nodes, in namespaces of its own: `with Cluster(folder) as cluster`."""

import os
import pathlib
import shutil
import signal
import subprocess

SCRIPT = pathlib.Path(__file__).with_name("slurm_cluster.sh")
PROGRAMS = ["slurmctld", "slurmd", "munged", "sbatch", "unshare", "nsenter", "ip"]


def why_not():
    """Return why there can be no cluster here, or None."""
    missing = [program for program in PROGRAMS if not shutil.which(program)]
    if missing:
        return f"needs SLURM, and there is no {', '.join(missing)}"
    if os.geteuid():
        return "needs root, for namespaces"
    return None


class Cluster:
    """A SLURM that lives as long as this context; nothing of it is left behind.

    Each node has two GPUs, of which there is nothing but the name. Partitions are main and gpu.
    """

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)

    def __enter__(self):
        """Start all daemons and wait until both nodes are idle."""
        self.process = subprocess.Popen(
            ["unshare", "--net", "--uts", "--pid", "--mount", "--fork", "--kill-child"]
            + ["--mount-proc", SCRIPT, self.folder],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        if self.process.stdout.readline() != "ready\n":
            self.__exit__()
            logs = sorted((self.folder / "log").glob("*.log"))
            raise RuntimeError("\n".join(f"{log.name}:\n{log.read_text()}" for log in logs))
        return self

    def __exit__(self, *error):
        """End the first process in the namespaces, and with it all others there."""
        self.process.stdin.close()
        self.process.stdout.close()
        self.process.wait()

    def start(self, *command, folder="/", **options):
        """Start a command in a folder of the login node; return the process."""
        of = f"/proc/{self.process.pid}/ns"
        spaces = {"net": "net", "uts": "uts", "mount": "mnt", "pid": "pid_for_children"}
        entering = [f"--{space}={of}/{name}" for space, name in spaces.items()]
        return subprocess.Popen(["nsenter", *entering, f"--wd={folder}", *command], **options)

    def kill(self, process):
        """Kill without warning what :meth:`start` started."""
        children = pathlib.Path(f"/proc/{process.pid}/task/{process.pid}/children")
        for child in children.read_text().split():
            os.kill(int(child), signal.SIGKILL)
        process.wait()

    def run(self, *command, folder="/"):
        """Run a command in a folder of the login node; return its output."""
        told = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
        process = self.start(*command, folder=folder, **told)
        said, _ = process.communicate()
        assert process.returncode == 0, said
        return said
