"""Simulations made elsewhere: files in ms's format, or tree sequences, as replicates.

Files are read once, replicate by replicate, and never held whole. Where several
files make up a cell they take turns, so that each gives its share: replicate i comes
from file i modulo their number.
"""

import pathlib
from collections.abc import Iterator
from typing import Any

import numpy as np
import tskit

from coalflow.config import import_files
from coalflow.config.settings.simulating import ImportSettings
from coalflow.core import digests, seeds
from coalflow.core.errors import CoalflowError
from coalflow.imports import ms_replicates
from coalflow.imports.remarks import Remarks
from coalflow.imports.replicate import ImportedReplicate
from coalflow.imports.trees import tree_replicates
from coalflow.windows import shards

# The seeds of imported replicates are not known. The column distinguishes them all the same,
# and does not depend on the run's seed.
SEED = 0
READERS = {
    "ms": ms_replicates.read_ms_replicates,
    "trees": tree_replicates.read_tree_replicates,
}


class ImportedShard:
    """Imported replicates of a cell, collected to be written as a shard.

    Parameters
    ----------
    settings : ImportSettings
        Those of the cell.
    """

    def __init__(self, settings: ImportSettings) -> None:
        self._settings = settings
        self._shard, self._truths = shards.ShardWriter(), list[dict[str, Any]]()

    def __len__(self) -> int:
        return len(self._truths)

    def add(self, replicate: ImportedReplicate, index: int) -> None:
        """Add a replicate, with its index in the cell."""
        seed = seeds.derive_replicate_seed(SEED, self._settings.cell, index)
        self._shard.add_alleles(replicate.alleles, replicate.positions, index, seed)
        if replicate.ancestry is not None:
            self._shard.add_ancestry(replicate.ancestry)
        known = {**self._settings.parameters, **replicate.truth}
        named = {f"parameter/{name}": value for name, value in known.items()}
        given = {shards.GIVEN: replicate.given_set} if replicate.given_set else {}
        self._truths.append({**named, **replicate.tree_statistics, **given})

    def write(self, path: str | pathlib.Path) -> None:
        """Write the shard whole, or not at all.

        Parameters
        ----------
        path : path

        Raises
        ------
        CoalflowError
            If the disk is full or cannot be written.
        """
        names = self._truths[0]
        truth = {name: np.array([values[name] for values in self._truths]) for name in names}
        # Without the number of replicates, full shards stay the same when more are imported.
        settings = self._settings.as_json()
        del settings["replicates"]
        meta = shards.ShardMeta(
            cell=self._settings.cell,
            samples=self._settings.samples,
            settings=settings,
            settings_digest=digests.digest_value(settings),
            versions={"tskit": tskit.__version__},
        )
        self._shard.write(path, truth, meta)


def read_replicates(settings: ImportSettings, remarks: Remarks) -> Iterator[ImportedReplicate]:
    """Yield the first replicates of a cell, as many as the settings require.

    Parameters
    ----------
    settings : ImportSettings
    remarks : Remarks
        Gets those on the files, as they are read.

    Raises
    ------
    CoalflowError
        If the files have too few replicates, another number of haplotypes or another length
        than the config says, lack true values, or cannot be read; or if no replicate has a site.
    """
    files = import_files.expand_patterns(settings.files)
    if not files:
        raise CoalflowError(f"no file matches {', '.join(settings.files)}")
    any_sites = False
    names = None
    for index, replicate in enumerate(READERS[settings.format](files, settings, remarks)):
        if names is None:
            names = replicate.truth.keys()
        elif names != replicate.truth.keys():
            name = min(names ^ replicate.truth.keys())
            raise CoalflowError(
                f"cell {settings.cell}: some replicates have a true value of {name}, but "
                f"replicate {index + 1} {'has one' if name in replicate.truth else 'has none'}: "
                "give one to all of a cell, or to none"
            )
        any_sites |= len(replicate.positions) > 0
        yield replicate
    if not any_sites:
        raise CoalflowError(
            f"cell {settings.cell}: none of its {settings.replicates:,} replicates has a "
            "segregating site. Put mutations on the trees, or raise the simulator's mutation rate"
        )
