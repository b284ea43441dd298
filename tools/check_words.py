"""Find wording that a reader would stumble over, and print what to write instead.

In Python files it checks string literals (messages, descriptions, docstrings) and the names that
are defined; other files (README, docs, configs, the report) it checks as a whole. It skips code in
backticks: names and output of programs are checked where they are written.

    python tools/check_words.py                   # everything in PATHS
    python tools/check_words.py README.md docs    # some files or folders
"""

import argparse
import ast
import bisect
import dataclasses
import pathlib
import re
import sys
from collections.abc import Iterable, Iterator

ROOT = pathlib.Path(__file__).resolve().parent.parent
PATHS = [
    "README.md",
    "CHANGELOG.md",
    "CITATION.cff",
    "CONTRIBUTING.md",
    "config",
    "docs",
    "profiles",
    "workflow/report",
    "workflow/rules",
    "scripts",
    "tools",
    "bench",
    "validation",
]
TEXTS = {".md", ".yaml", ".cff", ".rst", ".j2", ".smk"}

# Patterns of whole words to avoid, and what to write. A space matches any white space.
WORDS = {
    r"told": "specified, reported or given",
    r"says? so of": "reports",
    r"(?:hangs?|hanging|hung) on": "depends on",
    r"mend(?:s|ed|ing)?": "fix",
    r"(?:lay|lays|laid|laying)(?: \w+)? (?:on|over|upon)": "applied to, added to or merged with",
    # But not "there is no", "is no longer" or "is no larger than".
    r"(?<!there )(?:is|are|was|were) no "
    r"(?!longer|more|less|fewer|better|worse|larger|smaller|higher|lower|such|one\b)\w+": (
        "is not a"
    ),
    r"who (?:guess\w*|knew|always says)": "random guessing scores, or name the method",
    r"as (?:it|they) truly (?:is|are|was|were)": "true values",
    r"what (?:is|are|was|were) asked": "the question or the target",
    r"by heart": "overfits or memorises",
    r"open(?:s|ed|ing)? up": "interpreted",
    r"(?:layers?|units?)(?: \w+){0,4} answers?|answers? to it": "activations",
    r"(?:make|makes|making|made|do|does|doing|did|done)(?: \w+)? again": (
        "rebuild, rerun or reproduce"
    ),
    r"nothing again": "needs no new",
    r"anew": "again or from scratch",
    r"beside": "next to, alongside or as well as",
    r"so many(?!(?: \S+){0,4} that\b)": "that many",
    r"so long as": "as long as",
    r"some (?:\d\S*|dozens|tens|hundreds|thousands|millions)": "about, or several",
    r"(?:go|goes|going|gone|went) on(?! to\b)": "resumes or continues",
    r"cannot be had": "could not be downloaded, found or measured",
    r"(?:take|takes|taken|took|taking)(?: \w+)? for (?:what|which|each other|one another)": (
        "confused with"
    ),
    r"what for what": "which are confused with which",
    r"(?:is|are|was|were) but (?:an?|the|to)": "is only",
}
NAMES = {
    r"_*of_\w*": "a verb that says what is done, or a noun",
    r"(?:\w*_)?told(?:_\w*)?": "what it holds, such as settings",
    r"(?:\w*_)?asked(?:_\w*)?": "what it holds, such as target",
}
_WORDS = [(re.compile(rf"\b(?:{words})(?!\w)", re.IGNORECASE), to) for words, to in WORDS.items()]
_NAMES = [(re.compile(name), to) for name, to in NAMES.items()]
_CODE = re.compile(r"`(?:[^`\n]|\n(?!\s*\n))*`")  # within a paragraph


@dataclasses.dataclass(frozen=True, order=True)
class Finding:
    """Words in a line of a file, and what to write instead."""

    path: pathlib.Path
    line: int
    words: str
    instead: str

    def __str__(self) -> str:
        """Return the finding as a line of output."""
        return f'{self.path}:{self.line}: "{self.words}": write "{self.instead}"'


def find_words(text: str) -> Iterator[tuple[int, str, str]]:
    r"""Yield the line (from 0), the words found and what to write instead.

    Parameters
    ----------
    text : str
        Any text. Phrases may continue on the next line, also in comments that begin with ``#``.

    Examples
    --------
    >>> list(find_words("What is best then hangs\non the metric."))
    [(0, 'hangs on', 'depends on')]
    """
    text = _CODE.sub(lambda code: "`" + "\n" * code[0].count("\n") + "`", text)
    # Of each word, where it begins in the text with all lines joined, and its line.
    starts, lines, joined = [], [], ""
    for line, content in enumerate(text.split("\n")):
        # An empty line ends a sentence.
        for word in content.split() or ["¶"]:
            if word != "#":
                starts.append(len(joined))
                lines.append(line)
                joined += f"{word} "
    for pattern, instead in _WORDS:
        for match in pattern.finditer(joined):
            yield lines[bisect.bisect(starts, match.start()) - 1], match[0], instead


def find_names(names: Iterable[tuple[int, str]]) -> Iterator[tuple[int, str, str]]:
    """Yield the line, the name and what to write instead, for all names to avoid."""
    for line, name in names:
        for pattern, instead in _NAMES:
            if pattern.fullmatch(name):
                yield line, name, instead


def list_strings(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Yield the line and the text of each string literal; values in f-strings become ``{}``."""
    within = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            within.update(map(id, node.values))
            parts = (part.value if isinstance(part, ast.Constant) else "{}" for part in node.values)
            yield node.lineno, "".join(parts)
        elif (
            isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and id(node) not in within
        ):
            yield node.lineno, node.value


def list_names(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Yield the line and the name of each function, class, argument, variable and attribute."""
    for node in ast.walk(tree):
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                yield node.lineno, node.name
            case ast.arg():
                yield node.lineno, node.arg
            case ast.Name(ctx=ast.Store()):
                yield node.lineno, node.id
            case ast.Attribute(ctx=ast.Store()):
                yield node.lineno, node.attr
            case ast.alias(asname=str()):
                yield node.lineno, node.asname


def check_file(path: pathlib.Path) -> list[Finding]:
    """Return what a file should not say, in the order of its lines."""
    text = path.read_text(encoding="utf-8")
    shown = path.relative_to(ROOT) if path.is_relative_to(ROOT) else path
    if path.suffix != ".py":
        strings, names = [(1, text)], []
    else:
        tree = ast.parse(text, path)
        strings, names = list_strings(tree), list_names(tree)
    findings = [Finding(shown, line, name, instead) for line, name, instead in find_names(names)]
    for first, value in strings:
        for line, words, instead in find_words(value):
            findings.append(Finding(shown, first + line, words, instead))
    return sorted(findings)


def list_files(paths: Iterable[pathlib.Path]) -> Iterator[pathlib.Path]:
    """Yield the files to read, of files and folders."""
    itself = pathlib.Path(__file__).resolve()  # contains all that it looks for
    for path in paths:
        files = sorted(path.rglob("*")) if path.is_dir() else [path]
        for file in files:
            if file.suffix in TEXTS | {".py"} and file.resolve() != itself:
                yield file


def main() -> None:
    """Print all findings, and exit with 1 if there are any."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    everything = [ROOT / path for path in PATHS]
    parser.add_argument("paths", nargs="*", type=pathlib.Path, default=everything)
    arguments = parser.parse_args()
    for path in arguments.paths:
        if not path.exists():
            parser.error(f"{path}: there is no such file or folder")
    findings = [finding for file in list_files(arguments.paths) for finding in check_file(file)]
    for finding in findings:
        print(finding)
    sys.exit(bool(findings))


if __name__ == "__main__":
    main()
