"""Where a config comes from: its files, with their lines, and values of ``--config``."""

import argparse
import dataclasses
import functools
import json
import pathlib
import re
import sys
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

import yaml

from coalflow.config.fields.section import Path, spell_path
from coalflow.config.strict_yaml import MOST_BYTES, Problem, compose_yaml, list_problems
from coalflow.core.errors import CoalflowError
from coalflow.core.input_files import UnreadableFile, read_small_text

HEADER = "the config cannot be used:"
COMMAND_LINE = "--config: "
ENTRY = re.compile(r"[A-Za-z_][\w-]*\w=")
MOST_SHOWN = 50  # lines of mistakes
QUICKSTART = "config/config.yaml"
SCAN = "scan"  # the target for a genome and a model alone
NULL = ("null", "Null", "NULL", "~")  # as YAML and JSON write it
_MISSING = object()


@dataclasses.dataclass(frozen=True)
class ConfigFile:
    """A config file, and the tree of what it says."""

    path: str | pathlib.Path
    root: yaml.Node

    def find(self, path: Path) -> tuple[int | None, yaml.Node | None]:
        """Return the line and the node of a key, or None twice."""
        line: int | None = None
        node: yaml.Node | None = self.root
        for part in path:
            if isinstance(node, yaml.MappingNode):
                entries = {key.value: (key, value) for key, value in node.value}
                if str(part) not in entries:
                    return None, None
                key, node = entries[str(part)]
                line = key.start_mark.line + 1
            elif isinstance(node, yaml.SequenceNode) and part in range(len(node.value)):
                node = node.value[int(part)]
                line = node.start_mark.line + 1
            else:
                return None, None
        return line, node


@dataclasses.dataclass(frozen=True)
class Sources:
    """All that a config is merged from; the later takes precedence.

    Attributes
    ----------
    files : tuple of ConfigFile
    given : mapping
        Values of ``--config``.
    """

    files: tuple[ConfigFile, ...]
    given: Mapping[str, Any]

    def locate(self, path: Path) -> str:
        """Return ``file:line: `` of a key, or of the nearest key above it that is written."""
        for depth in range(len(path), 0, -1):
            if _find_value(self.given, path[:depth]) is not _MISSING:
                return COMMAND_LINE
            for file in reversed(self.files):
                line, node = file.find(path[:depth])
                if node is not None:
                    return f"{file.path}:{line}: "
        return f"{self.files[-1].path}: " if self.files else ""

    @property
    def are_several(self) -> bool:
        """Whether something may take precedence over something else."""
        return len(self.files) + bool(self.given) > 1

    def drop_deleted(self, config: Any, path: Path = ()) -> Any:
        """Return a merged config without the keys of an earlier file that are null in a later one.

        A key without a value is not null: it may be a slip.
        """
        if not isinstance(config, Mapping):
            return config
        return {
            key: self.drop_deleted(value, (*path, key))
            for key, value in config.items()
            if not (value is None and self._is_deletion((*path, key)))
        }

    def list_ineffective(self, config: Any) -> Iterator[tuple[Path, str]]:
        """Yield sections without keys, of which a merged config still has those of another file."""
        written = [path for file in self.files for path in _list_empty_nodes(file.root, ())]
        for path in dict.fromkeys([*written, *_list_empty_values(self.given, ())]):
            # A whole file of no keys asks for nothing.
            if path and _find_value(config, path) not in ({}, None, _MISSING):
                message = "is {}, which leaves the keys of an earlier file"
                yield path, f"{message}: delete it, or write null"

    def _is_deletion(self, path: Path) -> bool:
        found = [file.find(path)[1] for file in self.files]
        holders = [node for node in found if node is not None]
        if _find_value(self.given, path) is None:
            return bool(holders)
        last = holders[-1] if len(holders) > 1 else None
        return isinstance(last, yaml.ScalarNode) and last.value in NULL


def read_sources(
    files: Iterable[str | pathlib.Path],
    given: Mapping[str, Any],
    keys: Collection[str] | None = None,
) -> Sources:
    """Read config files.

    Parameters
    ----------
    files : iterable of paths
        In the order in which they are merged.
    given : mapping
        Values of ``--config``.
    keys : collection of str, optional
        The keys at the top level of the config. Files of a workflow that uses this one as a module
        have others too, which mean something else.

    Raises
    ------
    CoalflowError
        If a file is not YAML or JSON with keys, or has a value that is not read as it looks.
    """
    return Sources(tuple(_read_file(file, keys) for file in files), given)


