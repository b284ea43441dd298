"""Simulations made elsewhere: files of ms's format, or tree sequences, as replicates.

Files are read once, replicate by replicate, and none is held whole. Where several
files make up a cell they take turns, so that each gives its share: replicate i comes
from file i modulo their number.
"""

import csv
import dataclasses
import itertools
import math
import pathlib

import numpy as np
import tskit

from coalflow.config import import_files, targets
from coalflow.core import digests, seeds
from coalflow.core.errors import CoalflowError
from coalflow.imports import ms_format
from coalflow.statistics import tskit_statistics
from coalflow.windows import shards

FILE_COLUMN = "file"  # of a table of tree sequences
# Imported replicates have no seed that is known. The column tells them apart all the same,
# and does not hang on the run's seed, for nothing is drawn here.
SEED = 0


@dataclasses.dataclass(frozen=True)
class Replicate:
    """One imported window.

    ``alleles`` is uint8 (sites, haplotypes), 1 where derived; ``positions`` float64
    (sites,) in bases from the window's left end; ``truth`` maps names to numbers, and
    ``of_trees`` the names of statistics of trees (:func:`coalflow.config.targets.truth_name`).
    """

    alleles: np.ndarray
    positions: np.ndarray
    truth: dict
    of_trees: dict = dataclasses.field(default_factory=dict)


class Shard:
    """Imported replicates of a cell, gathered to be written as a shard.

    ``settings`` are those of :func:`read`, with the cell's ``parameters``.
    """

    def __init__(self, settings):
        self._settings = settings
        self._shard, self._truths = shards.ShardWriter(), []

    def __len__(self):
        return len(self._truths)

    def add(self, replicate, number):
        """Add a :class:`Replicate`, with its number in the cell."""
        seed = seeds.derive_replicate_seed(SEED, self._settings["cell"], number)
        self._shard.add_alleles(replicate.alleles, replicate.positions, number, seed)
        known = {**self._settings["parameters"], **replicate.truth}
        named = {f"parameter/{name}": value for name, value in known.items()}
        self._truths.append({**named, **replicate.of_trees})

    def write(self, path):
        """Write the shard whole, or not at all."""
        settings = self._settings
        truth = {name: np.array([one[name] for one in self._truths]) for name in self._truths[0]}
        # Without the number of replicates, full shards stay the same when more are imported.
        told = {name: value for name, value in settings.items() if name != "replicates"}
        meta = {
            "cell": settings["cell"],
            **shards.of_samples(settings["samples"], settings["ploidy"]),
            "settings": told,
            "settings_digest": digests.digest_value(told),
            "versions": {"tskit": tskit.__version__},
        }
        self._shard.write(path, truth, meta)


def read_replicates(settings):
    """Yield the first ``settings["replicates"]`` :class:`Replicate` of a cell.

    ``settings`` has the cell's ``format`` (ms or trees), ``files`` (patterns), ``truth``
    (where true values stand, see config/README.md), ``tables``, ``sequence_length`` in
    bases, ``samples`` as (population, individuals) pairs, ``ploidy``, ``trees``
    (statistics that are computed on trees), ``cell`` and ``replicates``.

    Raises CoalflowError where the files have fewer, other haplotypes or another length
    than the config says, lack true values, or cannot be read.
    """
    files = import_files.expand_patterns(settings["files"])
    if not files:
        raise CoalflowError(f"no file matches {', '.join(settings['files'])}")
    any_sites = False
    names = None
    for number, replicate in enumerate(READERS[settings["format"]](files, settings)):
        if names is None:
            names = replicate.truth.keys()
        elif names != replicate.truth.keys():
            name = min(names ^ replicate.truth.keys())
            raise CoalflowError(
                f"cell {settings['cell']}: some replicates have a true value of {name}, but "
                f"replicate {number + 1} {'has one' if name in replicate.truth else 'has none'}: "
                "give one to all of a cell, or to none"
            )
        any_sites |= len(replicate.positions) > 0
        yield replicate
    if not any_sites:
        raise CoalflowError(
            f"cell {settings['cell']}: none of its {settings['replicates']:,} replicates has a "
            "segregating site. Put mutations on the trees, or raise the simulator's mutation rate"
        )


def _haplotypes(settings):
    return shards.of_samples(settings["samples"], settings["ploidy"])["haplotypes"]


