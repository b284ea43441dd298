"""What Snakemake asks of conda, done by rattler, another solver and installer of its packages.

``bin/conda`` runs it. As for conda itself, CONDA_CHANNEL_ALIAS says where channels are,
CONDA_PKGS_DIRS where unpacked packages are kept, and CONDA_OVERRIDE_CUDA which driver there is.
"""

import asyncio
import json
import os
import pathlib
import sys

import rattler
import yaml
from rattler.exceptions import SolverError
from rattler.virtual_package import VirtualPackageOverrides

BASE = pathlib.Path(__file__).resolve().parent


async def create(file, prefix):
    """Make the environment that a file describes."""
    wanted = yaml.safe_load(pathlib.Path(file).read_text())
    alias = rattler.ChannelConfig(os.environ["CONDA_CHANNEL_ALIAS"] + "/")
    packages = await rattler.solve(
        [rattler.Channel(name, alias) for name in wanted["channels"]],
        wanted["dependencies"],
        virtual_packages=rattler.VirtualPackage.detect(VirtualPackageOverrides.from_env()),
    )
    cache = os.environ["CONDA_PKGS_DIRS"]
    await rattler.install(packages, prefix, cache_dir=cache, show_progress=False)


def run(words):
    """Do what a command line says; return the exit code."""
    match words:
        case ["--version"]:
            print("conda 24.7.1")
        case ["info", "--json"]:
            platform = str(rattler.Subdir.current())
            print(json.dumps({"conda_prefix": str(BASE), "platform": platform}))
        case ["config", "--get", "channel_priority", "--json"]:
            print(json.dumps({"get": {"channel_priority": "strict"}}))
        case ["env", "create", "--quiet", "--no-default-packages", "--file", file, "--prefix", to]:
            try:
                asyncio.run(create(file, to))
            except SolverError as error:
                print(f"error: {file}: {error}")
                return 1
        case ["clean", "-y", "--tarballs"]:
            pass  # rattler keeps none
        case ["index", channel]:
            asyncio.run(rattler.index.index_fs(channel))
        case _:
            print(f"error: this stand-in knows no command conda {' '.join(words)}")
            return 2
    return 0


code = run(sys.argv[1:])
sys.stdout.flush()
# Python is left at once: now and then rattler's threads crash while it shuts down.
os._exit(code)
