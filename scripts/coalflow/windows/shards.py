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
``replicate``       int64    (R,)                its number within the cell
``seed``            uint64   (R,)                its seed
``parameter/NAME``  any      (R,)                scenario parameters
``target/NAME``     float64  (R,)                truths that only the trees tell
``meta``            str      ()                  JSON: format, cell, haplotypes, samples
                                                 ((population, individuals) pairs in the
                                                 order of haplotypes), ploidy, settings
==================  =======  ==================  ==========================================

A replicate that was imported has a ``seed`` that nothing was drawn from: it but tells
replicates apart. Its true values are parameters.

Every segregating site of the truth is kept. What sequencing and the net's input
leave of it is decided when a shard is read, so nothing is simulated again for it.
"""

import dataclasses
import io
import json
import struct
import zipfile
import zlib

import numpy as np

from coalflow.core.errors import CoalflowError
from coalflow.core.files import MEND, replace_atomically

FORMAT = 1
DTYPES = {
    "haplotypes": np.uint8,
    "positions": np.float64,
    "offsets": np.int64,
    "replicate": np.int64,
    "seed": np.uint64,
}

# All that zipfile raises on damaged headers; NotImplementedError is a RuntimeError.
DAMAGE = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    RuntimeError,
    ValueError,
    EOFError,
    OSError,
)


@dataclasses.dataclass(frozen=True)
class Shard:
    """The arrays of a shard; see the module's table. ``truth`` has the slashed names."""

    haplotypes: np.ndarray
    positions: np.ndarray
    offsets: np.ndarray
    replicate: np.ndarray
    seed: np.ndarray
    truth: dict
    meta: dict

    @property
    def populations(self):
        """Where each population's haplotypes stand, slices by the names of populations."""
        return slice_populations(self.meta["samples"], self.meta["ploidy"])

    @property
    def sites(self):
        """Number of segregating sites of each replicate, int64 (R,)."""
        return np.diff(self.offsets)


def slice_populations(samples, ploidy):
    """Return where each population's haplotypes stand, slices by the names of populations.

    ``samples`` are (population, individuals) pairs.
    """
    ends = np.cumsum([0, *(number * ploidy for _, number in samples)]).tolist()
    names = [name for name, _ in samples]
    return {
        name: slice(first, end) for name, first, end in zip(names, ends[:-1], ends[1:], strict=True)
    }


def of_samples(samples, ploidy):
    """Return what a shard's meta says of samples, (population, individuals) pairs."""
    haplotypes = ploidy * sum(number for _, number in samples)
    return {"samples": samples, "ploidy": ploidy, "haplotypes": haplotypes}


class ShardWriter:
    """Gathers replicates in memory, packed, and writes them as one shard."""

    def __init__(self):
        self._packed, self._positions, self._offsets = [], [], [0]
        self._replicate, self._seed = [], []

    def add(self, tree_sequence, replicate, seed):
        """Add one replicate's tree sequence; samples are haplotypes in their order.

        A site that all samples share, as that of a complete sweep, is no segregating site.
        """
        derived = tree_sequence.genotype_matrix() != 0
        self.add_alleles(derived, tree_sequence.sites_position, replicate, seed)

    def add_alleles(self, derived, positions, replicate, seed):
        """Add one replicate's alleles, bool or 0/1 (sites, haplotypes).

        ``positions`` is float64 (sites,), in bases, ascending. Only segregating sites are kept.
        """
        segregating = derived.any(axis=1) & ~derived.all(axis=1)
        self._packed.append(np.packbits(derived[segregating], axis=1))
        self._positions.append(positions[segregating])
        self._offsets.append(self._offsets[-1] + segregating.sum())
        self._replicate.append(replicate)
        self._seed.append(seed)

    def write(self, path, truth, meta):
        """Write the shard whole, or not at all.

        ``truth`` maps names such as ``parameter/mutation_rate`` to arrays (R,);
        ``meta`` is any dict that JSON can write, with at least ``cell`` and what
        :func:`of_samples` returns.
        """
        arrays = {
            "haplotypes": np.concatenate(self._packed),
            "positions": np.concatenate(self._positions),
            "offsets": np.array(self._offsets, DTYPES["offsets"]),
            "replicate": np.array(self._replicate, DTYPES["replicate"]),
            "seed": np.array(self._seed, DTYPES["seed"]),
            **truth,
        }
        # No CRC-32 guards a zip file's list of members, so meta has one too.
        text = json.dumps({"format": FORMAT, "arrays": list(arrays), **meta}, sort_keys=True)
        with replace_atomically(path) as temporary:
            np.savez(temporary, allow_pickle=False, **arrays, meta=np.array(text))


