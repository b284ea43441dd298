"""Digests of code and data, by which Snakemake knows what must be rerun.

Snakemake sees when a rule or its parameters change, not when a module that the rule's program
imports does. So every rule carries a digest of the program and of all coalflow modules that it
imports, directly or not. The digest is of what the code does: comments, docstrings, descriptions
under fields and layout do not count. Nor does the version of Python that reads it.

Imports are found by reading the code. A module that loads the modules of a package by name, with
``importlib``, must say so in a line ``LOADED_BY_NAME = "coalflow.the.package"``: then all modules
of that package count as imported.
"""

from __future__ import annotations

import ast
import functools
import hashlib
import itertools
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

SCRIPTS = Path(__file__).resolve().parents[2]
DOCUMENTED = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
DECLARATION = "LOADED_BY_NAME"
PACKAGE = Path(__file__).resolve().parents[1].name


def digest_value(value: Any) -> str:
    """Return a short digest of a value.

    Parameters
    ----------
    value : object
        Anything that JSON can write.

    Raises
    ------
    ValueError
        If JSON cannot write it, such as nan.

    Examples
    --------
    >>> digest_value({"seed": 2018})
    '328d091e6897743c'
    """
    text = json.dumps(value, sort_keys=True, allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def digest_program(name: str) -> str:
    """Return a short digest of the program ``<name>.py`` and all it imports of coalflow."""
    code = collect_code(name)
    return digest_value(
        [(path.relative_to(SCRIPTS).as_posix(), code[path]) for path in sorted(code)]
    )


def collect_code(name: str) -> dict[Path, list[str]]:
    """Return the code of the program ``<name>.py`` and of all it imports of coalflow.

    Parameters
    ----------
    name : str

    Returns
    -------
    dict of Path to list of str
        For each file, what it does: its code without comments, docstrings and layout, and its
        templates.
    """
    reached: dict[Path, list[str]] = {}
    waiting = [SCRIPTS / f"{name}.py"]
    while waiting:
        path = waiting.pop()
        if path not in reached:
            meaning, names = _read_module(path.read_text(encoding="utf-8"))
            reached[path] = [meaning, *_read_templates(path)]
            for imported in names:
                waiting.extend(_list_files(imported, SCRIPTS))
                if imported.endswith(".*"):
                    folder = SCRIPTS.joinpath(*imported.split(".")[:-1])
                    waiting.extend(folder.glob("*.py"))
    return reached


@functools.cache
def _read_module(source: str) -> tuple[str, list[str]]:
    """Return what a module does and the dotted coalflow names that it imports.

    The first is its syntax tree without docstrings and descriptions; it has no comments. Names are
    also those imported inside functions, but not those for type checkers alone. ``package.*``
    stands for all modules of a package.
    """
    tree, names = ast.parse(source), []
    for node in _walk_what_runs(tree):
        if isinstance(node, DOCUMENTED):
            node.body = [part for part in node.body if not _is_text(part)] or [ast.Pass()]
        elif isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names += [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
        elif isinstance(node, ast.Assign) and _is_declaration(node.targets[0]):
            names.append(f"{ast.literal_eval(node.value)}.*")
    pieces: list[str] = []
    _write_node(tree, pieces)
    return "".join(pieces), [name for name in names if name.split(".")[0] == PACKAGE]


def _walk_what_runs(tree: ast.AST) -> Iterator[ast.AST]:
    """Yield all nodes but those for type checkers alone."""
    yield tree
    for node in ast.iter_child_nodes(tree):
        if not (isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"):
            yield from _walk_what_runs(node)


def _write_node(node: ast.AST, pieces: list[str]) -> None:
    """Append a syntax tree as text, the same in all versions of Python.

    ``ast.dump`` is not: versions add fields, which older code leaves empty, and differ in how they
    cut the text of f-strings. So empty fields are left out, and text is put together.
    """
    pieces.append(f"{node.__class__.__name__}(")
    for field in node._fields:
        value = getattr(node, field, None)
        if value is None or value == []:
            continue
        pieces.append(f"{field}=")
        if isinstance(value, ast.AST):
            _write_node(value, pieces)
        elif isinstance(value, list):
            for part in _join_text(value) if isinstance(node, ast.JoinedStr) else value:
                if isinstance(part, ast.AST):
                    _write_node(part, pieces)
                else:
                    pieces.append(ascii(part))
                pieces.append(",")
        else:
            pieces.append(ascii(value))
        pieces.append(";")
    pieces.append(")")


def _join_text(parts: list[ast.expr]) -> Iterator[ast.expr]:
    """Yield the parts of an f-string, neighbouring texts as one, none of them empty."""
    for is_text, group in itertools.groupby(parts, lambda part: isinstance(part, ast.Constant)):
        if is_text:
            text = "".join(str(part.value) for part in group if isinstance(part, ast.Constant))
            yield from [ast.Constant(text)] if text else []
        else:
            yield from group


def _is_declaration(target: ast.expr) -> bool:
    return isinstance(target, ast.Name) and target.id == DECLARATION


def _is_text(statement: ast.stmt) -> bool:
    """Tell whether a statement is only text: a docstring, or the description of a field."""
    return (
        isinstance(statement, ast.Expr)
        and isinstance(statement.value, ast.Constant)
        and isinstance(statement.value.value, str)
    )


def _read_templates(path: Path) -> list[str]:
    """Return the templates of the same name as a module, which are part of what it does."""
    pages = _list_templates(path.parent / "templates")
    return [
        page.read_text(encoding="utf-8") for page in pages if page.name.split(".")[0] == path.stem
    ]


# A Snakefile makes the digests of some twenty programs, which share most files.
@functools.cache
def _list_templates(folder: Path) -> tuple[Path, ...]:
    return tuple(sorted(folder.glob("*")))


@functools.cache
def _list_files(name: str, scripts: Path) -> tuple[Path, ...]:
    """Return the files of a dotted module name and those of the packages around it."""
    parts, files = name.split("."), []
    for depth in range(1, len(parts) + 1):
        base = scripts.joinpath(*parts[:depth])
        files += [base.with_suffix(".py"), base / "__init__.py"]
    return tuple(file for file in files if file.is_file())
