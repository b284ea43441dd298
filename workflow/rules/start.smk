# What every run needs, whatever its rules: coalflow's library, an environment, and how programs start.
import functools
import os
import shutil
import sys
from pathlib import Path

from snakemake.logging import logger
from snakemake.settings.types import DeploymentMethod
from snakemake_interface_logger_plugins.common import LogEvent

ROOT = Path(workflow.current_basedir.get_path_or_uri(secret_free=True)).parents[1]
# Last on the path: programs in scripts/ must not hide anyone's modules.
sys.path.append(str(ROOT / "scripts"))
# Rules call `python`: the one that runs Snakemake, unless conda brings its own.
os.environ.update(PATH=os.pathsep.join([str(Path(sys.executable).parent), *os.get_exec_path()]))
# Conda's own would take packages from the user's home before those of its environment.
if DeploymentMethod.CONDA in workflow.deployment_settings.deployment_method:
    os.environ.update(PYTHONNOUSERSITE="1")

from coalflow.core import digests, parent_process
from coalflow.core.errors import CoalflowError, explain_locale
from coalflow.core.files import refuse_unwritable, remove_unfinished
from coalflow_terminal.interruptions import watch_signals

# A home that cannot be written needs XDG_CACHE_HOME, for Snakemake; Matplotlib has its own variable.
if cache := os.getenv("XDG_CACHE_HOME"):
    os.environ.setdefault("MPLCONFIGDIR", os.path.join(cache, "matplotlib"))
# Names may have characters that the locale of the terminal has not.
for stream in (sys.stdout, sys.stderr):
    if hasattr(stream, "reconfigure"):
        stream.reconfigure(errors="backslashreplace")

# Programs end if Snakemake is killed.
parent_process.announce_parent()

try:
    refuse_unwritable(".snakemake")  # where Snakemake keeps its records
except CoalflowError as error:
    sys.exit(explain_locale(f"error: {error}"))


# The same for all shards, of which there are many.
digest_program = functools.cache(digests.digest_program)


def program(name):
    """Return the path of a program, relative to Snakemake's working directory."""
    return os.path.relpath(ROOT / "scripts" / f"{name}.py")


def find_index(path):
    """Return the index of a file, by which parts of it are read; none if it has none."""
    return [f"{path}{end}" for end in (".csi", ".tbi") if os.path.isfile(f"{path}{end}")][:1]
