"""Conda environments hold what their programs need, and nothing else."""

import ast
import functools
import importlib.metadata
import json
import os
import pathlib
import re
import subprocess
import sys
import sysconfig

import pytest
import yaml
from conda_stand_in import channels
from helpers.rules import SCRIPTS, rules
from helpers.workflow import ROOT, TINY, TINY_SWEEPS, command, copy_of_coalflow, overlay
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

STAND_IN = ROOT / "tests" / "conda_stand_in"
ENVIRONMENTS = sorted((ROOT / "envs").glob("*.yaml"))

# Packages, as conda names them, where imports have other names.
IMPORT_TO_CONDA = {
    "matplotlib": "matplotlib-base",
    "pyBigWig": "pybigwig",
    "pydantic_core": "pydantic",  # which requires it in one exact version
    "sklearn": "scikit-learn",
    "tensorboardX": "tensorboardx",
    "torch": "pytorch",
    "vl_convert": "vl-convert-python",
    "yaml": "pyyaml",
}
# pandas reads and writes Parquet with a package that no program imports.
METHOD_TO_CONDA = {"read_parquet": "pyarrow", "to_parquet": "pyarrow"}
# Packages that other packages import, and whose versions matter: skops opens models of
# scikit-learn, and those compute with SciPy.
IMPORTED_BY = {"scikit-learn": "skops", "scipy": "scikit-learn"}

each_environment = pytest.mark.parametrize(
    "environment", ENVIRONMENTS, ids=lambda environment: environment.stem
)


def environment_of(rule_text):
    (name,) = re.findall(r'conda:\s+"\.\./\.\./envs/([\w-]+\.yaml)"', rule_text)
    return ROOT / "envs" / name


def programs_of(environment):
    return [rule for rule, text in rules().items() if environment_of(text) == environment]


def packages_of(environment):
    """Return the version of each package of a conda environment."""
    lines = yaml.safe_load(environment.read_text())["dependencies"]
    return dict(re.fullmatch(r"([\w-]+) =([\w.]+)", line).groups() for line in lines)


def required():
    """Return the version of each package of requirements.txt, by its name in conda."""
    found = re.findall(
        r"^([\w-]+)==([\w.]+)", (ROOT / "requirements.txt").read_text(), re.MULTILINE
    )
    return {channels.conda_name(name): version for name, version in found}


# What programs import ------------------------------------------------------------------------


def names_in(statement):
    """Return dotted names; of ``from a import b`` both ``a`` and ``a.b``, which may be a module."""
    if isinstance(statement, ast.Import):
        return [alias.name for alias in statement.names]
    module = statement.module
    return [module, *(f"{module}.{alias.name}" for alias in statement.names)]


def files_of(name):
    """Return the files in scripts/ that importing a dotted name runs, packages included."""
    parts = name.split(".")
    stems = [SCRIPTS.joinpath(*parts[:depth]) for depth in range(1, len(parts) + 1)]
    files = [file for stem in stems for file in (stem.with_suffix(".py"), stem / "__init__.py")]
    return [file for file in files if file.is_file()]


def is_for_types_alone(node):
    """Tell whether a statement runs only for type checkers."""
    return isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"


@functools.cache
def syntax_of(file):
    """Return the nodes of a file, but not what is there for type checkers alone."""
    nodes, waiting = [], [ast.parse(file.read_text())]
    while waiting:
        node = waiting.pop()
        nodes.append(node)
        children = ast.iter_child_nodes(node)
        waiting.extend(child for child in children if not is_for_types_alone(child))
    return nodes


def code_of(program):
    """Yield all nodes of the syntax of a program and of coalflow's modules that it imports."""
    waiting, seen = [SCRIPTS / f"{program}.py"], set()
    while waiting:
        file = waiting.pop()
        if file not in seen:
            seen.add(file)
            for node in syntax_of(file):
                yield node
                if isinstance(node, (ast.Import, ast.ImportFrom)):
                    waiting.extend(file for name in names_in(node) for file in files_of(name))


def imports_of(program):
    """Return the statements by which a program imports, in functions too."""
    return [node for node in code_of(program) if isinstance(node, (ast.Import, ast.ImportFrom))]


def packages_needed_by(program):
    """Return the third-party packages that a program imports, itself or by coalflow's modules."""
    modules = {name.split(".")[0] for node in imports_of(program) for name in names_in(node)}
    modules -= {"coalflow", *sys.stdlib_module_names}
    methods = {node.attr for node in code_of(program) if isinstance(node, ast.Attribute)}
    return {IMPORT_TO_CONDA.get(module, module) for module in modules} | {
        METHOD_TO_CONDA[method] for method in methods & set(METHOD_TO_CONDA)
    }


def test_imports_are_followed_through_modules_packages_and_functions():
    """Otherwise the tests below could pass because nothing is looked at."""
    needed = {"numpy", "pandas", "pyarrow", "pytorch", "rich", "safetensors"}
    assert needed <= packages_needed_by("train")
    assert "pytorch" not in packages_needed_by("simulate")


