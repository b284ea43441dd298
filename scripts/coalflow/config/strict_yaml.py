"""YAML without surprises: no key twice, no anchors without end, no value read as another one.

YAML 1.1, which Snakemake reads, takes ``010`` for 8, ``1:10`` for 70 and ``no`` for false.
"""

import dataclasses
import re
from collections.abc import Collection, Iterator
from typing import Any

import yaml

from coalflow.config.fields.section import Path, show, spell_path
from coalflow.core.errors import CoalflowError

MOST_BYTES = 1_000_000  # which take PyYAML many seconds
DEEPEST = 40
MOST_VALUES = 200_000  # aliases count as often as they are used
MOST_DIGITS = 400  # more than any float has

TAG = "tag:yaml.org,2002:"
STRING = f"{TAG}str"
#: Scalars of each type that are read as they look.
PLAIN = {
    f"{TAG}int": re.compile(r"[-+]?(0|[1-9][0-9]*)"),
    f"{TAG}float": re.compile(
        r"[-+]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][-+]?[0-9]+)?|[-+]?\.inf|\.nan", re.IGNORECASE
    ),
    f"{TAG}bool": re.compile("true|false", re.IGNORECASE),
    f"{TAG}null": re.compile(".*"),
    f"{TAG}merge": re.compile("<<"),
    STRING: re.compile(".*", re.DOTALL),
}
COLLECTIONS = {f"{TAG}map", f"{TAG}seq"}
REPEATED = ": delete one"
QUOTE = "put it in quotes if it is text"


@dataclasses.dataclass(frozen=True)
class Problem:
    """Something in a YAML text that is not read as it looks.

    Attributes
    ----------
    line : int
        From 1.
    path : tuple of str and int
        Keys and indices that lead to it.
    message : str
        It follows the key.
    """

    line: int
    path: Path
    message: str


def load_yaml(
    text: str, loader: type[yaml.SafeLoader] = yaml.SafeLoader, remarks: Collection[str] = ()
) -> Any:
    """Return the content of a YAML text.

    Parameters
    ----------
    text : str
    loader : type, optional
        A loader of PyYAML's.
    remarks : collection of str, optional
        Keys of the text whose values are for people alone, and may be read as anything.

    Raises
    ------
    CoalflowError
        If it is not YAML, is nested or repeated without bounds, gives a key twice, or has a value
        that is not read as it looks; the message has the line.

    Examples
    --------
    >>> load_yaml("samples: 010")
    Traceback (most recent call last):
    coalflow.core.errors.CoalflowError: line 1: samples is 010, which YAML reads as 8: write 10 or 8
    """
    root = compose_yaml(text, loader)
    problems = [
        problem
        for problem in list_problems(root, loader)
        if problem.path[:1] not in {(name,) for name in remarks}
        or problem.message.endswith(REPEATED)
    ]
    if problems:
        raise CoalflowError("; ".join(map(_show_problem, problems)))
    return None if root is None else _construct(root, loader)


