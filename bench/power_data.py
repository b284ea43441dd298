"""Simulations for bench/power.py: what programs learn from, and genomes with known sweeps.

Everybody learns from the same priors, those of a config of coalflow, and from as many windows of
each class. Windows are 1.2 Mb long, as Flex-sweep 2 reads them; diploS/HIC reads 825 kb in the
middle. coalflow simulates its own, of the config's length. A sweep is in the middle, and a linked
one in any of the other ten parts of diploS/HIC's window, as its manual has it.

Test genomes are chromosomes of independent blocks, some with a sweep in their middle.
"""

from __future__ import annotations

import dataclasses
import gzip
import json
import pathlib
from collections.abc import Iterator

import demes
import numpy as np
import numpy.typing as npt
import pandas as pd
import pysam
import yaml

from coalflow.config.loading import read_config
from coalflow.config.registry.parameters import NEUTRAL
from coalflow.config.schema.distributions import Distribution
from coalflow.config.settings.making import SettingsMaker
from coalflow.config.settings.simulating import SimulateSettings
from coalflow.core import seeds
from coalflow.simulation import demography, neutral
from coalflow.simulation.replicates import Replicates
from coalflow.simulation.sweeps.sweep_simulator import SweepSimulator
from coalflow.simulation.sweeps.trajectories.selection import Selection
from coalflow.windows.shards import read_shard

LONG, PART, PARTS = 1_200_000, 75_000, 11  # bases: a window for training, and diploS/HIC's parts
RECOMBINATION_RATE = 1.2e-8
INDIVIDUALS = 25
KINDS = ("hard", "soft", "partial")
# Of test genomes; as the config's but for partial sweeps, which end on the day of sampling.
STRENGTHS, START_FREQUENCIES = (0.01, 0.1), (0.01, 0.2)
AGES, END_FREQUENCIES = (0, 2000), (0.3, 0.9)
SHIFT = 50_000  # bases at most from the middle of a block to the site, so that no grid fits it
HEADER = """\
##fileformat=VCFv4.2
##FILTER=<ID=PASS,Description="All filters passed">
##contig=<ID={contig},length={length}>
##FORMAT=<ID=GT,Number=1,Type=String,Description="Genotype">
"""
COLUMNS = ("#CHROM", "POS", "ID", "REF", "ALT", "QUAL", "FILTER", "INFO", "FORMAT")
Alleles = npt.NDArray[np.uint8]


@dataclasses.dataclass(frozen=True)
class Sizes:
    """How much is simulated.

    Attributes
    ----------
    replicates : int
        For training, of each class.
    swept, neutral : int
        Blocks of test genomes.
    swept_length, neutral_length : int
        Bases of such blocks.
    in_chromosome : int
        Bases of a chromosome, at most.
    """

    replicates: int = 1000
    swept: int = 72
    neutral: int = 60
    swept_length: int = 2_400_000
    neutral_length: int = 10_000_000
    in_chromosome: int = 30_000_000


# Training ----------------------------------------------------------------------------------------


