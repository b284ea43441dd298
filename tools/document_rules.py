"""Write docs/reference/rules.md, and draw docs/pictures/rules.svg, where Graphviz is installed.

Snakemake lists which rule needs what another makes, for a config in which all rules are needed, and
Graphviz places them. Only what follows from nothing else is drawn, or nobody could read it.

    python tools/document_rules.py
"""

import ast
import dataclasses
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping

import yaml

ROOT = pathlib.Path(__file__).resolve().parent.parent
PICTURE = ROOT / "docs" / "pictures" / "rules.svg"
PAGE = ROOT / "docs" / "reference" / "rules.md"
RULE = re.compile(r"^\s*(?:rule|use rule (\w+) as) (\w+)(?: with)?:", re.MULTILINE)
HEAD = """\
# Rules

<!-- Generated from workflow/rules and scripts: `make docs`. -->

A rule is a step of the workflow: Snakemake runs a job of it for each shard, net, restart, genome or
part of a genome. Each runs one program, which can also be run by hand (`--help`). An arrow leads to
what needs the result; arrows that follow from others are left out. What has a dashed frame is run
on request.

[![All rules, from simulations to the report](../pictures/rules.svg)](../pictures/rules.svg)

| stage | rule | what it does | program |
|---|---|---|---|
"""
#: By stage, the files of workflow/rules with its rules, and a colour.
STAGES = {
    "simulate": (("simulate", "import"), "#d5e8d4"),
    "observe": (("observe", "split"), "#dae8fc"),
    "train": (("train", "search", "learning_curve"), "#ffe6cc"),
    "evaluate": (("evaluate", "robustness", "power", "package", "check"), "#fff2cc"),
    "interpret": (("explain", "interpret"), "#e1d5e7"),
    "scan": (("genomes", "reference", "scan", "scan_model"), "#f8cecc"),
    "report": (("report",), "#eeeeee"),
}
ON_REQUEST = ["check", "learning_curve", "search", "robustness", "power", "package"]
VCF = """\
##fileformat=VCFv4.2
##contig=<ID=1,length=100000>
##FORMAT=<ID=GT,Number=1,Type=String,Description="Genotype">
#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\ta\tb
1\t100\t.\tA\tC\t.\tPASS\t.\tGT\t0|1\t1|1
"""
CONFIG = {
    "run": "rules",
    "seed": 1,
    "simulation": {
        "species": "HomSap",
        "chromosome": "22",
        "recombination_map": "HapMapII_GRCh38",
        "samples": 2,
        "sequence_length": 50000,
        "grid": {"sweep": ["neutral", "hard"]},
        "prior": {"selection_coefficient": {"log_uniform": [0.01, 0.1]}},
        "replicates": 100,
    },
    "observation": {"like": "mine.vcf"},
    "encoding": {"sites": 40, "pad": True},
    "target": "sweep",
    "evaluation": {"robustness": {"parameters": {"mutation_rate": [1.0e-8]}}},
    "genomes": {
        "mine": {
            "simulate": {
                "population_size": 10000,
                "sequence_length": 2000000,
                "recombination_rate": 1.0e-8,
            },
            "outputs": ["bigwig"],
            "show": ["1"],
        }
    },
}
# Some rules are of no such run: one simulates elsewhere, one scans without a run, and two are about
# the ancestry of each base.
ELSEWHERE = {
    ("import_simulations", "split"),
    ("package", "scan_genome"),
    ("train", "judge_ancestry"),
    ("judge_ancestry", "paint_genome"),
    ("observe_genome", "paint_genome"),
    ("paint_genome", "report"),
}
# Recipes are proposed after those of earlier rounds: a circle of rules, though not of jobs.
BACK = {("try_recipe", "propose_recipes")}

# What rules are for that run the program of another one.
SAME_PROGRAM = {
    "simulate_null": "neutral windows, with which scans are compared",
    "simulate_power": "sweeps, to see which of them a scan finds",
    "simulate_robustness": "windows unlike those in training",
    "train_on_part": "from a part of the training windows",
    "try_recipe": "with a recipe of a search",
}

Edges = set[tuple[str, str]]


@dataclasses.dataclass(frozen=True)
class Rule:
    """A rule: its stage, and the program that it runs."""

    stage: str
    program: str


