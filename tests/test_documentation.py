"""What is written down twice says the same twice: schema, README, requirements, rules, programs."""

import ast
import pathlib
import re
import sys

import pytest
import yaml

import document_config
from coalflow.config import read_schema

ROOT = pathlib.Path(__file__).resolve().parent.parent
SCRIPTS = ROOT / "scripts"
ENVIRONMENTS = sorted((ROOT / "envs").glob("*.yaml"))
NO_RULE_OF_ITS_OWN = {"document_config"}

# Names in conda where they differ from those in requirements.txt.
CONDA_TO_PIP = {"pytorch": "torch", "matplotlib-base": "matplotlib"}
# Packages, as conda names them, where imports have other names.
IMPORT_TO_CONDA = {
    "matplotlib": "matplotlib-base",
    "sklearn": "scikit-learn",
    "tensorboardX": "tensorboardx",
    "torch": "pytorch",
    "yaml": "pyyaml",
}
# Packages that other packages import, and whose versions matter: pandas writes Parquet with
# pyarrow, skops opens models of scikit-learn, and those compute with SciPy.
IMPORTED_BY = {"pyarrow": "pandas", "scikit-learn": "skops", "scipy": "scikit-learn"}


def rules():
    """Return the text of each rule of workflow/rules, by its name."""
    texts = {}
    for file in sorted((ROOT / "workflow" / "rules").glob("*.smk")):
        _, *parts = re.split(r"^rule (\w+):\n", file.read_text(), flags=re.MULTILINE)
        texts.update(zip(parts[::2], parts[1::2], strict=True))
    return texts


def environment_of(rule_text):
    (name,) = re.findall(r'conda:\s+"\.\./\.\./envs/([\w-]+\.yaml)"', rule_text)
    return ROOT / "envs" / name


def packages_of(environment):
    """Return the version of each package of a conda environment."""
    lines = yaml.safe_load(environment.read_text())["dependencies"]
    return dict(re.fullmatch(r"([\w-]+) =([\w.]+)", line).groups() for line in lines)


def required():
    """Return the version of each package of requirements.txt, names in lower case."""
    found = re.findall(
        r"^([\w-]+)==([\w.]+)", (ROOT / "requirements.txt").read_text(), re.MULTILINE
    )
    return {name.lower(): version for name, version in found}


# Imports -------------------------------------------------------------------------------------


def statements(node, inside_functions):
    """Yield what runs when a module is imported; with ``inside_functions``, all there is."""
    for child in ast.iter_child_nodes(node):
        if inside_functions or not isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield child
            yield from statements(child, inside_functions)


def names_imported_by(file, inside_functions):
    """Return dotted names; of ``from a import b`` both ``a`` and ``a.b``, which may be a module."""
    names = set()
    for node in statements(ast.parse(file.read_text()), inside_functions):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            names.add(node.module)
            names.update(f"{node.module}.{alias.name}" for alias in node.names)
    return names


def files_of(name):
    """Return the files in scripts/ that importing a dotted name runs, packages included."""
    parts = name.split(".")
    stems = [SCRIPTS.joinpath(*parts[:depth]) for depth in range(1, len(parts) + 1)]
    files = [file for stem in stems for file in (stem.with_suffix(".py"), stem / "__init__.py")]
    return [file for file in files if file.is_file()]


def packages_needed_by(program, inside_functions=False):
    """Return the third-party packages that a program imports, itself or by coalflow's modules."""
    waiting, seen, packages = [SCRIPTS / f"{program}.py"], set(), set()
    while waiting:
        file = waiting.pop()
        if file not in seen:
            seen.add(file)
            for name in names_imported_by(file, inside_functions):
                first = name.split(".")[0]
                if first == "coalflow":
                    waiting.extend(files_of(name))
                elif first not in sys.stdlib_module_names:
                    packages.add(IMPORT_TO_CONDA.get(first, first))
    return packages


