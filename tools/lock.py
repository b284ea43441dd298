"""Write requirements.lock: the pins of requirements.txt, and of all that those packages require.

uv finds versions that fit together on every system and Python that coalflow runs on. It reads
metadata, so PyTorch with its gigabytes is not downloaded. Versions in the lock stay where they fit.
"""

import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
REQUIREMENTS, LOCK = ROOT / "requirements.txt", ROOT / "requirements.lock"
HEAD = """\
# Generated from requirements.txt by `make lock`: Linux and macOS, Python 3.11 and newer.
# Without hashes: PyTorch's builds for CPU and CUDA are different files of the same version, and pip
# checks either every package's hash or none.
# Without cuda-*, nvidia-* and triton: each build of PyTorch requires its own versions, or none.

"""
OF_PYTORCH_BUILDS = ("cuda-", "nvidia-", "triton")
OPTIONS = [
    "--universal",
    "--python-version=3.11",
    "--fork-strategy=fewest",  # the same version for every Python, where there is one
    "--no-header",
    "--annotation-style=line",
    "--no-python-downloads",
    "--quiet",
]


def main() -> None:
    """Write the lock, or end with uv's message."""
    uv = pathlib.Path(sys.executable).with_name("uv")
    if not uv.exists():
        sys.exit(f"error: {uv} does not exist. Set up .venv first: make env")
    with tempfile.TemporaryDirectory() as folder:
        resolved = pathlib.Path(folder) / LOCK.name
        if LOCK.exists():
            shutil.copyfile(LOCK, resolved)  # uv prefers the versions that it finds there
        files = [REQUIREMENTS.name, "--output-file", str(resolved)]
        # A build of PyTorch is chosen when .venv is made, not here.
        variables = {name: os.environ[name] for name in os.environ if name != "UV_TORCH_BACKEND"}
        command = [str(uv), "pip", "compile", *OPTIONS, *files]
        done = subprocess.run(command, cwd=ROOT, env=variables, stdout=subprocess.DEVNULL)
        if done.returncode:
            sys.exit("error: requirements.lock is unchanged, for the reason that uv gives above")
        LOCK.write_text(HEAD + select_pins(resolved.read_text(encoding="utf-8")), encoding="utf-8")


def select_pins(resolved: str) -> str:
    r"""Return the lines of uv's output without the packages that only builds for CUDA require.

    Examples
    --------
    >>> select_pins("numpy==2.4.6\nnvidia-cufft==12.0.0.61 ; sys_platform == 'linux'\n")
    'numpy==2.4.6\n'
    """
    lines = resolved.splitlines(keepends=True)
    return "".join(line for line in lines if not line.startswith(OF_PYTORCH_BUILDS))


if __name__ == "__main__":
    main()