def simulate_training(config: pathlib.Path, folder: pathlib.Path, replicates: int) -> list[str]:
    """Simulate long windows of each class of a config, unless done; return the classes."""
    written = yaml.safe_load(config.read_text(encoding="utf-8"))
    maker = SettingsMaker(read_config(written, [config]))
    for name, cell in maker.cells.items():
        halves = (0, replicates // 2, replicates)
        for side, (first, last) in enumerate(zip(halves, halves[1:], strict=False)):
            path = folder / f"{cell.sweep}_{side}.npz"
            if not path.exists():
                settings = maker.simulate(maker.cells[name], first, last - first)
                _simulate_shard(_lengthen(settings, side), path)
    return [cell.sweep for cell in maker.cells.values()]


def _lengthen(settings: SimulateSettings, side: int) -> SimulateSettings:
    """Return the settings for long windows; linked sweeps are to the left (side 0) or right."""
    parameters = {**settings.parameters, "sequence_length": LONG}
    if parameters.pop("distance", None) is not None:
        near, far = PART / 2, PARTS * PART / 2
        ends = (LONG / 2 - far, LONG / 2 - near) if side == 0 else (LONG / 2 + near, LONG / 2 + far)
        parameters["position"] = Distribution.model_validate({"uniform": list(ends)})
    elif parameters["sweep"] != NEUTRAL:
        parameters["position"] = LONG / 2
    return settings.model_copy(update={"parameters": parameters, "tree_statistics": ()})


def _simulate_shard(settings: SimulateSettings, path: pathlib.Path) -> None:
    replicates = Replicates(settings)
    for index in range(settings.first, settings.first + settings.count):
        replicates.add(index)
    path.parent.mkdir(parents=True, exist_ok=True)
    replicates.write(path)


def iterate_windows(
    folder: pathlib.Path, kind: str
) -> Iterator[tuple[npt.NDArray[np.float64], Alleles, dict[str, float]]]:
    """Yield positions, alleles (sites, haplotypes) and true values of the windows of a class."""
    for path in sorted(folder.glob(f"{kind}_[01].npz")):
        shard = read_shard(path)
        width = shard.samples.number_of_haplotypes
        for index, (start, stop) in enumerate(
            zip(shard.offsets[:-1], shard.offsets[1:], strict=True)
        ):
            alleles = np.unpackbits(shard.haplotypes[start:stop], axis=1, count=width)
            truth = {name.partition("/")[2]: array[index] for name, array in shard.truth.items()}
            yield shard.positions[start:stop], alleles, truth


def write_ms(
    path: pathlib.Path,
    windows: list[tuple[npt.NDArray[np.float64], Alleles]],
    middle: float,
) -> None:
    """Write the middle of long windows in the format of ms, compressed.

    Parameters
    ----------
    path : path
    windows : list of (positions, alleles)
    middle : float
        Bases that are kept.
    """
    start = (LONG - middle) / 2
    with gzip.open(path, "wt", compresslevel=1) as file:
        file.write(f"ms {2 * INDIVIDUALS} {len(windows)}\n1 2 3\n")
        for positions, alleles in windows:
            kept = (positions >= start) & (positions < start + middle)
            written = " ".join(f"{one:.8f}" for one in (positions[kept] - start) / middle)
            file.write(f"\n//\nsegsites: {kept.sum()}\npositions: {written}\n")
            text = (alleles[kept].T + ord("0")).astype(np.uint8)
            file.write("\n".join(row.tobytes().decode() for row in text) + "\n")


# Test genomes ------------------------------------------------------------------------------------


def simulate_genomes(history: pathlib.Path, folder: pathlib.Path, sizes: Sizes) -> pd.DataFrame:
    """Simulate test genomes, unless done, as ``chr<number>.vcf.gz``; return their blocks.

    Returns
    -------
    DataFrame
        Of blocks: block, contig, start, end, kind (``neutral`` or one of KINDS), and for those
        with a sweep site (from the contig's start), selection_coefficient, start_frequency,
        end_frequency, fixation_time.
    """
    table = folder / "blocks.tsv"
    if table.exists():
        return pd.read_csv(table, sep="\t")
    folder.mkdir(parents=True, exist_ok=True)
    simulator = BlockSimulator(history, sizes)
    rows: list[dict[str, object]] = []
    contig = 0
    for kinds, length in (
        ([KINDS[number % len(KINDS)] for number in range(sizes.swept)], sizes.swept_length),
        ([NEUTRAL] * sizes.neutral, sizes.neutral_length),
    ):
        each = max(1, sizes.in_chromosome // length)
        for first in range(0, len(kinds), each):
            contig += 1
            pieces = []
            for start, kind in enumerate(kinds[first : first + each]):
                positions, alleles, truth = simulator.simulate(kind, len(rows))
                pieces.append((positions + start * length, alleles))
                site = {"site": truth.pop("site") + start * length} if "site" in truth else {}
                ends = {"start": start * length, "end": (start + 1) * length}
                rows.append(
                    {"block": len(rows), "contig": f"chr{contig}", **ends, "kind": kind}
                    | site
                    | truth
                )
            write_chromosome(folder, f"chr{contig}", len(pieces) * length, pieces)
    blocks = pd.DataFrame(rows)
    blocks.to_csv(table, sep="\t", index=False)
    return blocks


class BlockSimulator:
    """Simulates blocks of test genomes, neutral or with a sweep."""

    def __init__(self, history: pathlib.Path, sizes: Sizes) -> None:
        graph = demes.load(history)
        self._sizes, self._history = sizes, demography.convert_to_msprime(graph)
        self._mutation_rate = float(graph.metadata["mutation_rate"])
        self._sweeps = SweepSimulator(graph, INDIVIDUALS, sizes.swept_length, RECOMBINATION_RATE)

    def simulate(
        self, kind: str, block: int
    ) -> tuple[npt.NDArray[np.int64], Alleles, dict[str, float]]:
        """Return positions in whole bases, alleles (sites, haplotypes), and what was drawn."""
        seed = seeds.derive_seed(2026, "power", str(block))
        if kind == NEUTRAL:
            rates = {
                "sequence_length": self._sizes.neutral_length,
                "recombination_rate": RECOMBINATION_RATE,
                "mutation_rate": self._mutation_rate,
            }
            trees = neutral.simulate_genome(self._history, INDIVIDUALS, rates, seed)
            return trees.sites_position.astype(np.int64), _read_alleles(trees), {}
        random = np.random.default_rng(seed)
        drawn = draw_sweep(kind, random)
        site = self._sizes.swept_length / 2 + random.uniform(-SHIFT, SHIFT)
        age = drawn.pop("fixation_time")
        trees, outcome = self._sweeps.simulate_window(
            Selection(**drawn), site, age, self._mutation_rate, seed
        )
        alleles, positions = _read_alleles(trees), trees.sites_position
        segregating = (alleles.any(axis=1) & ~alleles.all(axis=1)).astype(bool)
        truth = {
            "site": site,
            "selection_coefficient": drawn["coefficient"],
            "start_frequency": drawn.get("start_frequency", np.nan),
            "end_frequency": outcome.frequency,
            "fixation_time": outcome.fixation_time,
        }
        whole = np.minimum(positions[segregating].astype(np.int64), self._sizes.swept_length - 1)
        kept = np.flatnonzero(np.diff(whole, prepend=-1))  # one site a base
        return whole[kept], alleles[segregating][kept], truth


def draw_sweep(kind: str, random: np.random.Generator) -> dict[str, float]:
    """Draw the selection of a sweep, and when it ended."""
    low, high = STRENGTHS
    drawn = {"coefficient": low * (high / low) ** random.random(), "fixation_time": 0.0}
    if kind == "partial":
        drawn["end_frequency"] = random.uniform(*END_FREQUENCIES)
    else:
        drawn["fixation_time"] = random.uniform(*AGES)
    if kind == "soft":
        drawn["start_frequency"] = random.uniform(*START_FREQUENCIES)
    return drawn


def _read_alleles(trees) -> Alleles:
    return (trees.genotype_matrix() != 0).astype(np.uint8)


def write_chromosome(
    folder: pathlib.Path,
    contig: str,
    length: int,
    pieces: list[tuple[npt.NDArray[np.int64], Alleles]],
) -> None:
    """Write blocks side by side as a bgzipped VCF of phased diploids, with its index."""
    plain = folder / f"{contig}.vcf"
    names = [f"s{number}" for number in range(INDIVIDUALS)]
    with open(plain, "wb") as file:
        head = HEADER.format(contig=contig, length=length) + "\t".join([*COLUMNS, *names]) + "\n"
        file.write(head.encode())
        for positions, alleles in pieces:
            text = np.empty((len(alleles), INDIVIDUALS, 4), dtype=np.uint8)
            text[:, :, [0, 2]] = alleles.reshape(len(alleles), -1, 2) + ord("0")
            text[:, :, 1], text[:, :, 3] = ord("|"), ord("\t")
            text[:, -1, 3] = ord("\n")
            start = f"{contig}\t".encode()
            for position, cells in zip(positions.tolist(), text, strict=True):
                # A VCF counts bases from 1.
                file.write(
                    start + b"%d\t.\tA\tT\t.\tPASS\t.\tGT\t" % (position + 1) + cells.tobytes()
                )
    pysam.tabix_compress(str(plain), f"{plain}.gz", force=True)
    plain.unlink()
    pysam.tabix_index(f"{plain}.gz", preset="vcf", force=True)


def write_whole_genome(folder: pathlib.Path, blocks: pd.DataFrame) -> pathlib.Path:
    """Write all chromosomes as one VCF, unless done, and return its path."""
    path = folder / "all.vcf.gz"
    if path.exists():
        return path
    lengths = blocks.groupby("contig", sort=False)["end"].max()
    header = HEADER.format(contig="{contig}", length="{length}").splitlines(keepends=True)
    plain = folder / "all.vcf"
    with open(plain, "w", encoding="utf-8") as file:
        for line in header:
            for contig, length in lengths.items() if "{contig}" in line else [("", 0)]:
                file.write(line.format(contig=contig, length=length) if contig else line)
        for number, contig in enumerate(lengths.index):
            with gzip.open(folder / f"{contig}.vcf.gz", "rt", encoding="utf-8") as part:
                for line in part:
                    if not line.startswith("##") and (number == 0 or not line.startswith("#")):
                        file.write(line)
    pysam.tabix_compress(str(plain), str(path), force=True)
    plain.unlink()
    pysam.tabix_index(str(path), preset="vcf", force=True)
    return path


def write_json(path: pathlib.Path, value: object) -> None:
    """Write a value as JSON."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value, indent=1) + "\n", encoding="utf-8")