def test_imports_are_followed_through_modules_and_packages():
    """Otherwise the tests below could pass because nothing is looked at."""
    assert {"numpy", "pandas", "pytorch", "safetensors", "skops"} <= packages_needed_by("train")
    assert "rich" not in packages_needed_by("simulate")
    assert "rich" in packages_needed_by("simulate", inside_functions=True)


# Rules, programs and environments ------------------------------------------------------------


def test_rules_and_programs_are_the_same():
    programs = {file.stem for file in SCRIPTS.glob("*.py")} - NO_RULE_OF_ITS_OWN
    assert set(rules()) == programs


@pytest.mark.parametrize("rule", rules())
def test_a_rule_runs_the_program_of_its_name(rule):
    text = rules()[rule]
    assert re.findall(r'\bprogram\("(\w+)"\)', text) == [rule]
    assert re.findall(r'\bsettings\(\s*"(\w+)"', text) == [rule]
    assert re.search(r"(python |\{params\.python\} )\{params\.program:q\} ", text)
    assert "--settings {params.settings:q}" in text


# `check` writes but to be looked at: its files are no outputs, and stay where it ran.
@pytest.mark.parametrize("rule", sorted({*rules()} - {"check"}))
def test_a_rule_finds_folders_by_its_files(rule):
    (told,) = re.findall(r"^    params:\n(.*?)^    shell:", rules()[rule], re.MULTILINE | re.DOTALL)
    # A storage plugin puts files elsewhere than the config's names say.
    assert not re.search(r"\b(RESULTS|SEARCH)\b", told)


@pytest.mark.parametrize("rule", rules())
def test_the_environment_of_a_rule_has_all_that_its_program_imports(rule):
    assert packages_needed_by(rule) - set(packages_of(environment_of(rules()[rule]))) == set()


@pytest.mark.parametrize("environment", ENVIRONMENTS, ids=lambda file: file.stem)
def test_an_environment_has_nothing_that_no_program_imports(environment):
    installed = set(packages_of(environment))
    needed = {"python"} | {name for name, other in IMPORTED_BY.items() if other in installed}
    for rule, text in rules().items():
        if environment_of(text) == environment:
            needed |= packages_needed_by(rule, inside_functions=True)
    assert installed - needed == set()


@pytest.mark.parametrize("environment", ENVIRONMENTS, ids=lambda file: file.stem)
def test_conda_and_pip_install_the_same_versions(environment):
    pip = required()
    conda = packages_of(environment)
    del conda["python"]
    assert conda == {name: pip[CONDA_TO_PIP.get(name, name)] for name in conda}


@pytest.mark.parametrize("environment", ENVIRONMENTS, ids=lambda file: file.stem)
def test_environments_agree_on_python(environment):
    assert packages_of(environment)["python"] == packages_of(ENVIRONMENTS[0])["python"]


@pytest.mark.parametrize("environment", ENVIRONMENTS, ids=lambda file: file.stem)
def test_channels_are_the_free_ones(environment):
    assert yaml.safe_load(environment.read_text())["channels"] == ["conda-forge", "bioconda"]


# The schema and the README -------------------------------------------------------------------


def described(node, place=()):
    """Yield the place and the description of each key of the schema, at any depth."""
    if isinstance(node, dict):
        for key, inner in node.get("properties", {}).items():
            yield (*place, key), inner.get("description")
        for key, inner in node.items():
            yield from described(inner, (*place, key))


def test_every_key_has_a_description():
    schema = read_schema(document_config.SCHEMA)
    found = dict(described(schema))
    assert ("properties", "genomes", "additionalProperties", "path") in found
    assert ("$defs", "epoch", "end_time") in found
    assert [place for place, text in found.items() if not text] == []


def test_the_table_of_keys_is_that_of_the_schema():
    """`make docs` mends it."""
    assert document_config.README.read_text() == document_config.documented()


def test_every_key_is_in_the_table():
    table = document_config.documented().split(document_config.MARK)[1]
    keys = {place[-1] for place, _ in described(read_schema(document_config.SCHEMA))}
    rows = {key.split(".")[-1] for key in re.findall(r"^\| `([^`]+)` \|", table, re.MULTILINE)}
    assert keys == rows
