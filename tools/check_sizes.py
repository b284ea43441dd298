"""Find what is too large to hold in the head: functions, modules, folders, and names that repeat.

It prints ``file:line: what, its size, the limit`` for each and exits with 1 if there is any.

    python tools/check_sizes.py
"""

import ast
import collections
import pathlib
import sys
from collections.abc import Iterator

ROOT = pathlib.Path(__file__).resolve().parent.parent
MOST_LINES_OF_FUNCTION = 60
MOST_LINES_OF_MODULE = 350
MOST_LINES_OF_TESTS = 600
MOST_MODULES = 12  # of a folder, without its __init__.py
MOST_DEFINITIONS = 3  # of a public name, so that a search finds it
# Methods that PyTorch and scikit-learn prescribe, one that files of all formats have, one of nets
# that predict ancestry, and those of what is fitted.
INTERFACE = {
    *("forward", "predict", "read_blocks", "find_log_odds", "fit", "to_arrays", "from_arrays"),
}

Function = ast.FunctionDef | ast.AsyncFunctionDef


def check_code(root: pathlib.Path) -> Iterator[str]:
    """Yield a line for everything in a checkout that is too large.

    Parameters
    ----------
    root : path
        The checkout.
    """
    library = root / "scripts" / "coalflow"
    yield from _check_folders(library)
    definitions = collections.defaultdict(list)
    for path in sorted((root / "scripts").rglob("*.py")):
        source = path.read_text(encoding="utf-8")
        yield from _check_lines(path.relative_to(root), source, MOST_LINES_OF_MODULE)
        for function, is_public in list_functions(ast.parse(source)):
            place = f"{path.relative_to(root)}:{function.lineno}"
            lines = (function.end_lineno or function.lineno) - function.lineno + 1
            if lines > MOST_LINES_OF_FUNCTION:
                yield (
                    f"{place}: {function.name} has {lines} lines, at most {MOST_LINES_OF_FUNCTION}"
                )
            if is_public and library in path.parents and function.name not in INTERFACE:
                definitions[function.name].append(place)
    for name, places in sorted(definitions.items()):
        if len(places) > MOST_DEFINITIONS:
            where = ", ".join(places)
            yield f"{name} is defined {len(places)} times, at most {MOST_DEFINITIONS}: {where}"
    for path in sorted((root / "tests").rglob("*.py")):
        yield from _check_lines(
            path.relative_to(root), path.read_text(encoding="utf-8"), MOST_LINES_OF_TESTS
        )


def list_functions(tree: ast.Module) -> Iterator[tuple[Function, bool]]:
    """Yield the functions and methods of a module, and whether each is public.

    Functions inside of others count as part of these.
    """
    waiting: list[tuple[ast.Module | ast.ClassDef, bool]] = [(tree, True)]
    while waiting:
        around, is_public = waiting.pop()
        for node in around.body:
            if isinstance(node, ast.ClassDef):
                waiting.append((node, is_public and not node.name.startswith("_")))
            elif isinstance(node, Function):
                yield node, is_public and not node.name.startswith("_")


def _check_folders(library: pathlib.Path) -> Iterator[str]:
    for folder in sorted({library, *(path.parent for path in library.rglob("*.py"))}):
        modules = [path for path in folder.glob("*.py") if path.name != "__init__.py"]
        if len(modules) > MOST_MODULES:
            name = folder.relative_to(library.parent)
            yield f"{name}: has {len(modules)} modules, at most {MOST_MODULES}"


def _check_lines(path: pathlib.Path, source: str, most: int) -> Iterator[str]:
    lines = len(source.splitlines())
    if lines > most:
        yield f"{path}:1: has {lines} lines, at most {most}"


if __name__ == "__main__":
    found = list(check_code(ROOT))
    print("\n".join(found))
    sys.exit(1 if found else 0)
