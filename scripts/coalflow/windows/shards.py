"""Shards: consecutive replicates of one cell in one ``.npz`` file.

``numpy.load(path, allow_pickle=False)`` opens a shard. With R replicates, M
segregating sites in all of them together and n haplotypes, its arrays are

==================  =======  ==================  ==========================================
array               dtype    shape
==================  =======  ==================  ==========================================
``haplotypes``      uint8    (M, ceil(n / 8))    derived alleles as bits, most significant
                                                 first: ``numpy.unpackbits(..., count=n)``
``positions``       float64  (M,)                bases from the window's left end
``offsets``         int64    (R + 1,)            replicate i has the rows offsets[i] to
                                                 offsets[i + 1]
``replicate``       int64    (R,)                its index within the cell
``seed``            uint64   (R,)                its seed
``parameter/NAME``  any      (R,)                scenario parameters
``target/NAME``     any      (R,)                true values that only the trees have
``import/set``      str      (R,)                ``train``, ``validation`` or ``test``, where
                                                 the config says which are for what
``ancestry/NAME``   any      any                 which stretches of haplotypes are from another
                                                 population, only where that is needed:
                                                 :class:`coalflow.windows.ancestry.Ancestry`
``meta``            str      ()                  JSON, see :class:`ShardMeta`
==================  =======  ==================  ==========================================

A replicate that was imported has a ``seed`` from which nothing was drawn: it only distinguishes
replicates. Its true values are parameters.

Every segregating site of the truth is kept. What sequencing and the net's input leave of it is
decided when a shard is read, so changing them needs no new simulations.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from coalflow.config.fields.section import Section
from coalflow.config.schema.samples import Samples
from coalflow.core.errors import CoalflowError
from coalflow.core.files import REMEDY, replace_atomically, require_file
from coalflow.windows.ancestry import PREFIX, Ancestry, Runs, collect_ancestry, read_ancestry
from coalflow.windows.array_files import DAMAGE, load_arrays

if TYPE_CHECKING:
    import tskit

FORMAT = 2
DTYPES = {
    "haplotypes": np.uint8,
    "positions": np.float64,
    "offsets": np.int64,
    "replicate": np.int64,
    "seed": np.uint64,
}
GIVEN = "import/set"
TRUTH = "biufU"  # kinds of dtypes: numbers and names


class ShardMeta(Section):
    """What a shard's arrays are, and how they were made."""

    format: int = FORMAT
    cell: str
    samples: Samples
    """Whose haplotypes these are."""
    arrays: tuple[str, ...] = ()
    """The names of all other arrays."""
    settings: dict[str, Any] = {}
    """What the program that made the shard was given."""
    settings_digest: str = ""
    versions: dict[str, str] = {}
    """Of the libraries that made it."""


@dataclasses.dataclass(frozen=True)
class Shard:
    """The arrays of a shard; the module's table has their dtypes and shapes.

    Attributes
    ----------
    haplotypes, positions, offsets, replicate, seed : ndarray
    truth : mapping of str to ndarray, shape (replicates,)
        Parameters and true values, by names such as ``parameter/mutation_rate``.
    meta : ShardMeta
    ancestry : Ancestry, optional
        Which stretches of haplotypes are from another population, where that was needed.
    """

    haplotypes: npt.NDArray[np.uint8]
    positions: npt.NDArray[np.float64]
    offsets: npt.NDArray[np.int64]
    replicate: npt.NDArray[np.int64]
    seed: npt.NDArray[np.uint64]
    truth: Mapping[str, npt.NDArray[Any]]
    meta: ShardMeta
    ancestry: Ancestry | None = None

    @property
    def samples(self) -> Samples:
        """Whose haplotypes these are."""
        return self.meta.samples

    @property
    def sites(self) -> npt.NDArray[np.int64]:
        """Number of segregating sites of each replicate, int64 (R,)."""
        return np.diff(self.offsets)

    @property
    def lengths(self) -> npt.NDArray[Any] | None:
        """Bases of each replicate, (R,); None where they are not known."""
        return self.truth.get("parameter/sequence_length")


class ShardWriter:
    """Collects replicates in memory, packed, and writes them as one shard."""

    def __init__(self) -> None:
        self._packed: list[npt.NDArray[np.uint8]] = []
        self._positions: list[npt.NDArray[np.float64]] = []
        self._offsets = [0]
        self._replicate: list[int] = []
        self._seed: list[int] = []
        self._ancestry: list[Runs] = []

    def add(self, trees: tskit.TreeSequence, replicate: int, seed: int) -> None:
        """Add the haplotypes of a tree sequence, its samples in their order.

        A site that all samples share, such as that of a complete sweep, does not segregate.

        Parameters
        ----------
        trees : tskit.TreeSequence
        replicate : int
            Its index within the cell.
        seed : int
            From 0 to 2**64 - 1.
        """
        derived = trees.genotype_matrix() != 0
        self.add_alleles(derived, trees.sites_position, replicate, seed)

    def add_alleles(
        self,
        derived: npt.NDArray[np.bool_ | np.uint8],
        positions: npt.NDArray[np.float64],
        replicate: int,
        seed: int,
    ) -> None:
        """Add one replicate's alleles. Only segregating sites are kept.

        Parameters
        ----------
        derived : ndarray of bool or uint8, shape (sites, haplotypes)
            Where the allele is the derived one.
        positions : ndarray of float64, shape (sites,)
            In bases, ascending.
        replicate, seed : int
            As in :meth:`add`.
        """
        segregating = derived.any(axis=1) & ~derived.all(axis=1)
        self._packed.append(np.packbits(derived[segregating], axis=1))
        self._positions.append(positions[segregating])
        self._offsets.append(self._offsets[-1] + segregating.sum())
        self._replicate.append(replicate)
        self._seed.append(seed)

    def add_ancestry(self, runs: Runs) -> None:
        """Add which stretches of the last replicate's haplotypes are from another population.

        All replicates of a shard have that, or none.
        """
        self._ancestry.append(runs)

    def write(
        self, path: str | Path, truth: Mapping[str, npt.NDArray[Any]], meta: ShardMeta
    ) -> None:
        """Write the shard whole, or not at all.

        Parameters
        ----------
        path : str or Path
        truth : mapping of str to ndarray, shape (replicates,)
            By names such as ``parameter/mutation_rate``.
        meta : ShardMeta
            Its ``arrays`` are filled in.

        Raises
        ------
        CoalflowError
            If the disk is full or cannot be written.
        """
        arrays: dict[str, npt.NDArray[Any]] = {
            "haplotypes": np.concatenate(self._packed),
            "positions": np.concatenate(self._positions),
            "offsets": np.array(self._offsets, DTYPES["offsets"]),
            "replicate": np.array(self._replicate, DTYPES["replicate"]),
            "seed": np.array(self._seed, DTYPES["seed"]),
            **truth,
        }
        if self._ancestry:
            arrays |= collect_ancestry(self._ancestry)
        # No CRC-32 guards a zip file's list of members, so meta has one too.
        listed = meta.model_copy(update={"arrays": tuple(arrays)})
        text = json.dumps(listed.as_json(), sort_keys=True)
        with replace_atomically(path) as temporary:
            np.savez(temporary, allow_pickle=False, **arrays, meta=np.array(text))


