"""Programs start fast: each imports no large package beyond those that are listed here."""

import ast
import functools
import json
import subprocess
import sys

import pytest
from helpers.workflow import ROOT

SCRIPTS = ROOT / "scripts"
PROGRAMS = sorted(path.stem for path in SCRIPTS.glob("*.py"))
FIGURES = {"matplotlib", "pandas"}
NETS = {"safetensors", "torch"}
TABLES = {"pandas", "pyarrow"}
SIMULATORS = {"demes", "msprime", "scipy", "tskit"}
# Packages that take more than some hundredths of a second, and those that bring one: demesdraw
# brings scipy.optimize, and pandas brings pyarrow.
LARGE = {
    "cyvcf2", "demes", "demesdraw", "jinja2", "matplotlib", "msprime", "numba", "optuna", "pandas",
    "pyarrow", "safetensors", "scipy", "skops", "sklearn", "stdpopsim", "tensorboardX", "torch",
    "tskit", "yaml",
}  # fmt: skip
ALLOWED = {
    "attribute": {*FIGURES, *TABLES, *NETS, "tskit"},
    "calibrate": {*TABLES, "safetensors"},  # before models are opened
    "check": {*FIGURES, *SIMULATORS, "yaml"},
    "check_sweep": {*SIMULATORS, "numba"},
    "compare_restarts": {*FIGURES, *TABLES, *NETS},
    "describe_dataset": {*FIGURES, *TABLES, "scipy"},
    "describe_priors": {*FIGURES, *TABLES, "scipy"},
    "draw_contigs": {*FIGURES, *TABLES, "scipy", "tskit"},
    "draw_histories": {"demes", "demesdraw", "matplotlib", "msprime", "scipy"},
    "draw_regions": {*FIGURES, *TABLES, "scipy", "tskit"},
    "evaluate": {*FIGURES, *TABLES, "safetensors"},  # before models are opened
    "explain": {*FIGURES, *TABLES, *NETS},
    "export_scan": {*TABLES, "scipy", "tskit"},
    "find_failures": {*FIGURES, *TABLES, "scipy"},
    "fit_baseline": {*TABLES, "safetensors", "skops", "sklearn", "tskit"},
    "import_simulations": {"tskit"},
    "judge_ancestry": {*FIGURES, *TABLES, *NETS, "sklearn"},
    "join_scan": {*FIGURES, *TABLES, "scipy", "tskit"},
    "learning_curve": {*FIGURES, *TABLES, *NETS},
    "make_reference": {*TABLES, "safetensors", "scipy", "tskit"},  # before models are opened
    "measure_contigs": set(),
    "measure_observation": set(),
    "observe_genome": set(),
    "package": {*FIGURES, "jinja2", "safetensors"},
    "plan_genome": set(),
    "power": {*FIGURES, *TABLES, "safetensors", "scipy", "tskit"},
    "paint_genome": {*FIGURES, *TABLES, "safetensors", "sklearn"},  # before models are opened
    "permute": {*FIGURES, *TABLES, "safetensors", "tskit"},  # before models are opened
    "probe": {*FIGURES, *TABLES, *NETS, "tskit"},
    "propose_recipes": {"optuna", "pandas"},
    "read_contigs": set(),
    "recombination_map": {"msprime", "stdpopsim"},
    "report": {*FIGURES, "jinja2", "scipy", "tskit", "yaml"},
    "robustness": {*FIGURES, *TABLES, "safetensors", "scipy", "tskit"},
    "scan": {*TABLES, "safetensors", "scipy", "tskit"},  # before models are opened
    "scan_genome": {"yaml"},  # before its options are read
    "search": {*FIGURES, "yaml"},
    "simulate": SIMULATORS,
    "simulate_genome": {"cyvcf2", "demes", "msprime", "tskit"},
    "split": {*TABLES, "tskit"},
    "summarise": {*TABLES, "tskit"},
    "train": {*NETS, *TABLES, "tensorboardX"},
}
# Read by a package of those above, which no line of coalflow shows.
IMPORTED = "import json, runpy, sys; runpy.run_path(sys.argv[1]); print(json.dumps([*sys.modules]))"


@pytest.mark.parametrize("program", PROGRAMS)
def test_program_imports_what_it_is_allowed_and_uses(program):
    chains = find_chains(program)
    assert {name: chain for name, chain in chains.items() if name not in ALLOWED[program]} == {}
    assert ALLOWED[program] - set(chains) == set()


# Each brings something that others must do without.
@pytest.mark.parametrize(
    ("program", "without"),
    [
        ("fit_baseline", {"torch", "matplotlib"}),
        ("observe_genome", {"pandas", "scipy", "tskit"}),
        ("report", {"msprime", "sklearn", "torch"}),
        ("simulate", {"numba", "pandas", "scipy.special"}),
        ("train", {"matplotlib", "scipy", "sklearn", "torch._dynamo", "tskit"}),
    ],
)
def test_packages_bring_nothing_that_is_not_used(program, without):
    path = SCRIPTS / f"{program}.py"
    done = subprocess.run(
        [sys.executable, "-c", IMPORTED, path], check=True, cwd=SCRIPTS, stdout=subprocess.PIPE
    )
    assert without & set(json.loads(done.stdout)) == set()


def find_chains(program):
    """Return by what chain of modules a program imports each large package."""
    waiting, chains, seen = [(program,)], {}, set()
    while waiting:
        chain = waiting.pop(0)
        path = find_file(chain[-1])
        if path is None:
            package = chain[-1].split(".")[0]
            if package in LARGE:
                chains.setdefault(package, " imports ".join(chain))
        elif path not in seen:
            seen.add(path)
            waiting += [(*chain, name) for name in list_imports(path)]
    return chains


def find_file(name):
    """Return the file of a module of coalflow; None if it is not one."""
    base = SCRIPTS.joinpath(*name.split("."))
    files = [base.with_suffix(".py"), base / "__init__.py"]
    return next((path for path in files if path.is_file()), None)


@functools.cache
def list_imports(path):
    """Return the names of the modules that are imported when a module is."""
    names = []
    waiting = list(ast.parse(path.read_text(encoding="utf-8")).body)
    while waiting:
        node = waiting.pop(0)
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            within = [f"{node.module}.{alias.name}" for alias in node.names]
            names += [node.module, *(name for name in within if find_file(name))]
        elif isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            waiting += node.orelse
        elif not isinstance(node, ast.FunctionDef | ast.ClassDef | ast.Expr):
            waiting += [part for part in ast.iter_child_nodes(node) if isinstance(part, ast.stmt)]
    packages = [name.rsplit(".", depth)[0] for name in names for depth in range(name.count("."))]
    return list(dict.fromkeys([*names, *(name for name in packages if find_file(name))]))
