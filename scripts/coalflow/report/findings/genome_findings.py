"""What speaks against what is predicted of genomes."""

from collections.abc import Iterator

from coalflow.config.schema.scans.significance import Significance
from coalflow.genomes.novelty.wording import describe_causes
from coalflow.genomes.suitability.dropped import FIXES, list_dropped
from coalflow.preflight.findings import Finding
from coalflow.report.genomes.scanned_genome import ScannedGenome
from coalflow.report.wording import format_count, format_percent

GENOMES, OBSERVATION = "genomes", "observation"
MOST_FLAGGED = 0.5  # of windows
MOST_DROPPED = 0.5  # of records
MOST_OUTSIDE = 0.05  # of windows whose true value is beyond training
MOST_DIFFERENCES = 2
FAR_P = 0.01  # of a single window among all of a genome, or of as many novel ones


def find_misfit(genome: ScannedGenome) -> Iterator[Finding]:
    """Yield that simulations do not fit a genome, what differs, and which key to change.

    Parameters
    ----------
    genome : ScannedGenome
    """
    verdict = genome.verdict
    if verdict is None or verdict.level != "does not fit":
        return
    said = [each.finding for each in verdict.differences[:MOST_DIFFERENCES]]
    if verdict.causes:
        said = [*said[:1], describe_causes(verdict.causes)]
    yield Finding(
        GENOMES,
        genome.name,
        _end_without_stop(f"{_lower(verdict.headline)}. {_join(said or list(verdict.findings))}"),
        verdict.fixes[0] if verdict.fixes else "compare them by `snakemake check`",
    )


def find_doubts(genome: ScannedGenome) -> Iterator[Finding]:
    """Yield that a genome differs slightly from simulations, in part, or that this is not known.

    Parameters
    ----------
    genome : ScannedGenome
    """
    verdict = genome.verdict
    if verdict is None or verdict.level == "does not fit":
        return
    if verdict.level == "unknown":
        fix = "scan more of the genome"
    elif verdict.level == "differs slightly":
        fix = verdict.fixes[0] if verdict.fixes else "compare them by `snakemake check`"
    elif verdict.novel_p <= FAR_P:
        fix = "look at windows with the flag novel: is there something that was not simulated?"
    else:
        return
    yield Finding(GENOMES, genome.name, _lower(verdict.headline), fix)


def find_far_window(genome: ScannedGenome) -> Iterator[Finding]:
    """Yield that a window is further out than chance makes any, though the genome fits.

    Parameters
    ----------
    genome : ScannedGenome
    """
    verdict = genome.verdict
    if verdict is None or verdict.level == "does not fit" or verdict.furthest is None:
        return
    if verdict.furthest.p_of_genome < FAR_P:
        yield Finding(
            GENOMES,
            genome.name,
            f"the window {verdict.furthest.name} is unlike everything simulated (p "
            f"{verdict.furthest.p_of_genome:.2g} among all its windows)",
            "look at it: it may be an artefact, or something that was not simulated",
        )


def find_unused(genome: ScannedGenome) -> Iterator[Finding]:
    """Yield that much of a genome is not used, or unlike the windows in training.

    Parameters
    ----------
    genome : ScannedGenome
    """
    if genome.flagged > MOST_FLAGGED * genome.windows:
        yield Finding(
            GENOMES,
            genome.name,
            f"{format_count(genome.flagged)} of {format_count(genome.windows)} windows are "
            "flagged: they are unlike the windows of simulations, or incomplete",
            "compare them by `snakemake check`",
        )
    described = genome.description
    # What does not vary among a few individuals is no loss.
    dropped = {name: count for name, count in described.dropped.items() if name != "not_varying"}
    total = sum(dropped.values())
    if total > MOST_DROPPED * described.records:
        reason = max(dropped, key=lambda name: dropped[name])
        yield Finding(
            OBSERVATION,
            genome.name,
            f"{format_percent(total / described.records)} of its records are not used: "
            f"{', '.join(list_dropped(dropped))}",
            FIXES.get(reason, "use another file"),
        )
    if described.left_out:
        yield Finding(
            OBSERVATION,
            genome.name,
            f"contigs are left out: {genome.left_out}",
            "set genomes.<name>.ploidy, or name other individuals in genomes.<name>.samples",
        )
    for remark in genome.remarks:
        finding, _, fix = remark.partition(": ")
        yield Finding(OBSERVATION, genome.name, finding, fix or "see the section on this genome")
    for target in genome.targets:
        if target.outside > MOST_OUTSIDE * max(genome.windows - genome.flagged, 1):
            yield Finding(
                GENOMES,
                genome.name,
                f"{format_count(target.outside)} windows have a value of {target.title} beyond "
                "those in training",
                "simulate a wider range: nets interpolate, they do not extrapolate",
            )


def find_missing_null(
    genomes: list[ScannedGenome], significance: Significance
) -> Iterator[Finding]:
    """Yield that p-values of regions are rough, since no blocks were simulated.

    Parameters
    ----------
    genomes : list of ScannedGenome
    significance : Significance
        The section of the config.
    """
    if genomes and significance.windows == 0:
        yield Finding(
            GENOMES,
            "all genomes",
            "it is only known how many regions chance makes at most, and whether the simulations "
            "fit is not known",
            "set significance.windows, such as 5000",
        )


def _join(sentences: list[str]) -> str:
    return ". ".join(sentence[:1].upper() + sentence[1:] for sentence in sentences)


def _lower(sentence: str) -> str:
    return sentence[:1].lower() + sentence[1:]


def _end_without_stop(text: str) -> str:
    return text.rstrip(" .")