def read_shard(path, cell=None):
    """Return the :class:`Shard` in a file, checked.

    Raises CoalflowError if the file is cut off, damaged, not a shard, of another
    format or, where ``cell`` is given, of another cell.
    """
    try:
        arrays = _load(path)
    except FileNotFoundError:
        raise CoalflowError(f"{path}: there is no such shard. Start Snakemake again") from None
    except DAMAGE as error:
        raise CoalflowError(f"{path}: not a whole shard ({_first_line(error)}). {MEND}") from None
    problem = _problem(arrays, cell)
    if problem:
        raise CoalflowError(f"{path}: {problem}. {MEND}")
    return Shard(
        **{name: arrays[name] for name in DTYPES},
        truth={name: array for name, array in arrays.items() if "/" in name},
        meta=json.loads(str(arrays["meta"])),
    )


def _load(path):
    """Return the arrays of an .npz file.

    Each member is read to its end before numpy sees it, for only then does zipfile
    compare its CRC-32. numpy.load stops where a damaged header says that it ends.
    """
    with zipfile.ZipFile(path) as archive:
        return {
            name.removesuffix(".npy"): np.lib.format.read_array(
                io.BytesIO(archive.read(name)), allow_pickle=False
            )
            for name in archive.namelist()
        }


def _problem(arrays, cell):
    """Return what is wrong with a shard's arrays, or None."""
    missing = sorted(({*DTYPES, "meta"}) - set(arrays))
    if missing:
        return f"not a coalflow shard: it has no {', '.join(missing)}"
    for name, dtype in DTYPES.items():
        if arrays[name].dtype != dtype:
            return f"not a coalflow shard: {name} is {arrays[name].dtype}"
    try:
        meta = json.loads(str(arrays["meta"]))
    except json.JSONDecodeError:
        meta = None
    if not isinstance(meta, dict):
        return "not a coalflow shard: its meta is not a JSON object"
    if meta.get("format") != FORMAT:
        return f"shard format {meta.get('format')}, this coalflow reads format {FORMAT}"
    if cell is not None and meta.get("cell") != cell:
        return f"holds cell {meta.get('cell')!r}, not {cell!r}"
    if {*meta.get("arrays", ()), "meta"} != set(arrays):
        return "it does not hold the arrays that were written"
    if arrays["positions"].ndim != 1:
        return "its positions are no list"
    if not isinstance(meta.get("haplotypes"), int):
        return "its meta does not say how many haplotypes there are"
    offsets, sites = arrays["offsets"], len(arrays["positions"])
    if (
        offsets.ndim != 1
        or len(offsets) < 2
        or offsets[0] != 0
        or offsets[-1] != sites
        or (np.diff(offsets) < 0).any()
    ):
        return "its offsets do not fit its positions"
    if arrays["haplotypes"].shape != (sites, -(-meta["haplotypes"] // 8)):
        return "its haplotypes do not fit its positions and samples"
    replicates = len(offsets) - 1
    for name, array in arrays.items():
        if ("/" in name or name in ("replicate", "seed")) and array.shape != (replicates,):
            return f"{name} does not have one value a replicate"
    return None


def _first_line(error):
    return str(error).splitlines()[0] if str(error) else type(error).__name__
