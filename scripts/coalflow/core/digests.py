"""Digests of code and data, by which Snakemake knows what must run again.

Snakemake sees when a rule or its parameters change, not when a module that the
rule's program imports does. So every rule carries a digest of the program and
of all coalflow modules that it imports, directly or not. The digest is of what
the code does: comments, docstrings and layout don't count.

Imports are found by reading the code. A module that loads the modules of a package by name, with
``importlib``, must say so in a line ``LOADED_BY_NAME = "coalflow.the.package"``: then all modules
of that package count as imported.
"""

import ast
import functools
import hashlib
import json
import pathlib

SCRIPTS = pathlib.Path(__file__).resolve().parents[2]
DOCUMENTED = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
DECLARATION = "LOADED_BY_NAME"
PACKAGE = pathlib.Path(__file__).resolve().parents[1].name


def digest_value(value):
    """Return a short digest of anything that JSON can write."""
    text = json.dumps(value, sort_keys=True, allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def digest_program(name):
    """Return a short digest of the program ``<name>.py`` and all it imports of coalflow."""
    reached, waiting = {}, [SCRIPTS / f"{name}.py"]
    while waiting:
        path = waiting.pop()
        if path not in reached:
            meaning, names = _read(path.read_text())
            reached[path] = [meaning, *_templates(path)]
            waiting.extend(file for name in names for file in _files_of(name))
    return digest_value(
        [(path.relative_to(SCRIPTS).as_posix(), reached[path]) for path in sorted(reached)]
    )


@functools.cache
def _read(source):
    """Return what a module does and the dotted coalflow names that it imports.

    The first is its source with comments, docstrings and layout taken out; names are also
    those imported inside functions. ``package.*`` stands for all modules of a package.
    """
    tree, names = ast.parse(source), []
    for node in ast.walk(tree):
        if isinstance(node, DOCUMENTED):
            node.body = [part for part in node.body if not _is_text(part)] or [ast.Pass()]
        elif isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names += [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
        elif isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == DECLARATION:
            names.append(f"{ast.literal_eval(node.value)}.*")
    return ast.unparse(tree), [name for name in names if name.split(".")[0] == PACKAGE]


def _is_text(statement):
    """Tell whether a statement is but a text: a docstring, or the description of a field."""
    return (
        isinstance(statement, ast.Expr)
        and isinstance(statement.value, ast.Constant)
        and isinstance(statement.value.value, str)
    )


def _templates(path):
    """Return the templates of the same name as a module, which are part of what it does."""
    return [page.read_text() for page in sorted(path.parent.glob(f"templates/{path.stem}.*"))]


def _files_of(name):
    """Return the files of a dotted module name and those of the packages around it."""
    parts = name.split(".")
    for depth in range(1, len(parts) + 1):
        base = SCRIPTS.joinpath(*parts[:depth])
        for path in (base.with_suffix(".py"), base / "__init__.py"):
            if path.is_file():
                yield path
    if parts[-1] == "*":
        yield from SCRIPTS.joinpath(*parts[:-1]).glob("*.py")
