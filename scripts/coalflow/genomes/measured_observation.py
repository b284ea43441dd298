"""What a user's file is like, measured, and the observation that comes of it."""

from collections import Counter

import numpy as np

from coalflow.core.errors import CoalflowError
from coalflow.genomes import reading

# What a file can tell, if the config does not.
MEASURED = ("phased", "missing", "minimum_allele_count")


def measure_file(path, ploidy):
    """Return what all individuals of a VCF or BCF file tell, a dict for ``observation.json``.

    Sites are those with two alleles of one base each, and at least one called genotype.

    - ``individuals``, ``ploidy``, ``records``, ``sites``; ``not_varying``: sites where all
      called alleles are the same;
    - ``heterozygous_sites``: sites with a called heterozygote; ``unphased_sites``: those of
      them where one is not phased; ``phased``: whether there are none;
    - ``missing``: the share of genotypes not called, in whole or in part;
      ``missing_per_site``: at how many sites 0, 1, 2, ... genotypes are not called;
    - ``rarer_allele``: at how many varying sites the rarer allele is called 1, 2, ... times;
      ``minimum_allele_count``: the fewest.

    Both lists count varying sites alone, for such are laid on simulations. Genotyping errors,
    and wrong ancestral alleles, cannot be told from one file. Raises CoalflowError for a
    file that cannot be read or used, or of another ploidy than ``ploidy``.
    """
    names, in_file = reading.peek_at_file(path)
    if in_file != ploidy:
        raise CoalflowError(
            f"{path}: its individuals have ploidy {in_file}, but simulation.ploidy is {ploidy}: "
            f"set that to {in_file}, or give observation.like another file"
        )
    counts = Counter()
    missing = np.zeros(len(names) + 1, dtype=np.int64)
    rarer = np.zeros(ploidy * len(names) // 2 + 1, dtype=np.int64)
    for _, _, row, unphased in reading.iterate_sites(path, names, names, ploidy, None, counts):
        genotypes = row.reshape(-1, ploidy)
        called = genotypes[genotypes[:, 0] != reading.MISSING]
        counts["sites"] += 1
        counts["heterozygous"] += bool((called != called[:, :1]).any())
        counts["unphased"] += unphased
        copies = int(called.sum())
        rarer[min(copies, called.size - copies)] += 1
        if 0 < copies < called.size:
            missing[len(names) - len(called)] += 1
    varying = int(missing.sum())
    if varying == 0:
        raise CoalflowError(
            f"{path}: none of its {counts['records']:,} records is a site with two alleles of one "
            "base each that varies: observation.like has nothing to measure"
        )
    return {
        "individuals": len(names),
        "ploidy": ploidy,
        "records": counts["records"],
        "sites": counts["sites"],
        "not_varying": int(rarer[0]),
        "heterozygous_sites": counts["heterozygous"],
        "unphased_sites": counts["unphased"],
        "phased": counts["unphased"] == 0,
        "missing": float(missing @ np.arange(len(missing)) / (varying * len(names))),
        "missing_per_site": np.trim_zeros(missing, "b").tolist(),
        "rarer_allele": rarer[1:].tolist(),
        "minimum_allele_count": int(np.flatnonzero(rarer[1:])[0]) + 1,
    }


def complete_observation(observation, measured, sampled):
    """Return an observation with every key, and remarks on what the file could not tell.

    ``observation`` is the config's section, in which keys of ``MEASURED`` may be missing;
    ``measured`` what :func:`measure` returns; ``sampled`` the
    :class:`coalflow.windows.observation.Sampled` that models see. What the config says wins.

    Raises CoalflowError where the file has fewer individuals than models see, since what is
    missing in more cannot be drawn from it.
    """
    seen, in_file = sampled.number // sampled.ploidy, measured["individuals"]
    filled = dict(observation)
    remarks = ["Genotyping errors cannot be told from a file: see observation.genotype_error."]
    if observation["polarised"]:
        remarks.append(
            "Wrong ancestral alleles cannot be told from a file: see "
            "observation.polarisation_error."
        )
    filled.setdefault("phased", measured["phased"])
    if "missing" not in filled:
        if seen > in_file and measured["missing"] > 0:
            raise CoalflowError(
                f"observation.like has {in_file} individuals, but {seen} are seen, and how many of "
                "these are missing cannot be drawn from it. Lower simulation.samples or "
                "observation.individuals, or give observation.missing"
            )
        filled["missing"] = {
            "individuals": in_file,
            "per_site": measured["missing_per_site"],
        }
    if "minimum_allele_count" not in filled:
        fewest = measured["minimum_allele_count"]
        filled["minimum_allele_count"] = fewest if seen == in_file else 1
        if fewest > 1 and seen != in_file:
            remarks.append(
                f"In the {in_file} individuals of the file each allele is there {fewest} times or "
                f"more, as if rarer ones had been left out. {seen} individuals are seen, in which "
                "they may be rarer, so no site is left out for that: see "
                "observation.minimum_allele_count."
            )
    return filled, remarks
