"""coalflow as a Python package: installed somewhere else, with the versions it says it takes."""

import ast
import json
import re
import shutil
import subprocess
import sys
import sysconfig
import tomllib

import pytest
from helpers.workflow import ROOT
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from coalflow import read_version

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
EXTRA = PROJECT["optional-dependencies"]["workflow"]
# Of modules, where packages have other names.
PACKAGES = {"jinja2": "jinja2", "sklearn": "scikit-learn", "vl_convert": "vl-convert-python",
            "yaml": "pyyaml"}  # fmt: skip
# All that is imported when a genome is predicted, and a page is written.
USE = """
import json, sys
import coalflow
from coalflow.command import genome_check, main
from coalflow.report.scans import scan_page
import coalflow.genomes.readers.vcf_zarr, coalflow.genomes.readers.tree_sequence
import coalflow.models.storage.nets, coalflow.models.storage.baselines
[getattr(coalflow, name) for name in coalflow.__all__]
print(json.dumps([coalflow.__file__, sorted({name.partition(".")[0] for name in sys.modules})]))
"""


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """Install coalflow into an environment that sees the packages of this one."""
    folder = tmp_path_factory.mktemp("installed")
    source, environment = folder / "source", folder / "environment"
    ignore = shutil.ignore_patterns("__pycache__", "*.egg-info")
    shutil.copytree(ROOT / "scripts", source / "scripts", ignore=ignore)
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source / name)
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", environment], check=True)
    (packages,) = environment.glob("lib/python*/site-packages")
    (packages / "others.pth").write_text(sysconfig.get_path("purelib"))
    install(environment, source)
    return environment


def install(environment, source, *how):
    python = environment / "bin" / "python"
    options = ["--quiet", "--offline", "--no-deps", "--no-build-isolation"]
    command = [sys.executable, "-m", "uv", "pip", "install", "--python", python, *options]
    subprocess.run([*command, *how, source], check=True)


def run(environment, *words):
    return subprocess.run(
        [environment / "bin" / words[0], *words[1:]],
        cwd=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_an_installed_package_is_whole_and_has_its_command(installed):
    done = run(installed, "python", "-c", USE)
    assert done.returncode == 0, done.stderr
    file, modules = json.loads(done.stdout)
    assert file.startswith(str(installed))
    assert run(installed, "coalflow", "--version").stdout == f"coalflow {read_version()}\n"
    (package,) = installed.glob("lib/python*/site-packages/coalflow")
    files = {path.relative_to(package) for path in package.rglob("*") if path.is_file()}
    library = ROOT / "scripts" / "coalflow"
    mine = {path.relative_to(library) for path in library.rglob("*") if path.is_file()}
    assert {path for path in mine if "__pycache__" not in path.parts} <= files
    # None of the programs of the workflow, nor anything of the workflow's extra.
    assert [path.name for path in package.parent.glob("*.py")] == []
    extra = {canonicalize_name(Requirement(each).name) for each in EXTRA}
    assert not extra & {canonicalize_name(name) for name in modules} - {"demes"}


def test_an_editable_installation_is_the_clone(tmp_path, installed):
    source = installed.parent / "source"
    environment = tmp_path / "environment"
    shutil.copytree(installed, environment, symlinks=True)
    install(environment, source, "--editable")
    done = run(environment, "python", "-c", "import coalflow; print(coalflow.__file__)")
    assert done.stdout.strip() == str(source / "scripts" / "coalflow" / "__init__.py")


# Versions ----------------------------------------------------------------------------------------


def pinned():
    """Return the version of each package of requirements.txt."""
    text = (ROOT / "requirements.txt").read_text()
    found = re.findall(r"^([\w.-]+)==(\S+)", text, re.MULTILINE)
    return {canonicalize_name(name): version for name, version in found}


@pytest.mark.parametrize("line", [*PROJECT["dependencies"], *EXTRA])
def test_ranges_of_versions_begin_with_those_that_are_tested(line):
    requirement = Requirement(line)
    version = pinned()[canonicalize_name(requirement.name)]
    assert version in requirement.specifier
    (lowest,) = [each.version for each in requirement.specifier if each.operator == ">="]
    assert version.startswith(lowest)


def test_what_the_library_imports_is_required():
    listed = {canonicalize_name(Requirement(each).name) for each in PROJECT["dependencies"]}
    extra = {canonicalize_name(Requirement(each).name) for each in EXTRA}
    imported = set()
    for path in (ROOT / "scripts" / "coalflow").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            names = []
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                names = [node.module]
            imported |= {name.partition(".")[0] for name in names}
    foreign = imported - sys.stdlib_module_names - {"coalflow"}
    named = {canonicalize_name(PACKAGES.get(name, name)) for name in foreign}
    assert named - {"pydantic-core"} <= listed | extra
    # pyarrow is what pandas reads with, and SciPy what scikit-learn computes with.
    assert listed | extra <= named | {"snakemake", "snakemake-executor-plugin-slurm"}
