"""Digests of code and data, by which Snakemake knows what must be rerun.

Snakemake sees when a rule or its parameters change, not when a module that the rule's program
imports does. So every rule carries a digest of the program and of all coalflow modules that it
imports, directly or not. The digest is of what the code does: comments, docstrings, descriptions
under fields and layout do not count. Nor does the version of Python that reads it.

Imports are found by reading the code. A module that loads the modules of a package by name, with
``importlib``, must say so in a line ``LOADED_BY_NAME = "coalflow.the.package"``: then all modules
of that package count as imported.

Reading all code takes longer than all else that Snakemake does at its start. So what was read is
kept next to what Python compiles, in ``__pycache__``, until the code changes.
"""

from __future__ import annotations

import ast
import contextlib
import functools
import hashlib
import itertools
import json
import os
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

SCRIPTS = Path(__file__).resolve().parents[2]
DOCUMENTED = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
NAMING = (ast.Import, ast.ImportFrom, ast.Assign)
DECLARATION = "LOADED_BY_NAME"
RENDERER, PAGES = "rendering", ".html.j2"
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
    """Return digests of the program ``<name>.py`` and of all it imports of coalflow.

    Parameters
    ----------
    name : str

    Returns
    -------
    dict of Path to list of str
        For each file, digests of what it does, its code without comments, docstrings and layout,
        and of its templates.
    """
    reached: dict[Path, list[str]] = {}
    waiting = [SCRIPTS / f"{name}.py"]
    while waiting:
        path = waiting.pop()
        if path not in reached:
            digest, names = _digest_module(path.read_text(encoding="utf-8"), path)
            reached[path] = [digest, *_digest_templates(path)]
            for imported in names:
                waiting.extend(_list_files(imported, SCRIPTS))
                if imported.endswith(".*"):
                    folder = SCRIPTS.joinpath(*imported.split(".")[:-1])
                    waiting.extend(folder.glob("*.py"))
    return reached


# A Snakefile makes the digests of some twenty programs, which share most files.
@functools.cache
def _digest_module(source: str, path: Path) -> tuple[str, list[str]]:
    """Return a digest of what a module does, and the dotted coalflow names that it imports."""
    kept = path.parent / "__pycache__" / f"{path.stem}.digest"
    key = digest_value([source, _read_own_source()])
    with contextlib.suppress(OSError, ValueError, TypeError):  # there is none, or it is damaged
        key_then, digest, names = json.loads(kept.read_text(encoding="utf-8"))
        if key_then == key:
            return digest, names
    meaning, names = _read_module(source)
    digest = digest_value(meaning)
    if not sys.dont_write_bytecode:
        with contextlib.suppress(OSError):  # nothing can be written there
            kept.parent.mkdir(exist_ok=True)
            writing = kept.with_name(f"{kept.name}.{os.getpid()}")
            writing.write_text(json.dumps([key, digest, names]), encoding="utf-8")
            writing.replace(kept)
    return digest, names


@functools.cache
def _read_own_source() -> str:
    return Path(__file__).read_text(encoding="utf-8")


@functools.cache
def _read_module(source: str) -> tuple[str, list[str]]:
    """Return what a module does and the dotted coalflow names that it imports.

    The first is its syntax tree without docstrings and descriptions; it has no comments. Names are
    also those imported inside functions, but not those for type checkers alone. ``package.*``
    stands for all modules of a package.
    """
    pieces: list[str] = []
    names: list[str] = []
    _write_node(ast.parse(source), pieces, names)
    return "".join(pieces), [name for name in names if name.split(".")[0] == PACKAGE]


def _write_node(node: ast.AST, pieces: list[str], names: list[str] | None) -> None:
    """Append a syntax tree as text, the same in all versions of Python, and the names it imports.

    ``ast.dump`` is not the same: versions add fields, which older code leaves empty, and differ in
    how they cut the text of f-strings. So empty fields are left out, and text is put together.
    What is for type checkers alone is written as it is, and imports nothing: it has no list of
    names.
    """
    if names is not None:
        if isinstance(node, ast.If) and _is_name(node.test, "TYPE_CHECKING"):
            names = None
        elif isinstance(node, NAMING):
            names += _list_names(node)
    pieces.append(f"{node.__class__.__name__}(")
    for field in node._fields:
        value = getattr(node, field, None)
        if value is None or value == []:
            continue
        pieces.append(f"{field}=")
        if isinstance(value, ast.AST):
            _write_node(value, pieces, names)
        elif isinstance(value, list):
            for part in _select_parts(node, field, value, names):
                if isinstance(part, ast.AST):
                    _write_node(part, pieces, names)
                else:
                    pieces.append(ascii(part))
                pieces.append(",")
        else:
            pieces.append(ascii(value))
        pieces.append(";")
    pieces.append(")")


def _list_names(node: ast.AST) -> list[str]:
    """Return the dotted names that a statement imports, or declares to be loaded by name."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom) and node.module:
        return [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
    if isinstance(node, ast.Assign) and _is_name(node.targets[0], DECLARATION):
        return [f"{ast.literal_eval(node.value)}.*"]
    return []


def _select_parts(node: ast.AST, field: str, parts: list, names: list[str] | None) -> Iterable:
    """Return what counts of a list: no docstrings and descriptions, text of f-strings as one."""
    if isinstance(node, ast.JoinedStr):
        return _join_text(parts)
    if field == "body" and names is not None and isinstance(node, DOCUMENTED):
        return [part for part in parts if not _is_text(part)] or [ast.Pass()]
    return parts


def _join_text(parts: list[ast.expr]) -> Iterator[ast.expr]:
    """Yield the parts of an f-string, neighbouring texts as one, none of them empty."""
    for is_text, group in itertools.groupby(parts, lambda part: isinstance(part, ast.Constant)):
        if is_text:
            text = "".join(str(part.value) for part in group if isinstance(part, ast.Constant))
            yield from [ast.Constant(text)] if text else []
        else:
            yield from group


def _is_name(node: ast.expr, name: str) -> bool:
    return isinstance(node, ast.Name) and node.id == name


def _is_text(statement: ast.stmt) -> bool:
    """Tell whether a statement is only text: a docstring, or the description of a field."""
    return (
        isinstance(statement, ast.Expr)
        and isinstance(statement.value, ast.Constant)
        and isinstance(statement.value.value, str)
    )


def _digest_templates(path: Path) -> list[str]:
    """Return digests of the templates of a module's name, which are part of what it does.

    Pages include each other, so they all belong to the module that renders them.
    """
    pages = _list_templates(path.parent / "templates")
    return [
        digest_value(page.read_text(encoding="utf-8"))
        for page in pages
        if page.name.split(".")[0] == path.stem
        or (path.stem == RENDERER and page.name.endswith(PAGES))
    ]


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