def compose_yaml(text: str, loader: type[yaml.SafeLoader] = yaml.SafeLoader) -> yaml.Node | None:
    """Return the tree of a YAML text, whose size is bounded; None where it is empty.

    Raises
    ------
    CoalflowError
        If it is not YAML, or is nested or repeated without bounds.
    """
    try:
        root = yaml.compose(text, Loader=loader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = f"line {mark.line + 1}: " if mark else ""
        raise CoalflowError(f"{where}this is not YAML ({_explain(error)})") from None
    except yaml.YAMLError as error:
        raise CoalflowError(f"this is not YAML ({' '.join(str(error).split())})") from None
    except RecursionError:
        raise CoalflowError(f"is nested more than {DEEPEST} levels deep") from None
    if root is not None:
        _refuse_unbounded(root)
    return root


def list_problems(
    root: yaml.Node | None,
    loader: type[yaml.SafeLoader] = yaml.SafeLoader,
    check_values: bool = True,
) -> list[Problem]:
    """Return keys that are repeated, and what is not read as it looks, in the order of the text.

    Parameters
    ----------
    root : Node or None
        What :func:`compose_yaml` returned.
    loader : type, optional
        With which values are read.
    check_values : bool, optional
        Whether values are looked at, not keys alone.
    """
    found = [] if root is None else _list_problems(root, (), loader, set())
    return [problem for problem in found if check_values or problem.message.endswith(REPEATED)]


def _show_problem(problem: Problem) -> str:
    return f"line {problem.line}: {spell_path(problem.path) or 'the content'} {problem.message}"


def _explain(error: yaml.MarkedYAMLError) -> str:
    return ", ".join(part for part in (error.context, error.problem) if part)


# Bounds ----------------------------------------------------------------------------------------


def _refuse_unbounded(root: yaml.Node) -> None:
    if _count_values(root, (), {}) > MOST_VALUES:
        raise CoalflowError(f"has more than {MOST_VALUES:,} values, with those that aliases repeat")


def _count_values(node: yaml.Node, above: tuple[yaml.Node, ...], known: dict[int, int]) -> int:
    """Return the number of values in a node; ``known`` has those of nodes that were counted."""
    if any(node is other for other in above):
        raise CoalflowError(f"line {_line(node)}: has an anchor that contains itself")
    if len(above) > DEEPEST:
        raise CoalflowError(f"line {_line(node)}: is nested more than {DEEPEST} levels deep")
    if id(node) not in known:
        inner = (_count_values(child, (*above, node), known) for child in _list_children(node))
        known[id(node)] = 1 + sum(inner)
    return known[id(node)]


def _list_children(node: yaml.Node) -> Iterator[yaml.Node]:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            yield key
            yield value
    elif isinstance(node, yaml.SequenceNode):
        yield from node.value


def _line(node: yaml.Node) -> int:
    return int(node.start_mark.line) + 1


# Values ----------------------------------------------------------------------------------------


def _list_problems(
    node: yaml.Node, path: Path, loader: type[yaml.SafeLoader], seen: set[int]
) -> Iterator[Problem]:
    if id(node) in seen:  # by an alias
        return
    seen.add(id(node))
    if isinstance(node, yaml.ScalarNode):
        message = _find_trap(node, loader)
        if message:
            yield Problem(_line(node), path, message)
        return
    if node.tag not in COLLECTIONS:
        yield Problem(_line(node), path, f"has the tag {_show_tag(node.tag)}: delete it")
    if isinstance(node, yaml.SequenceNode):
        for index, item in enumerate(node.value):
            yield from _list_problems(item, (*path, index), loader, seen)
    elif isinstance(node, yaml.MappingNode):
        first_lines: dict[str, int] = {}
        for key, value in node.value:
            if not isinstance(key, yaml.ScalarNode):
                yield Problem(_line(key), path, "has a key that is not text: write a name")
                continue
            here = (*path, key.value)
            message = _find_problem_of_key(key, loader)
            if key.value in first_lines:
                message = f"is given a second time, the first is in line {first_lines[key.value]}"
                message += REPEATED
            first_lines.setdefault(key.value, _line(key))
            if message:
                yield Problem(_line(key), here, message)
            yield from _list_problems(value, here, loader, seen)


def _find_problem_of_key(key: yaml.ScalarNode, loader: type[yaml.SafeLoader]) -> str | None:
    if key.tag in (STRING, f"{TAG}merge"):
        return None
    try:
        read = _show(_construct(key, loader))
    except CoalflowError:
        read = key.value
    shown = "" if read == key.value else f", but as {read}"
    return f"is a name that YAML does not read as text{shown}: put it in quotes"


def _find_trap(node: yaml.ScalarNode, loader: type[yaml.SafeLoader]) -> str | None:
    """Return why a value is not read as it looks, or None."""
    text, plain = node.value, PLAIN.get(node.tag)
    if node.tag == STRING:
        return None
    if node.tag == f"{TAG}timestamp":
        return f"is {text}, which YAML reads as a date: {QUOTE}"
    if plain is None:
        return f"has the tag {_show_tag(node.tag)}: delete it"
    if len(text) > MOST_DIGITS:
        return f"is a number of {len(text):,} digits, more than any can have"
    read = _show(_construct(node, loader))
    if plain.fullmatch(text):
        overflows = "inf" in read.lower() and "inf" not in text.lower()
        return f"is {text}, which is larger than any number can be" if overflows else None
    if re.fullmatch("[-+]?0[0-7]+", text):
        return f"is {text}, which YAML reads as {read}: write {int(text)} or {read}"
    return f"is {text}, which YAML reads as {read}: write {read}, or {QUOTE}"


def _construct(node: yaml.Node, loader: type[yaml.SafeLoader]) -> Any:
    try:
        return loader("").construct_document(node)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark or node.start_mark
        raise CoalflowError(f"line {mark.line + 1}: {_explain(error)}") from None
    except (ValueError, OverflowError) as error:
        raise CoalflowError(f"line {_line(node)}: {error}") from None


def _show(value: Any) -> str:
    return value if isinstance(value, str) else show(value)


def _show_tag(tag: str) -> str:
    return tag.replace(TAG, "!!")
