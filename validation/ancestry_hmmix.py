"""hmmix (Skov et al. 2018) on a simulated genome, as its manual says of phased data.

Variants that the outgroup has are left out. What remains is observed in windows of 1,000 bases, its
default, all of which can be called. All haplotypes are trained on together, since one history made
them; its manual trains on one individual at a time.
"""

import dataclasses
import gzip
import json
import subprocess

import numpy as np
import pandas as pd

WINDOW = 1000  # bases
STATES = ["Human", "Archaic"]


def paint(program, folder, genome, outgroup, contig, chain=None):
    """Return a contig painted with hmmix's posterior probabilities.

    Parameters
    ----------
    program : Path
    folder : Path
        For its files. What it decoded before is read.
    genome : Genome
    outgroup : sequence of str
        Individuals who have no such ancestry.
    contig : PaintedContig
        Painted by a model of coalflow; the result has its sites.
    chain : HaplotypeChain, optional
        How often ancestry begins and ends. With it, nothing is trained: hmmix is given these rates,
        and how dense variants truly are in each state.
    """
    folder.mkdir(parents=True, exist_ok=True)
    observed, parameters, decoded = (
        folder / name for name in ("observed.txt", "parameters.json", "decoded.txt")
    )
    if not decoded.exists():
        write_observed(genome, outgroup, observed)
        common = ["-obs", str(observed), "-haploid"]
        if chain is None:
            call(program, "train", *common, "-out", str(parameters))
        else:
            known = json.dumps(find_parameters(genome, observed, contig, chain))
            parameters.write_text(known, encoding="utf-8")
        partial = folder / "partial.txt"
        outputs = ["-out", str(folder / "segments"), "-posterior_probs", str(partial)]
        call(program, "decode", *common, "-param", str(parameters), *outputs)
        partial.rename(decoded)
    table = pd.read_csv(decoded, sep="\t", usecols=["chrom", "start", STATES[1]])
    haplotype = table["chrom"].str.rpartition("_hap")[2].astype(int) - 1
    # Beyond the last variant that the outgroup lacks, it decodes nothing.
    probability = np.zeros((contig.length // WINDOW + 1, len(contig.rows)), np.float32)
    probability[table["start"] // WINDOW, haplotype] = table[STATES[1]]
    at_sites = probability[(contig.positions - 1) // WINDOW]
    return dataclasses.replace(contig, probability=at_sites)


def find_parameters(genome, observed, contig, chain):
    """Return hmmix's parameters, by the true rates and the true density of variants."""
    within, derived = 0, 0
    table = pd.read_csv(observed, sep="\t")
    alleles = np.array([list(genotype) for genotype in table["genotype"]])
    carried = alleles != table["ancestral_base"].to_numpy()[:, None]
    for column, row in enumerate(contig.rows):
        positions = table["pos"].to_numpy()[carried[:, column]]
        derived += len(positions)
        own = genome.truth[genome.truth["name"] == row.label]
        for start, end in zip(own["start"], own["end"], strict=True):
            within += int(((positions > start) & (positions <= end)).sum())
    archaic = int((genome.truth["end"] - genome.truth["start"]).sum())
    human = contig.length * len(contig.rows) - archaic
    entry, leave = chain.entry * WINDOW, chain.exit * WINDOW
    share = entry / (entry + leave)
    return {
        "state_names": STATES,
        "starting_probabilities": [1 - share, share],
        "transitions": [[1 - entry, entry], [leave, 1 - leave]],
        "emissions": [(derived - within) / human * WINDOW, within / archaic * WINDOW],
    }


def call(program, *arguments):
    """Run hmmix, and end with what it wrote if it fails."""
    subprocess.run([str(program.absolute()), *arguments], check=True, stdout=subprocess.DEVNULL)


def write_observed(genome, outgroup, path):
    """Write the variants that the outgroup lacks, with the bases of all haplotypes."""
    vcf = genome.folder / "simulated.vcf.gz"
    with gzip.open(vcf, "rt", encoding="utf-8") as file, path.open("w", encoding="utf-8") as out:
        out.write("chrom\tpos\tancestral_base\tgenotype\n")
        for line in file:
            if line.startswith("##"):
                continue
            fields = line.rstrip("\n").split("\t")
            if line.startswith("#"):
                column = {name: index for index, name in enumerate(fields)}
                own = [column[name] for name in genome.individuals[genome.of]]
                others = [column[name] for name in outgroup]
                continue
            if any("1" in fields[index] for index in others):
                continue
            alleles = "".join(fields[index].replace("|", "") for index in own)
            if "1" in alleles:
                genotype = alleles.replace("0", fields[3]).replace("1", fields[4])
                out.write(f"{fields[0]}\t{fields[1]}\t{fields[3]}\t{genotype}\n")