def _refuse_fewer(file, has, share, settings, files):
    of_cell = f" (its share of {len(files)} files)" if len(files) > 1 else ""
    raise CoalflowError(
        f"{file} has {has:,} replicates, but cell {settings['cell']} needs {share:,} of "
        f"it{of_cell}. Lower simulation.replicates from {settings['replicates']:,} to "
        f"{has * len(files):,}, or simulate more"
    )


# ms's format ------------------------------------------------------------------------------------


def _of_ms(files, settings):
    """Yield the replicates of files in ms's format."""
    tables = settings["tables"]
    if tables and len(tables) != len(files):
        raise CoalflowError(
            f"cell {settings['cell']}: its files are {len(files)}, its tables of true values "
            f"{len(tables)}. Give one table for each file (simulation.import.truth.tables)"
        )
    shares = [len(range(place, settings["replicates"], len(files))) for place in range(len(files))]
    streams = [
        _of_one_ms(file, table, share, settings, files)
        for file, table, share in zip(files, tables or [None] * len(files), shares, strict=True)
        if share
    ]
    for number in range(settings["replicates"]):
        yield next(streams[number % len(streams)])


def _of_one_ms(file, table, share, settings, files):
    """Yield ``share`` replicates of one file; raise CoalflowError if it has fewer."""
    places = settings["truth"]
    columns = places.get("columns", {}) if table else {}
    rows = _rows(table, columns) if columns else itertools.repeat({})
    has = 0
    for block in itertools.islice(ms_format.read_ms(file, _haplotypes(settings)), share):
        where = f"{file}:{block.line}"
        row = next(rows, None)
        if row is None:
            raise CoalflowError(
                f"{table}: has {has} rows, but {file} has more replicates: add rows"
            )
        has += 1
        truth = {
            **_from_command(block.command, places.get("command", {}), where),
            **_from_values(block.values, places.get("values", {}), where),
            **row,
        }
        yield Replicate(block.alleles, block.positions * settings["sequence_length"], truth)
    if has < share:
        _refuse_fewer(file, has, share, settings, files)


def _from_command(command, places, where):
    """Return true values that follow options of a command line, as far as it has them."""
    words = command.split()
    truth = {}
    for name, option in places.items():
        if option in words[:-1]:
            word = words[words.index(option) + 1]
            if word == "tbs":
                raise CoalflowError(
                    f"{where}: {option} is tbs, so {name} stands after //: give its place in "
                    "simulation.import.truth.values"
                )
            truth[name] = _number(word, f"{where}: {option} of the command line above")
    return truth


def _from_values(values, places, where):
    """Return true values that stand after ``//``; ``places`` counts them from 1."""
    for name, place in places.items():
        if values and place > len(values):
            raise CoalflowError(
                f"{where}: {len(values)} values follow //, but {name} is to be number {place}: "
                "correct simulation.import.truth.values"
            )
    if not values:
        return {}
    return {
        name: _number(values[place - 1], f"{where}: value {place} after //")
        for name, place in places.items()
    }


# Tree sequences -----------------------------------------------------------------------------------


def _of_trees(files, settings):
    """Yield the replicates of tree sequences, a file each."""
    wanted = settings["replicates"]
    if len(files) < wanted:
        raise CoalflowError(
            f"cell {settings['cell']} has {len(files):,} files, a replicate each, but "
            f"simulation.replicates is {wanted:,}: lower it, or simulate more"
        )
    columns = settings["truth"].get("columns", {})
    rows = {}
    for table in settings["tables"]:
        for row in _rows(table, columns, FILE_COLUMN):
            rows[pathlib.Path(row.pop(FILE_COLUMN)).name] = row
    for file in files[:wanted]:
        trees = _load(file)
        truth = _from_metadata(trees, settings["truth"].get("metadata", {}), file)
        if rows:
            name = pathlib.Path(file).name
            if name not in rows:
                raise CoalflowError(
                    f"{', '.join(settings['tables'])}: has no row of {name}: add it"
                )
            truth |= rows[name]
        yield Replicate(
            *_sites(trees, file, settings), truth, _statistics_of_trees(trees, file, settings)
        )


def _load(file):
    try:
        return tskit.load(file)
    except (tskit.TskitException, tskit.FileFormatError, OSError, EOFError, ValueError) as error:
        reason = " ".join(str(error).split()) or type(error).__name__
        mend = "unpack it with tsunzip" if file.endswith(".tsz") else "copy or make it again"
        raise CoalflowError(f"{file}: is no whole tree sequence ({reason}): {mend}") from None


