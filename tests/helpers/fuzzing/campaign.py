"""Many cases, several at a time; a table of what came of them, and the failures to look at."""

import collections
import concurrent.futures
import dataclasses
import hashlib
import multiprocessing
import pathlib
import shutil
import sys
from collections.abc import Iterable, Iterator, Sequence

import pandas as pd
from helpers.fuzzing.every_format import FORMATS
from helpers.fuzzing.formats import Case, Seed, read_apart
from helpers.fuzzing.programs import import_program
from helpers.fuzzing.running import FAILURES, READ, REFUSED, Outcome


@dataclasses.dataclass(frozen=True)
class Tried:
    """A case that was tried, and what came of it."""

    format: str
    index: int
    kind: str
    outcome: Outcome


def prepare(cases: Iterable[Case]) -> None:
    """Import whatever the programs import, so that no case has to."""
    for name in dict.fromkeys(name for case in cases for name in case.format.programs):
        import_program(name)
    if "torch" in sys.modules:
        sys.modules["torch"].set_num_threads(1)  # processes that use threads cannot be forked


def try_case(case: Case, folder: pathlib.Path) -> Tried:
    """Try a case in a folder of its own, which stays if it fails."""
    own = folder / case.format.name / f"{case.index:06d}"

    def expected(good: Seed) -> Outcome:
        return _read_good(case, good, folder)

    outcome = case.run(own, expected)
    if not outcome.failed:
        shutil.rmtree(own)
    return Tried(case.format.name, case.index, case.kind, dataclasses.replace(outcome, result=None))


_good: dict[tuple[str, str, str], Outcome] = {}


def _read_good(case: Case, good: Seed, folder: pathlib.Path) -> Outcome:
    """Return what comes of a file that nothing was done to."""
    digest = hashlib.sha256(good.content).hexdigest()[:16]
    key = case.format.name, digest, good.variant
    if key not in _good:
        own = folder / case.format.name / f"good-{case.index:06d}"
        path = own / case.format.file
        path.parent.mkdir(parents=True)
        path.write_bytes(good.content)
        _good[key] = read_apart(case.format, own, good)
        shutil.rmtree(own)
    return _good[key]


def try_cases(cases: Sequence[Case], folder: pathlib.Path, workers: int) -> Iterator[Tried]:
    """Yield what came of cases, tried in several processes, in their order.

    Raises
    ------
    ValueError
        If a good file is not read: what is said of others would mean nothing.
    """
    prepare(cases)
    for case in {case.format.name: case for case in cases}.values():
        good = case.format.make_seeds()[0]  # made here, rather than in each process
        outcome = _read_good(case, good, folder)
        if outcome.kind != READ:
            raise ValueError(f"a good {case.format.file} is {outcome.kind}: {outcome.message}")
    if workers == 1:
        yield from (try_case(case, folder) for case in cases)
        return
    context = multiprocessing.get_context("fork")
    with concurrent.futures.ProcessPoolExecutor(workers, mp_context=context) as pool:
        named = [(case.format.name, case.seed, case.index, case.small, folder) for case in cases]
        yield from pool.map(_try_named, named, chunksize=4)


def _try_named(named: tuple[str, int, int, bool, pathlib.Path]) -> Tried:
    """Try a case of a format that is named: formats cannot be sent to other processes."""
    name, seed, index, small, folder = named
    return try_case(Case(FORMATS[name], seed, index, small), folder)


def tabulate(tried: Iterable[Tried]) -> pd.DataFrame:
    """Return a table with a row for each format and kind of mutation, and columns of outcomes."""
    counts = collections.Counter((one.format, one.kind, one.outcome.kind) for one in tried)
    rows = dict.fromkeys((name, kind) for name, kind, _ in counts)
    outcomes = (READ, REFUSED, *FAILURES)
    return pd.DataFrame(
        [
            {"format": name, "mutation": kind}
            | {outcome: counts[name, kind, outcome] for outcome in outcomes}
            for name, kind in rows
        ]
    )


def list_failures(tried: Iterable[Tried]) -> pd.DataFrame:
    """Return a table with a row for each failure."""
    return pd.DataFrame(
        [
            {
                "format": one.format,
                "case": one.index,
                "mutation": one.kind,
                "outcome": one.outcome.kind,
                "program": one.outcome.stage,
                "message": " ".join(one.outcome.message.split()),
            }
            for one in tried
            if one.outcome.failed
        ],
        columns=["format", "case", "mutation", "outcome", "program", "message"],
    )