# What is written -----------------------------------------------------------------------------


@pytest.mark.parametrize("rule", rules())
def test_the_environment_of_a_rule_has_all_that_its_program_imports(rule):
    assert packages_needed_by(rule) - set(packages_of(environment_of(rules()[rule]))) == set()


@each_environment
def test_an_environment_has_nothing_that_no_program_imports(environment):
    installed = set(packages_of(environment))
    needed = {"python"} | {name for name, other in IMPORTED_BY.items() if other in installed}
    for program in programs_of(environment):
        needed |= packages_needed_by(program)
    assert installed - needed == set()


@each_environment
def test_conda_and_pip_install_the_same_versions(environment):
    pip = required()
    conda = packages_of(environment)
    del conda["python"]
    assert conda == {name: pip[name] for name in conda}


# What builds of PyTorch for CUDA require, and others do not.
OF_CUDA = re.compile("cuda-|nvidia-|triton$")


def locked():
    """Return the version of each package of requirements.lock, by its normalised name."""
    pins = [line.split()[0].split("==") for line in lines_of_lock()]
    assert all(canonicalize_name(name) == name for name, _ in pins)
    assert len(dict(pins)) == len(pins)
    return dict(pins)


def lines_of_lock():
    lines = (ROOT / "requirements.lock").read_text().splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def required_here(names):
    """Return packages and what they require, directly or not, on this system and Python."""
    found, waiting = {}, [*names]
    while waiting:
        name = canonicalize_name(waiting.pop())
        if name not in found and not OF_CUDA.match(name):
            found[name] = importlib.metadata.version(name).split("+")[0]  # torch's names the build
            for line in importlib.metadata.requires(name) or []:
                requirement = Requirement(line)
                if requirement.marker is None or requirement.marker.evaluate({"extra": ""}):
                    waiting.append(requirement.name)
    return found


def test_the_lock_has_what_the_requirements_ask_for_and_all_that_they_require():
    pins = re.findall(r"^([\w-]+)==(\S+)", (ROOT / "requirements.txt").read_text(), re.MULTILINE)
    needed = required_here([name for name, _ in pins])
    assert {canonicalize_name(name): version for name, version in pins}.items() <= needed.items()
    assert needed.items() <= locked().items()


def test_the_lock_suits_each_build_of_pytorch_and_each_registry():
    """Hashes are of one build, and so are packages of CUDA; addresses are of one registry."""
    assert not [name for name in locked() if OF_CUDA.match(name)]
    assert not [line for line in lines_of_lock() if "+" in line or "--" in line or "://" in line]


@each_environment
def test_environments_agree_on_python(environment):
    assert packages_of(environment)["python"] == packages_of(ENVIRONMENTS[0])["python"]


@each_environment
def test_channels_are_the_free_ones(environment):
    assert yaml.safe_load(environment.read_text())["channels"] == list(channels.CHANNELS)


# What a solver makes of it -------------------------------------------------------------------


class Conda:
    """The stand-in for conda, with channels of what is installed here."""

    def __init__(self, folder):
        self.folder = folder
        self.variables = {
            "CONDA_CHANNEL_ALIAS": (folder / "channels").as_uri(),
            "CONDA_PKGS_DIRS": str(folder / "packages"),
            "PATH": os.pathsep.join(
                [
                    str(STAND_IN / "bin"),
                    str(pathlib.Path(sys.executable).parent),
                    os.environ["PATH"],
                ]
            ),
        }
        channels.make(folder / "channels")
        for channel in channels.CHANNELS:
            self.succeed("conda", "index", str(folder / "channels" / channel))

    def run(self, *words, cwd=None, **variables):
        """Run a command where `conda` is the stand-in; return it finished, all output together."""
        return subprocess.run(
            words,
            cwd=cwd,
            env={**os.environ, **self.variables, **variables},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )

    def succeed(self, *words, **options):
        done = self.run(*words, **options)
        assert done.returncode == 0, done.stdout
        return done.stdout

    def create(self, file, name, **variables):
        """Make an environment from a file, with the words that Snakemake uses."""
        prefix = self.folder / name
        words = ["conda", "env", "create", "--quiet", "--no-default-packages", "--file"]
        self.succeed(*words, str(file), "--prefix", str(prefix), **variables)
        return prefix

    def create_with(self, name, *packages, **variables):
        """Make an environment of some packages."""
        file = self.folder / f"{name}.yaml"
        content = {"channels": list(channels.CHANNELS), "dependencies": list(packages)}
        file.write_text(yaml.safe_dump(content))
        return self.create(file, name, **variables)


@pytest.fixture(scope="module")
def conda(tmp_path_factory):
    named = packages_of(ENVIRONMENTS[0])["python"]
    if named != channels.PYTHON:
        pytest.skip(f"the environments name Python {named}, and this one is {channels.PYTHON}")
    return Conda(tmp_path_factory.mktemp("conda"))