def read_shard(path: str | Path, cell: str | None = None) -> Shard:
    """Return the shard in a file, checked.

    Parameters
    ----------
    path : str or Path
    cell : str, optional
        The cell that it must be of.

    Raises
    ------
    CoalflowError
        If the file is missing, cut off, damaged, not a shard, of another format or of another
        cell.
    """
    try:
        require_file(path)
        arrays = load_arrays(path)
    except FileNotFoundError:
        raise CoalflowError(f"{path}: there is no such shard. Start Snakemake again") from None
    except DAMAGE as error:
        raise CoalflowError(f"{path}: not a whole shard ({_first_line(error)}). {REMEDY}") from None
    try:
        meta = _read_meta(arrays, cell)
        _check_shapes(arrays, meta)
        haplotypes = meta.samples.number_of_haplotypes
        ancestry = read_ancestry(arrays, len(arrays["replicate"]), haplotypes)
    except ValueError as error:
        raise CoalflowError(f"{path}: {error}. {REMEDY}") from None
    return Shard(
        **{name: arrays[name] for name in DTYPES},
        truth={name: array for name, array in arrays.items() if _is_truth(name)},
        meta=meta,
        ancestry=ancestry,
    )


def _read_meta(arrays: Mapping[str, npt.NDArray[Any]], cell: str | None) -> ShardMeta:
    """Return the meta of a shard; raise ValueError where the arrays are not those of one."""
    missing = sorted(({*DTYPES, "meta"}) - set(arrays))
    if missing:
        raise ValueError(f"not a coalflow shard: it has no {', '.join(missing)}")
    for name, dtype in DTYPES.items():
        if arrays[name].dtype != dtype:
            raise ValueError(f"not a coalflow shard: {name} is {arrays[name].dtype}")
    for name, array in arrays.items():
        if _is_truth(name) and array.dtype.kind not in TRUTH:
            raise ValueError(f"not a coalflow shard: {name} is {array.dtype}")
    text = str(arrays["meta"])
    try:
        written = json.loads(text)
    except (ValueError, RecursionError):
        written = None
    if not isinstance(written, dict):
        raise ValueError("not a coalflow shard: its meta is not a JSON object")
    if written.get("format") != FORMAT:
        raise ValueError(
            f"shard format {written.get('format')}, this coalflow reads format {FORMAT}"
        )
    try:
        meta = ShardMeta.model_validate_json(text)
    except ValueError as error:
        problem = " ".join(str(error).split())
        raise ValueError(f"its meta is not that of a shard ({problem})") from None
    if cell is not None and meta.cell != cell:
        raise ValueError(f"holds cell {meta.cell!r}, not {cell!r}")
    if {*meta.arrays, "meta"} != set(arrays):
        raise ValueError("it does not hold the arrays that were written")
    return meta


def _check_shapes(arrays: Mapping[str, npt.NDArray[Any]], meta: ShardMeta) -> None:
    """Raise ValueError where the shapes of a shard's arrays do not fit each other."""
    if arrays["positions"].ndim != 1:
        raise ValueError("its positions are not a list")
    offsets, sites = arrays["offsets"], len(arrays["positions"])
    if (
        offsets.ndim != 1
        or len(offsets) < 2
        or offsets[0] != 0
        or offsets[-1] != sites
        or (np.diff(offsets) < 0).any()
    ):
        raise ValueError("its offsets do not fit its positions")
    if arrays["haplotypes"].shape != (sites, -(-meta.samples.number_of_haplotypes // 8)):
        raise ValueError("its haplotypes do not fit its positions and samples")
    replicates = len(offsets) - 1
    for name, array in arrays.items():
        per_replicate = _is_truth(name) or name in ("replicate", "seed")
        if per_replicate and array.shape != (replicates,):
            raise ValueError(f"{name} does not have one value a replicate")


def _is_truth(name: str) -> bool:
    """Tell whether an array has one true value of each replicate."""
    return "/" in name and not name.startswith(PREFIX)


def _first_line(error: BaseException) -> str:
    return str(error).splitlines()[0][:200] if str(error) else type(error).__name__