def list_rules() -> dict[str, Rule]:
    """Return all rules by their names, in the order of the stages."""
    folder = ROOT / "workflow" / "rules"
    return {
        name: Rule(stage, base or name)
        for stage, (files, _) in STAGES.items()
        for file in files
        for base, name in RULE.findall((folder / f"{file}.smk").read_text(encoding="utf-8"))
    }


def write_page() -> str:
    """Return the text of docs/reference/rules.md."""
    rows = []
    for name, rule in list_rules().items():
        source = (ROOT / "scripts" / f"{rule.program}.py").read_text(encoding="utf-8")
        (what, *_) = (ast.get_docstring(ast.parse(source)) or "").splitlines()
        what = f"{what} Here: {SAME_PROGRAM[name]}." if name in SAME_PROGRAM else what
        rows.append(f"| {rule.stage} | `{name}` | {what} | `scripts/{rule.program}.py` |\n")
    return HEAD + "".join(rows)


def ask_snakemake() -> Edges:
    """Return pairs of rules: one, and another that needs what it makes."""
    with tempfile.TemporaryDirectory() as folder:
        (pathlib.Path(folder) / "mine.vcf").write_text(VCF, encoding="utf-8")
        config = pathlib.Path(folder) / "rules.yaml"
        config.write_text(yaml.safe_dump(CONFIG), encoding="utf-8")
        command = [sys.executable, "-m", "snakemake", "--rulegraph", "--cores", "1"]
        command += ["--snakefile", str(ROOT / "Snakefile"), "--directory", folder]
        command += ["--configfile", str(config), "--", "all", *ON_REQUEST]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(done.stdout + done.stderr)
    names = dict(re.findall(r'^\s*(\d+)\[label = "(\w+)', done.stdout, re.M))
    edges = re.findall(r"^\s*(\d+) -> (\d+)", done.stdout, re.M)
    return {
        (names[one], names[other]) for one, other in edges if other != one and names[other] != "all"
    }


def reduce_edges(edges: Edges) -> Edges:
    """Return the edges without those that a longer way replaces.

    Examples
    --------
    >>> sorted(reduce_edges({("a", "b"), ("b", "c"), ("a", "c")}))
    [('a', 'b'), ('b', 'c')]
    """
    after: dict[str, set[str]] = {}
    for one, other in edges:
        after.setdefault(one, set()).add(other)

    def list_reached(rule: str) -> set[str]:
        return set().union(*({each} | list_reached(each) for each in after.get(rule, ())))

    further = {rule: set().union(*map(list_reached, after[rule])) for rule in after}
    return {(one, other) for one, other in edges if other not in further[one]}


def write_graph(rules: Mapping[str, Rule], edges: Iterable[tuple[str, str]]) -> str:
    """Return the graph in Graphviz's language."""
    colours = {stage: colour for stage, (_, colour) in STAGES.items()}
    lines = [
        "digraph rules {",
        "  graph [rankdir=TB, ranksep=0.3, nodesep=0.12, bgcolor=white, fontname=sans]",
        '  node [shape=box, style="rounded,filled", fontname=sans, fontsize=13, height=0.3]',
        '  edge [color="#888888", arrowsize=0.6]',
    ]
    for name, rule in rules.items():
        dashed = ', style="rounded,filled,dashed"' if name in (*ON_REQUEST, "scan_genome") else ""
        lines.append(f'  {name} [label="{name}", fillcolor="{colours[rule.stage]}"{dashed}]')
    lines += [f"  {one} -> {other}" for one, other in sorted(edges)]
    return "\n".join([*lines, "}", ""])


def draw_rules() -> str:
    """Return the picture as SVG, without what depends on the version of Graphviz."""
    graph = write_graph(list_rules(), reduce_edges(ask_snakemake() - BACK | ELSEWHERE))
    svg = subprocess.run(
        ["dot", "-Tsvg"], input=graph, capture_output=True, text=True, check=True
    ).stdout
    svg = re.sub(r"<!--.*?-->\n?|<!DOCTYPE.*?>\n?", "", svg, flags=re.DOTALL)
    return svg.replace("<title>rules</title>", "<title>The rules of coalflow</title>")


if __name__ == "__main__":
    PAGE.write_text(write_page(), encoding="utf-8")
    if shutil.which("dot"):
        PICTURE.write_text(draw_rules(), encoding="utf-8")
    else:
        print(f"{PICTURE.relative_to(ROOT)} stays as it is: Graphviz (dot) is not installed")