def _read_file(path: str | pathlib.Path, keys: Collection[str] | None) -> ConfigFile:
    try:
        root, problems = _parse(read_small_text(path, "a config", MOST_BYTES))
    except UnreadableFile:
        raise
    except CoalflowError as error:
        line, colon, rest = str(error).removeprefix("line ").partition(": ")
        where = f"{path}:{line}: {rest}" if line.isdecimal() and colon else f"{path}: {error}"
        raise CoalflowError(where) from None
    if not isinstance(root, yaml.MappingNode):
        raise CoalflowError(f"{path}: is not a config, which has keys such as run and simulation")
    found = [one for one in problems if keys is None or one.path[:1] == () or one.path[0] in keys]
    if found:
        raise CoalflowError("\n".join([HEADER, *_show_problems(path, found[:MOST_SHOWN])]))
    return ConfigFile(path, root)


@functools.lru_cache(maxsize=8)  # it is read before Snakemake reads it, and after
def _parse(text: str) -> tuple[yaml.Node | None, list[Problem]]:
    """Return the tree of a config's text, and what in it is not read as it looks."""
    is_json = _is_json(text)
    # A JSON file may have tabs, which YAML does not.
    root = compose_yaml(text.replace("\t", " ") if is_json else text)
    # In JSON, values are what they look like.
    return root, list_problems(root, check_values=not is_json)


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def _show_problems(path: str | pathlib.Path, problems: Sequence[Problem]) -> Iterator[str]:
    for problem in problems:
        dotted = spell_path(problem.path) or "the config"
        yield f"  {path}:{problem.line}: {dotted} {problem.message}"


def _list_empty_nodes(node: yaml.Node, path: Path) -> Iterator[Path]:
    if isinstance(node, yaml.MappingNode):
        if not node.value:
            yield path
        for key, value in node.value:
            yield from _list_empty_nodes(value, (*path, key.value))


def _list_empty_values(value: Any, path: Path) -> Iterator[Path]:
    if isinstance(value, Mapping):
        if not value and path:
            yield path
        for key, inner in value.items():
            yield from _list_empty_values(inner, (*path, key))


def _find_value(value: Any, path: Path) -> Any:
    for part in path:
        if isinstance(value, Mapping) and part in value:
            value = value[part]
        elif isinstance(value, list) and part in range(len(value)):
            value = value[int(part)]
        else:
            return _MISSING
    return value


# Before Snakemake reads them ---------------------------------------------------------------------


def check_command_line(words: Sequence[str]) -> None:
    """Refuse config files that Snakemake could only answer with a traceback.

    The profiles call this, which Snakemake reads before the config.

    Parameters
    ----------
    words : sequence of str
        The words of Snakemake's command line.

    Raises
    ------
    SystemExit
        With one line for a file that cannot be used.
    """
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    parser.add_argument("--configfile", "--configfiles", nargs="*", dest="files")
    parser.add_argument("--config", "-C", nargs="*", dest="entries", default=[])
    known, _ = parser.parse_known_args([*words])
    for entry in known.entries:
        if not ENTRY.match(entry):
            message = "write a key and its value, such as seed=2, and targets first"
            sys.exit(f"error: --config {entry}: {message}")
    files, scans_alone = known.files, any(one.startswith("model=") for one in known.entries)
    if words[:1] == [SCAN] and not scans_alone:
        sys.exit(
            "error: `snakemake scan` scans a genome with a model alone: name both, as in "
            "--config model=net.zip genome=mine.vcf.gz. The genomes of a run are scanned without it"
        )
    if files is None and scans_alone:
        return
    if files is None:
        files = [QUICKSTART] if pathlib.Path(QUICKSTART).exists() else []
    try:
        read_sources(files, {})
    except UnreadableFile as error:
        # Snakemake takes all words after --configfile for config files.
        target = ". Is it a target? Write it before --configfile" if error.path != files[0] else ""
        sys.exit(f"error: {error}{target}")
    except CoalflowError as error:
        sys.exit(f"error: {error}")