def _sites(trees, file, settings):
    """Return the alleles and positions of the sites of a tree sequence that have two alleles.

    A site with two derived alleles, or with a derived one and without the ancestral, is
    left out: real data are read so, too.
    """
    needed = _haplotypes(settings)
    if trees.num_samples != needed:
        raise CoalflowError(
            f"{file}: has {trees.num_samples} haplotypes, but simulation.samples makes {needed}: "
            "simplify it to the ones to be used, or change simulation.samples"
        )
    if trees.sequence_length != settings["sequence_length"]:
        raise CoalflowError(
            f"{file}: is {trees.sequence_length:,.10g} bases long, but simulation.sequence_length "
            f"is {settings['sequence_length']:,}: make them the same"
        )
    genotypes = trees.genotype_matrix()
    if (genotypes < 0).any():
        raise CoalflowError(
            f"{file}: some haplotypes have no ancestry at some sites (missing data): import whole "
            "windows"
        )
    derived = genotypes > 0
    if genotypes.size:
        highest = genotypes.max(axis=1)
        lowest = np.where(derived, genotypes, highest[:, None]).min(axis=1)
        two = (highest == lowest) & ~derived.all(axis=1)
        derived, positions = derived[two], trees.sites_position[two]
    else:
        positions = trees.sites_position
    return derived.astype(np.uint8), positions


def _statistics_of_trees(trees, file, settings):
    """Return the statistics of ``settings["trees"]`` by their names in shards."""
    if settings["trees"] and trees.time_units == tskit.TIME_UNITS_UNCALIBRATED:
        raise CoalflowError(
            f"{file}: its nodes have no times (time_units is uncalibrated), and a target is a "
            "statistic of the trees: date it, or predict a statistic of sites"
        )
    populations = shards.slice_populations(settings["samples"], settings["ploidy"])
    return {
        targets.truth_name(one): tskit_statistics.compute_on_trees(trees, one, populations)
        for one in settings["trees"]
    }


def _from_metadata(trees, places, file):
    """Return true values from a tree sequence's metadata; ``SLiM.user_metadata.s`` is a place.

    SLiM keeps lists there; those of one number count as that number.
    """
    truth = {}
    for name, place in places.items():
        value = trees.metadata
        for key in place.split("."):
            value = value.get(key) if isinstance(value, dict) else None
        if isinstance(value, list) and len(value) == 1:
            value = value[0]
        if value is not None:
            truth[name] = _number(value, f"{file}: {place} of the metadata")
    return truth


READERS = {"ms": _of_ms, "trees": _of_trees}


# Tables -------------------------------------------------------------------------------------------


def _rows(table, columns, *texts):
    """Yield the true values in each row of a table, a dict; columns ``texts`` stay text.

    ``columns`` maps names of true values to columns. The table has a header, and tabs
    or, where its name ends with .csv, commas between columns.
    """
    separator = "," if table.lower().endswith(".csv") else "\t"
    try:
        # utf-8-sig: spreadsheets put a byte-order mark before the header.
        with pathlib.Path(table).open(newline="", encoding="utf-8-sig") as file:
            reader = csv.DictReader(file, delimiter=separator)
            header = reader.fieldnames or []
            for column in (*columns.values(), *texts):
                if column not in header:
                    raise CoalflowError(
                        f"{table}:1: has no column {column}, but: {', '.join(header)}. Separate "
                        "columns by tabs, or by commas in a file named .csv"
                    )
            for row in reader:
                where = f"{table}:{reader.line_num}: {{}}"
                yield {
                    **{
                        name: _number(row[column], where.format(f"column {column}"))
                        for name, column in columns.items()
                    },
                    **{column: row[column] or "" for column in texts},
                }
    except FileNotFoundError:
        raise CoalflowError(f"{table}: there is no such table") from None
    except (UnicodeDecodeError, csv.Error) as error:
        raise CoalflowError(f"{table}: is no table in UTF-8 ({error})") from None


def _number(value, what):
    """Return a true value as a float."""
    try:
        number = float(value)
    except (TypeError, ValueError):
        number = math.nan
    if not math.isfinite(number):
        raise CoalflowError(f"{what} is {value!r}, but true values are numbers: correct it")
    return number
