"""H12, iHS and Tajima's D along genomes, for bench/power.py, by scikit-allel.

    python bench/power_statistics.py GENOMES OUTPUT

It runs in a Python that has scikit-allel, such as that of diploS/HIC. GENOMES has VCF files, each
with one chromosome. OUTPUT is a table of windows of several sizes, one every 25 kb: contig,
position (the middle), and each statistic with the window's size in kb, such as ``h12_75``.
Larger values are more like a sweep: Tajima's D is negated, and iHS, standardised by the count of
the derived allele over all chromosomes, is the share of sites with an absolute value above 2.
"""

import argparse
import pathlib

import allel
import numpy as np
import pandas as pd

SIZES, STEP = (75_000, 150_000, 300_000), 25_000  # bases
LARGE = 2  # |iHS|, as Voight et al. (2006) count
FEWEST = 10  # sites with iHS in a window


def main() -> None:
    """Read the arguments, and write the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("genomes", type=pathlib.Path)
    parser.add_argument("output", type=pathlib.Path)
    arguments = parser.parse_args()
    tables, scores, counts = [], [], []
    for path in sorted(arguments.genomes.glob("chr*.vcf.gz")):
        read = allel.read_vcf(str(path), fields=["variants/POS", "calldata/GT"])
        positions = read["variants/POS"]
        haplotypes = allel.GenotypeArray(read["calldata/GT"]).to_haplotypes()
        tables.append(describe_windows(path.name.partition(".")[0], positions, haplotypes))
        ihs = allel.ihs(haplotypes, positions, include_edges=True, use_threads=False)
        scores.append(ihs)
        counts.append(haplotypes.count_alleles(max_allele=1)[:, 1])
        tables[-1].attrs["positions"] = positions
    standard, _ = allel.standardize_by_allele_count(
        np.concatenate(scores), np.concatenate(counts), diagnostics=False
    )
    ends = np.cumsum([len(one) for one in scores])[:-1]
    for table, ihs in zip(tables, np.split(standard, ends), strict=True):
        add_ihs(table, table.attrs["positions"], ihs)
        table.attrs.clear()
    pd.concat(tables).to_csv(arguments.output, sep="\t", index=False)


def describe_windows(
    contig: str, positions: np.ndarray, haplotypes: allel.HaplotypeArray
) -> pd.DataFrame:
    """Return H12 and Tajima's D of windows of all sizes around the same middles."""
    middles = np.arange(STEP, positions[-1], STEP)
    counts = haplotypes.count_alleles(max_allele=1)
    table = pd.DataFrame({"contig": contig, "position": middles})
    for size in SIZES:
        first = np.searchsorted(positions, middles - size // 2)
        last = np.searchsorted(positions, middles + size // 2)
        h12, tajimas_d = np.full((2, len(middles)), np.nan)
        for index, (start, stop) in enumerate(zip(first, last, strict=True)):
            if stop - start >= FEWEST:
                h12[index] = allel.garud_h(haplotypes[start:stop])[1]
                tajimas_d[index] = -allel.tajima_d(counts[start:stop])
        table[f"h12_{size // 1000}"] = h12
        table[f"tajimas_d_{size // 1000}"] = tajimas_d
    return table


def add_ihs(table: pd.DataFrame, positions: np.ndarray, ihs: np.ndarray) -> None:
    """Add to windows the share of sites with a large iHS; their mean decides between equals."""
    known = np.isfinite(ihs)
    positions, size_of = positions[known], np.abs(ihs[known])
    large = np.concatenate([[0], np.cumsum(size_of > LARGE)])
    total = np.concatenate([[0], np.cumsum(size_of)])
    middles = table["position"].to_numpy()
    for size in SIZES:
        first = np.searchsorted(positions, middles - size // 2)
        last = np.searchsorted(positions, middles + size // 2)
        sites = last - first
        with np.errstate(divide="ignore", invalid="ignore"):
            share = (large[last] - large[first]) / sites
            mean = (total[last] - total[first]) / sites
        table[f"ihs_{size // 1000}"] = np.where(sites >= FEWEST, share + 1e-3 * mean, np.nan)


if __name__ == "__main__":
    main()