def python_of(prefix):
    return str(prefix / "bin" / "python")


@each_environment
def test_an_environment_alone_can_import_all_that_its_programs_import(conda, environment):
    """In functions too. Its Python sees the packages of the environment and no others.

    Whether those in the home of the user are left out in a run, too, is tested below.
    """
    prefix = conda.create(environment, environment.stem)
    statements = {
        ast.unparse(node) for program in programs_of(environment) for node in imports_of(program)
    }
    told = "import sys\nprint(*(place for place in sys.path if place.endswith('-packages')))"
    code = "\n".join([*sorted(statements), told])
    variables = {"PYTHONPATH": str(SCRIPTS), "PYTHONNOUSERSITE": "1"}
    said = conda.succeed(python_of(prefix), "-c", code, **variables)
    assert said.split() == [str(prefix / channels.SITE_PACKAGES)]


def test_what_an_environment_lacks_cannot_be_imported(conda):
    prefix = conda.create_with("tables", "pandas")
    conda.succeed(python_of(prefix), "-c", "import pandas")
    done = conda.run(python_of(prefix), "-c", "import torch")
    assert "No module named 'torch'" in done.stdout


def test_versions_that_contradict_each_other_are_refused(conda):
    """So what the packages require of each other is known to the solver."""
    with pytest.raises(AssertionError, match="numpy"):
        conda.create_with("contradiction", "numba", "numpy <2")


def test_a_driver_decides_which_pytorch_is_installed(conda):
    """The environments leave it open; a driver can be promised or denied, as docs say."""
    for driver, build in {"12.9": "cuda129_202", "": "cpu_2"}.items():
        prefix = conda.create(
            ROOT / "envs" / "train.yaml", f"train_{build}", CONDA_OVERRIDE_CUDA=driver
        )
        (found,) = (prefix / "conda-meta").glob("pytorch-*.json")
        assert json.loads(found.read_text())["build"] == build


# Whole runs ----------------------------------------------------------------------------------

# Configs of tests, what is laid over them, and what is asked for: each environment is used.
RUNS = {
    TINY: (
        {
            "simulation": {"grid": {"population_size": [10000]}},
            "models": {"baselines": ["ridge"]},
            "training": {"epochs": 2},
            "search": {"trials": 2, "trials_per_round": 2},
        },
        ["all", "check", "learning_curve", "search"],
    ),
    TINY_SWEEPS: ({}, ["results/tiny_sweeps/shards/sweep=hard/00000.npz"]),
}
# They tell of times.
OF_THIS_MOMENT = {"benchmarks", "check", "logs"}


@pytest.fixture(scope="module")
def base(conda):
    """Make what one needs to begin with: Snakemake, conda, and demes, which checks histories."""
    versions = required()
    names = [f"{name} =={versions[name]}" for name in ("snakemake", "demes")]
    return conda.create_with("base", *names, "py-rattler")


def results_of(folder):
    """Return the bytes of all results, by their places."""
    results = folder / "results"
    places = [place for place in results.rglob("*") if place.is_file()]
    found = {place.relative_to(results): place.read_bytes() for place in places}
    return {place: text for place, text in found.items() if place.parts[1] not in OF_THIS_MOMENT}


def test_snakemake_alone_reads_the_workflow(conda, base, tmp_path):
    """Where conda brings the packages of all rules, nothing else must be installed."""
    _, *words = command("--dry-run", "--quiet", "rules")
    said = conda.succeed(python_of(base), *words, cwd=copy_of_coalflow(tmp_path))
    assert "simulate" in said


def poisoned_home(folder):
    """Return a folder as of a user in whose home there is another, broken NumPy."""
    place = pathlib.Path(sysconfig.get_path("purelib", f"{os.name}_user", {"userbase": folder}))
    place.mkdir(parents=True)
    (place / "numpy.py").write_text("raise ImportError('the NumPy in the home of the user')")
    return str(folder)


@pytest.mark.conda
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("case", RUNS)
def test_a_run_with_conda_gives_the_same_bytes(conda, base, tmp_path, case):
    """Each program runs in its environment alone, whatever else the user has."""
    sections, targets = RUNS[case]

    def run(name, python, *options, **variables):
        folder = tmp_path / name
        if not folder.exists():
            folder.mkdir()
            copy_of_coalflow(folder)
        configs = overlay(folder, "more.yaml", case, **sections)
        _, *words = command(*options, "--", *targets, configs=configs)
        conda.succeed(python, *words, cwd=folder, **variables)
        return results_of(folder)

    by_conda = ["--software-deployment-method", "conda"]
    home = poisoned_home(tmp_path / "home")
    run("with", python_of(base), "--conda-create-envs-only", *by_conda, PYTHONUSERBASE=home)
    results = run("with", python_of(base), *by_conda, PYTHONUSERBASE=home)
    assert results
    assert run("without", sys.executable) == results
