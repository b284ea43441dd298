"""Replicates from files in ms's format, with their true values."""

import dataclasses
import itertools
from collections.abc import Iterator, Mapping, Sequence
from typing import NoReturn

from coalflow.config.settings.simulating import ImportSettings
from coalflow.core.errors import CoalflowError
from coalflow.core.input_files import read_number
from coalflow.imports import given_sets, ms_command, ms_format
from coalflow.imports.remarks import Remark, Remarks
from coalflow.imports.replicate import ImportedReplicate
from coalflow.imports.truth_tables import TruthRow, read_truth_table

VALUES = Remark(
    "values after // were not read",
    fix="Name them in simulation.import.truth.values to keep them as true values",
)


@dataclasses.dataclass(frozen=True)
class _Share:
    """What is read of a file: some replicates, or all where ``replicates`` is None."""

    file: str
    table: str | None
    replicates: int | None
    takes_turns_with: int
    before: int = 0
    """Replicates of the cell that are read before files take turns."""


def read_ms_replicates(
    files: Sequence[str], settings: ImportSettings, remarks: Remarks
) -> Iterator[ImportedReplicate]:
    """Yield the replicates of files in ms's format, which take turns.

    Files of the test and of validation, where these are given, come first and are read whole.

    Parameters
    ----------
    files : sequence of str
    settings : ImportSettings
    remarks : Remarks
        Gets those on the files.

    Raises
    ------
    CoalflowError
        If a file is damaged or has too few replicates, haplotypes or a command line are not those
        of the config, or true values are missing or are not numbers.
    """
    tables = settings.tables
    if tables and len(tables) != len(files):
        raise CoalflowError(
            f"cell {settings.cell}: it has {len(files)} files and {len(tables)} tables of true "
            "values. Give one table for each file (simulation.import.truth.tables)"
        )
    table_of = dict(zip(files, tables or [None] * len(files), strict=True))
    whole = 0
    sets = given_sets.find_sets(files, settings.given)
    for file in sets:
        share = _Share(file, table_of[file], None, 1)
        for replicate in _read_file(share, sets, settings, remarks):
            whole += 1
            given_sets.refuse_no_training(whole, settings)
            yield replicate
    yield from _take_turns(
        {file: table for file, table in table_of.items() if file not in sets},
        whole,
        settings,
        remarks,
    )


def _take_turns(
    table_of: Mapping[str, str | None], before: int, settings: ImportSettings, remarks: Remarks
) -> Iterator[ImportedReplicate]:
    """Yield the replicates of files that take turns, after some others of the cell."""
    wanted, number = settings.replicates - before, len(table_of)
    shares = [
        _Share(file, table, len(range(turn, wanted, number)), number, before)
        for turn, (file, table) in enumerate(table_of.items())
    ]
    streams = [_read_file(share, {}, settings, remarks) for share in shares if share.replicates]
    for index in range(wanted):
        yield next(streams[index % len(streams)])


def _read_file(
    share: _Share, sets: Mapping[str, str], settings: ImportSettings, remarks: Remarks
) -> Iterator[ImportedReplicate]:
    """Yield the share of one file."""
    file, table, sources = share.file, share.table, settings.truth
    columns = sources.get("columns", {})
    texts = (settings.given,) if isinstance(settings.given, str) else ()
    rows: Iterator[TruthRow] = itertools.repeat(TruthRow({}, {}))
    if table and (columns or texts):
        rows = read_truth_table(table, columns, texts)
    haplotypes = settings.samples.number_of_haplotypes
    found, command = 0, ""
    blocks = ms_format.read_ms(file, haplotypes)
    for block in itertools.islice(blocks, share.replicates):
        where, command = f"{file}:{block.line}", block.command
        ms_command.check_command(
            command, f"{file}:{block.command_line}" if command else file, settings, remarks
        )
        if block.values and "values" not in sources:
            remarks.note(VALUES, where)
        row = next(rows, None)
        if row is None:
            raise CoalflowError(
                f"{table}: has {found} rows, but {file} has more replicates: add rows"
            )
        found += 1
        truth = {
            **_read_options(block.command, sources.get("command", {}), where),
            **_read_values(block.values, sources.get("values", {}), where),
            **row.values,
        }
        if table and found == share.replicates:
            _refuse_more_rows(table, rows, file, blocks, found)
        positions = block.positions * settings.sequence_length
        given = given_sets.find_set(file, row, table, sets, settings.given)
        yield ImportedReplicate(block.alleles, positions, truth, given_set=given)
    if share.replicates is None and table:
        _refuse_more_rows(table, rows, file, blocks, found)
    elif share.replicates is not None and found < share.replicates:
        _refuse_fewer(share, found, settings, command)


def _refuse_more_rows(
    table: str,
    rows: Iterator[TruthRow],
    file: str,
    blocks: Iterator[ms_format.Block],
    found: int,
) -> None:
    """Refuse a table that has rows left where its file has no replicate left."""
    try:
        is_at_end = next(blocks, None) is None
    except CoalflowError:  # what is not used may be damaged
        return
    if is_at_end and (row := next(rows, None)) and row.line:
        raise CoalflowError(
            f"{table}: has more rows than {file} has replicates, {found:,}: they are matched by "
            "their order, so delete those of other replicates"
        )


def _refuse_fewer(share: _Share, found: int, settings: ImportSettings, command: str) -> NoReturn:
    number = share.takes_turns_with
    explained = f" (its share of {number} files)" if number > 1 else ""
    said = ms_command.read_command(command)
    if said is not None and (said.replicates or 0) > found:
        explained += f"; its command line makes {said.replicates:,}, so it may have been cut off"
    raise CoalflowError(
        f"{share.file} has {found:,} replicates, but cell {settings.cell} needs "
        f"{share.replicates:,} of it{explained}. Lower simulation.replicates from "
        f"{settings.replicates:,} to {share.before + found * number:,}, or simulate more"
    )


def _read_options(command: str, options: Mapping[str, str | int], where: str) -> dict[str, float]:
    """Return the true values that follow options of a command line, as far as it has them."""
    words = command.split()
    truth = {}
    for name, option in options.items():
        if option in words[:-1]:
            if words.count(str(option)) > 1:
                raise CoalflowError(
                    f"{where}: {option} is there {words.count(str(option))} times in the command "
                    f"line above, so {name} is not one value: give it in a table "
                    "(simulation.import.truth.tables)"
                )
            word = words[words.index(str(option)) + 1]
            if word == "tbs":
                raise CoalflowError(
                    f"{where}: {option} is tbs, so the value of {name} follows //: say which one "
                    "it is in simulation.import.truth.values"
                )
            truth[name] = read_number(word, f"{where}: {option} of the command line above")
    return truth


def _read_values(
    values: Sequence[str], ranks: Mapping[str, str | int], where: str
) -> dict[str, float]:
    """Return the true values that follow ``//``, where ranks count from 1."""
    truth = {}
    for name, rank in ranks.items():
        rank = int(rank)
        if values and rank > len(values):
            raise CoalflowError(
                f"{where}: {len(values)} values follow //, but {name} should be number {rank}: "
                "correct simulation.import.truth.values"
            )
        if values:
            truth[name] = read_number(values[rank - 1], f"{where}: value {rank} after //")
    return truth
