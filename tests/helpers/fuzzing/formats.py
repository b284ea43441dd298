"""What a kind of file is to the fuzzer, and the cases that are made of it."""

import dataclasses
import pathlib
import random
import shutil
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

from helpers.fuzzing import special_files
from helpers.fuzzing.running import READ, REFUSED, Outcome, run_apart

#: Makes another content of a good one.
Mutation: TypeAlias = Callable[[bytes, random.Random], bytes]


INPUT_PROGRAMS = (
    *("measure_contigs", "measure_observation", "plan_genome", "read_contigs", "observe_genome"),
    *("simulate", "import_simulations"),
)


@dataclasses.dataclass(frozen=True)
class Seed:
    """A good file, and what it is read with.

    Attributes
    ----------
    content : bytes
    variant : str
        A name that the format understands, for example that of a config.
    """

    content: bytes
    variant: str = ""


@dataclasses.dataclass(frozen=True)
class Format:
    """A kind of file.

    Attributes
    ----------
    name : str
    file : str
        What the file is called.
    make_seeds : callable
        Returns good files.
    read : callable
        Takes the file and its seed, runs what reads such files, returns what was read.
    mutations : mapping of str to callable
        By name; what they make must be read or refused.
    harmless : mapping of str to callable
        What they make means the same, and must be read as the same.
    several_lines : bool
        Whether a message may have several lines.
    special : bool
        Whether the file may also be missing, a folder, a FIFO, and so on.
    names : tuple of str
        What a message may name in place of the file.
    refused_from : tuple of str
        The programs that may refuse it; none for all.
    programs : tuple of str
        Those that are run.
    """

    name: str
    file: str
    make_seeds: Callable[[], Sequence[Seed]]
    read: Callable[[pathlib.Path, Seed], Any]
    mutations: Mapping[str, Mutation]
    harmless: Mapping[str, Mutation]
    several_lines: bool = False
    special: bool = True
    names: tuple[str, ...] = ()
    refused_from: tuple[str, ...] = ()
    programs: tuple[str, ...] = INPUT_PROGRAMS

    @property
    def kinds(self) -> list[str]:
        """The names of everything that is done to a file of this kind."""
        kinds = [*self.mutations, *self.harmless]
        return [*kinds, *special_files.KINDS] if self.special else kinds


@dataclasses.dataclass(frozen=True)
class Case:
    """One input: a good file, and what is done to it.

    Attributes
    ----------
    format : Format
    seed : int
        Of the whole run; the case depends on it, on the format and on the index alone.
    index : int
    small : bool
        Whether files of gigabytes are left out.
    """

    format: Format
    seed: int
    index: int
    small: bool = False

    @property
    def kind(self) -> str:
        """The name of what is done to the file: each in turn, in another order each time."""
        kinds = self.format.kinds
        if self.small:
            kinds = [kind for kind in kinds if kind not in special_files.LARGE]
        turn, index = divmod(self.index, len(kinds))
        random.Random(f"{self.seed} {self.format.name} turn {turn}").shuffle(kinds)
        return kinds[index]

    def write(self, folder: pathlib.Path) -> Seed:
        """Write the file into a folder; return the good file that it was made of."""
        chance = random.Random(f"{self.seed} {self.format.name} {self.index}")
        seeds = self.format.make_seeds()
        good = seeds[chance.randrange(len(seeds))]
        path = folder / self.format.file
        path.parent.mkdir(parents=True, exist_ok=True)
        kind = self.kind
        if kind in special_files.KINDS:
            special_files.KINDS[kind](path, good.content)
        else:
            mutate = {**self.format.mutations, **self.format.harmless}[kind]
            path.write_bytes(mutate(good.content, chance))
        return good

    def run(self, folder: pathlib.Path, expected: Callable[[Seed], Outcome]) -> Outcome:
        """Make the input in a folder of its own, have it read, and judge what came of it.

        Parameters
        ----------
        folder : path
            It is made, and emptied if it exists.
        expected : callable
            Returns what comes of the good file.
        """
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        good = self.write(folder)
        outcome = read_apart(self.format, folder, good)
        if self.kind in self.format.harmless and outcome.kind in (READ, REFUSED):
            right = expected(good)
            if right.kind == READ and (outcome.kind, outcome.result) != (READ, right.result):
                found = outcome.message if outcome.kind == REFUSED else _shorten(outcome.result)
                message = f"{found} in place of {_shorten(right.result)}"
                return dataclasses.replace(outcome, kind="changed", message=message)
        return outcome


def read_apart(kind: Format, folder: pathlib.Path, good: Seed) -> Outcome:
    """Have the file of a folder read, in a process of its own."""
    path = pathlib.Path(kind.file)
    outcome = run_apart(
        lambda: kind.read(path, good),
        folder,
        several_lines=kind.several_lines,
        names=(path.name, "config.yaml:", *kind.names),
    )
    late = kind.refused_from and outcome.stage not in kind.refused_from
    if outcome.kind == REFUSED and late:
        return dataclasses.replace(outcome, kind="late")
    return outcome


def _shorten(result: Any) -> str:
    text = repr(result)
    return text if len(text) < 200 else f"{text[:200]} ..."
