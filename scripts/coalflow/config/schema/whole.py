"""The whole config: as it is written, and with nothing left open."""

from typing import Annotated, Any

import pydantic

from coalflow.config.fields.names import Name, Text
from coalflow.config.fields.section import Limits, Section
from coalflow.config.schema.dataset import Features, Split
from coalflow.config.schema.encoding import Encoding
from coalflow.config.schema.genomes import Genome
from coalflow.config.schema.interpreting.explain import Explain
from coalflow.config.schema.judging.evaluation import Evaluation
from coalflow.config.schema.models import About, Models
from coalflow.config.schema.observation import WrittenObservation
from coalflow.config.schema.samples import Samples
from coalflow.config.schema.scans.power import Power
from coalflow.config.schema.scans.significance import Novelty, Significance
from coalflow.config.schema.simulation import Simulation
from coalflow.config.schema.targets import Targets, WrittenTargets
from coalflow.config.schema.training import Search, Training


class WrittenConfig(Section):
    """coalflow's config. One file describes one run; an unknown key is refused.

    Times are in generations ago, rates per base and generation, population sizes in diploid
    individuals.
    """

    run: Name
    """Name of the run. All its output is in `results/<run>/`."""
    title: Text | None = None
    """
    What the report is called, such as `Sweeps in Finns`. Without it, its title is made from the
    target and the windows.
    """
    seed: Annotated[int, Limits(ge=0, le=9007199254740991, whole=True)]
    """
    The number from which all randomness is derived. The same config with the same seed gives the
    same results.
    """
    simulation: Simulation
    """What is simulated. Most mistakes are made here; make it like your species."""
    observation: WrittenObservation = WrittenObservation()
    """What sequencing leaves of the truth. Simulations are observed the way the real data are."""
    encoding: Encoding = Encoding()
    """How a window becomes a tensor."""
    target: WrittenTargets
    """
    What the nets predict: a name, a list of names, or names with definitions. A name is that of a
    scenario parameter that differs between simulations, or of a statistic. `history`, `sweep` and
    `class` have classes: their values in `simulation.grid`, or those of `simulation.import.files`.
    All others are numbers, any of them together.
    """
    split: Split = Split()
    """
    Fractions of each cell's replicates for fitting, for deciding when to stop, and for the final
    evaluation. They sum to 1.
    """
    statistics: Features = Features()
    """Summary statistics that baselines see."""
    models: Models = Models()
    """What is trained."""
    training: Training = Training()
    """
    How nets are trained. What is left out is as in the net's own recipe, which is in its card and
    its log, and otherwise as described below. The weights of the best epoch are kept.
    """
    search: Search = Search()
    """
    Recipes that `snakemake search` tries, to find a better one by validation data. Each is trained
    as a net is, and the best is written as a config to be merged with this one. The test data play
    no part.
    """
    evaluation: Evaluation = Evaluation()
    """How models are tried beyond windows like those in training."""
    explain: Explain = Explain()
    """How trained models are interpreted: what they know, what they use, what they look at."""
    genomes: dict[Name, Genome] = {}
    """Genomes to scan, by a name of your choice. Each has either a `path` or `simulate`."""
    significance: Significance = Significance()
    """How predictions along genomes are compared with those of neutral simulations, the null."""
    novelty: Novelty = Novelty()
    """When a window counts as unlike all that was simulated."""
    power: Power = Power()
    """What `snakemake power` simulates, to measure which sweeps a scan finds."""
    class_prior: (
        Annotated[
            dict[Text, Annotated[int | float, Limits(gt=0, lt=1)]], pydantic.Field(min_length=2)
        ]
        | None
    ) = None
    """
    How common each class is in genomes, where the target has classes, such as `{neutral: 0.98,
    hard: 0.01, soft: 0.01}`; the numbers sum to 1. Scans then have posterior probabilities, too.
    Without it, probabilities are those of the mix of classes that is simulated.
    """
    about: About | None = None
    """
    What travels with the models, in the zips that `snakemake package` makes of them. It changes
    nothing else.
    """


class Config(WrittenConfig):
    """A config with nothing left open that does not depend on a file still to be measured.

    ``target`` stays as it was written, so that messages can point at it.
    """

    targets: Targets
    """The targets in their one form."""
    graph: dict[str, Any] | None = None
    """The content of the demes file, or of stdpopsim's model; None where the config has epochs."""
    sampling_times: dict[str, float] = {}
    """When the populations that are not sampled today were, in generations ago."""

    @property
    def samples(self) -> Samples:
        """Who is simulated."""
        simulation = self.simulation
        listed = () if self.graph is None else [deme["name"] for deme in self.graph["demes"]]
        return Samples.from_config(
            simulation.samples, simulation.ploidy, self.sampling_times, listed
        )

    def as_written(self) -> dict[str, Any]:
        """Return the config as it could be written, with every default; it can be read again."""
        derived = set(Config.model_fields) - set(WrittenConfig.model_fields)
        return {key: value for key, value in self.as_json().items() if key not in derived}

    def as_changed(self) -> dict[str, Any]:
        """Return what of the config differs from the defaults; it is the same config."""
        derived = set(Config.model_fields) - set(WrittenConfig.model_fields)
        return self.model_dump(mode="json", by_alias=True, exclude_defaults=True, exclude=derived)

    @property
    def baselines(self) -> tuple[str, ...]:
        """The baselines that are fitted."""
        return self.models.baselines or ()
