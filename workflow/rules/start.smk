# What every run needs, whatever its rules: coalflow's library, an environment, and how programs start.
import functools
import io
import os
import shutil
import sys
import tarfile
import tempfile
from pathlib import Path

from snakemake.logging import logger
from snakemake.settings.types import DeploymentMethod
from snakemake.sourcecache import HostingProviderFile, LocalGitFile
from snakemake_interface_logger_plugins.common import LogEvent


def check_out(source):
    """Return a folder with coalflow as it is in the commit that a module names.

    Of a module from a git repository, Snakemake fetches only the files with rules. Programs and
    library are taken from the same commit, once, into .snakemake of the working directory, which
    all nodes of a cluster see.
    """
    import git

    if isinstance(source, HostingProviderFile):
        repository = source.hosted_repo.repo
    else:
        repository = git.Repo(source.repo_path)
    commit = repository.commit(source.ref)
    folder = Path(".snakemake", "coalflow", commit.hexsha).absolute()
    if not folder.is_dir():
        folder.parent.mkdir(parents=True, exist_ok=True)
        # Several jobs may begin at the same time: each extracts, and the first one stays.
        with tempfile.TemporaryDirectory(prefix=".writing-", dir=folder.parent) as written:
            content = repository.git.archive(commit.hexsha, stdout_as_string=False)
            with tarfile.open(fileobj=io.BytesIO(content)) as archive:
                archive.extractall(Path(written, "tree"), filter="data")
            try:
                Path(written, "tree").rename(folder)
            except OSError:
                if not folder.is_dir():
                    raise
    return folder


def find_root(source):
    """Return the folder of coalflow: the one with these rules, or that of their commit."""
    if isinstance(source, (HostingProviderFile, LocalGitFile)):
        return check_out(source)
    return Path(source.get_path_or_uri(secret_free=True)).parents[1]


ROOT = find_root(workflow.current_basedir)
SCRIPTS = str(ROOT / "scripts")
# coalflow may be installed as well, in another version: this one is found first. Then it is last on
# the path, since programs in scripts/ must not hide anyone's modules.
sys.path.insert(0, SCRIPTS)
import coalflow
import coalflow_terminal

sys.path.remove(SCRIPTS)
sys.path.append(SCRIPTS)
if not os.path.samefile(Path(coalflow.__file__).parents[1], SCRIPTS):
    sys.exit(
        f"error: coalflow is used from {Path(coalflow.__file__).parents[2]} and from {ROOT}. A "
        "Snakefile can use one version of it: name the same in all modules, or write a Snakefile "
        "for each"
    )
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
