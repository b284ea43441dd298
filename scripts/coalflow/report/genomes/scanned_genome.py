"""What the report shows of a genome that was scanned."""

import dataclasses

from coalflow.genomes.novelty.verdict import Verdict
from coalflow.genomes.opening import GenomeDescription
from coalflow.genomes.suitability.dropped import describe_contigs
from coalflow.genomes.suitability.remarks import describe_without_records
from coalflow.report.ancestry.genomes import AncestryInGenome
from coalflow.report.genomes.found_regions import RegionsInGenome


@dataclasses.dataclass(frozen=True)
class ModelInGenome:
    """What a model predicts of a number in a genome.

    Attributes
    ----------
    name : str
        The model's name.
    low, median, high : float
        Quantiles of its predictions, those of 5, 50 and 95 %.
    agreement : dict of str to float
        Scores against what is computed on the windows, by metric; empty where nothing is.
    """

    name: str
    low: float
    median: float
    high: float
    agreement: dict[str, float]


@dataclasses.dataclass(frozen=True)
class TargetInGenome:
    """A number that is predicted in a genome.

    Attributes
    ----------
    title : str
        What it is called.
    computed : bool
        Whether it can be computed on some windows.
    outside : int
        How many windows have a value outside the range in training.
    models : list of ModelInGenome
        What each model predicts.
    unit : str
        In which it is counted, in words; empty where it has none.
    """

    title: str
    computed: bool
    outside: int
    models: list[ModelInGenome]
    unit: str = ""


@dataclasses.dataclass(frozen=True)
class ClassesInGenome:
    """What a model predicts of classes in a genome.

    Attributes
    ----------
    name : str
        The model's name.
    windows : list of int
        How many windows are assigned to each class.
    means : list of float
        The mean probability of each class.
    """

    name: str
    windows: list[int]
    means: list[float]


@dataclasses.dataclass(frozen=True)
class Flag:
    """What flags windows.

    Attributes
    ----------
    name : str
    windows : int
        How many windows have it.
    meaning : str
        What is so of them.
    """

    name: str
    windows: int
    meaning: str


@dataclasses.dataclass(frozen=True)
class ScannedGenome:
    """A genome that was scanned.

    Attributes
    ----------
    name : str
        Its name in the config.
    folder : str
        Where its files are: a path within the folder of the page, with a slash at its end; empty
        where they are next to the page.
    source : str, optional
        Its file; None where it was simulated.
    history : str
        Of which history it was simulated, in words; empty where it was not.
    description : GenomeDescription
        What was read of it.
    dropped : list of str
        How many records are not used for which reason, in words.
    remarks : list of str
        What of the file is not used, and what to do.
    selection : str
        What of the file the config selects, in words; empty if it is all read.
    window_file : str, optional
        The file of the windows; None where there is one at every step.
    step : int
        From the start of one window to the start of the next, in sites or bases.
    contigs, windows : int
        How many there are.
    flagged, without_sites, trimmed : int
        How many windows have a flag, no sites, and more sites than models see.
    flags : list of Flag
        Those that windows have.
    targets : list of TargetInGenome
        Where targets are numbers, what is predicted of windows without a flag.
    models : list of ClassesInGenome
        Where the target has classes, what each model predicts of them.
    pictures : dict of str to str
        The pictures of contigs, as paths within the folder of the page.
    verdict : Verdict, optional
        Whether the simulations fit; None where that was not found out.
    regions : RegionsInGenome
    expected_at_most : bool
        Whether it is only known how many regions chance makes at most.
    ancestry : AncestryInGenome, optional
        Where ancestry is predicted at each base, what was found.
    """

    name: str
    folder: str
    source: str | None
    history: str
    description: GenomeDescription
    dropped: list[str]
    remarks: list[str]
    selection: str
    window_file: str | None
    step: int
    contigs: int
    windows: int
    flagged: int
    without_sites: int
    trimmed: int
    flags: list[Flag]
    targets: list[TargetInGenome]
    models: list[ClassesInGenome]
    pictures: dict[str, str]
    verdict: Verdict | None
    regions: RegionsInGenome
    expected_at_most: bool
    ancestry: AncestryInGenome | None = None

    @property
    def is_misfit(self) -> bool:
        """Whether the simulations do not fit it."""
        return self.verdict is not None and self.verdict.level == "does not fit"

    @property
    def left_out(self) -> str:
        """Contigs that are left out, in words."""
        return describe_contigs(self.description.left_out)

    @property
    def odd_ploidy(self) -> str:
        """Sites of another ploidy than their contig, in words."""
        return describe_contigs(self.description.odd_ploidy)

    @property
    def without_records(self) -> str:
        """Contigs that the file names without a record of them, in words; empty without any."""
        return describe_without_records(self.description.without_records)
