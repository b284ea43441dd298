"""What the report shows of how simulations are observed, and of the file that they resemble."""

import dataclasses
import json
import pathlib
from collections.abc import Callable, Iterator

from coalflow.config.schema.observation import MissingPerSite, Observation
from coalflow.core.files import read_json, refuse_damaged
from coalflow.genomes.measuring.measured_observation import MeasuredFile
from coalflow.report.wording import format_percent


@dataclasses.dataclass(frozen=True)
class Loss:
    """Something that sequencing hides.

    Attributes
    ----------
    what : str
        What is hidden.
    simulations : str
        How much of it is hidden in simulations.
    file : str, optional
        How much of it is hidden in the file that they resemble, where that is known.
    """

    what: str
    simulations: str
    file: str | None = None


@dataclasses.dataclass(frozen=True)
class Sequencing:
    """How simulations are observed.

    Attributes
    ----------
    losses : list of Loss
        All that is not as in perfect data.
    file : MeasuredFile, optional
        The file that simulations resemble.
    remarks : list of str
        What could not be measured on it.
    missing : float
        The mean fraction of genotypes that are missing in simulations.
    """

    losses: list[Loss]
    file: MeasuredFile | None
    remarks: list[str]
    missing: float


def summarise_sequencing(path: pathlib.Path) -> Sequencing:
    """Return what is hidden from models in simulations.

    Parameters
    ----------
    path : Path
        ``observation.json``.

    Raises
    ------
    CoalflowError
        If the file is missing or damaged.
    """
    written = read_json(path)
    with refuse_damaged(path):
        observation = Observation.model_validate_json(json.dumps(written["observation"]))
        measured = written.get("measured", {})
        remarks = measured.pop("remarks", [])
        file = MeasuredFile.model_validate_json(json.dumps(measured)) if measured else None
        mask = written.get("mask", {"accessible_bases": 1, "bases_spanned": 1})
        accessible = mask["accessible_bases"] / mask["bases_spanned"]
    losses = list(_list_losses(observation, accessible, file))
    return Sequencing(losses, file, remarks, compute_missing(observation.missing))


def _list_losses(
    observation: Observation, accessible: float, file: MeasuredFile | None
) -> Iterator[Loss]:
    """Yield all that is not as in perfect data, in simulations or in the file.

    ``accessible`` is the share of bases within the mask that are accessible.
    """

    def word(describe: Callable[[MeasuredFile], str]) -> str | None:
        return None if file is None else describe(file)

    if observation.individuals:
        kept = f"{sum(observation.individuals.values()):,} of those simulated"
        yield Loss("individuals", kept, word(lambda file: f"{file.individuals:,}"))
    if observation.mask is not None:
        share = format_percent(accessible)
        stretches = f"stretches of {observation.mask}, of which {share} are accessible"
        yield Loss("accessible bases", stretches)
    if observation.genotype_error:
        yield Loss("alleles read wrongly", format_percent(observation.genotype_error))
    if observation.switch_error:
        rate = f"{format_percent(observation.switch_error)} of heterozygous sites"
        yield Loss("phase switches", rate)
    if observation.can_be_missing or (file and file.missing):
        rate = format_percent(compute_missing(observation.missing))
        if isinstance(observation.missing, MissingPerSite):
            rate += " on average, as many at a site as in the file"
        yield Loss("missing genotypes", rate, word(lambda file: format_percent(file.missing)))
    if observation.polarisation_error:
        rate = f"{format_percent(observation.polarisation_error)} of sites"
        yield Loss("wrong ancestral alleles", rate)
    fewest = observation.minimum_allele_count
    if fewest > 1 or (file and file.minimum_allele_count > 1):
        copies = f"{fewest:,} {'copy' if fewest == 1 else 'copies'} or more"
        yield Loss("rarer allele", copies, word(lambda file: f"{file.minimum_allele_count:,}"))
    if not observation.phased or (file and not file.phased):
        phase = "known" if observation.phased else "lost: the models see genotypes of individuals"
        yield Loss("phase", phase, word(lambda file: "known" if file.phased else "lost"))


def compute_missing(missing: MissingPerSite | float) -> float:
    """Return the mean fraction of genotypes that are missing in simulations.

    Examples
    --------
    >>> compute_missing(MissingPerSite(individuals=10, per_site=(3, 0, 1)))
    0.05
    """
    if not isinstance(missing, MissingPerSite):
        return missing
    sites = missing.per_site
    missing_in_all = sum(lost * count for lost, count in enumerate(sites))
    return missing_in_all / (sum(sites) * missing.individuals)
