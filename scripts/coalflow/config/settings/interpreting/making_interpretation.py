"""Settings of the programs that interpret models."""

from coalflow.config.schema.interpreting.explain import parse_place
from coalflow.config.settings.interpreting.interpreting import (
    AttributeSettings,
    ExplainSettings,
    PermuteSettings,
    ProbeSettings,
)
from coalflow.config.settings.making_genomes import GenomeSettingsMaker

MEAN = "mean"  # the baseline that looks at nothing


class InterpretationSettingsMaker(GenomeSettingsMaker):
    """Makes the settings of the programs that interpret models."""

    @property
    def interpreted_models(self) -> tuple[str, ...]:
        """The folders of the models that are compared: a restart of each net, and baselines."""
        baselines = (name for name in self.config.baselines if name != MEAN)
        return (*self._first_restarts, *baselines)

    @property
    def _first_restarts(self) -> tuple[str, ...]:
        return tuple(f"{net}/0" for net in self.config.models.nets)

    @property
    def explained_genomes(self) -> tuple[str, ...]:
        """The genomes with windows that are pictured."""
        places = map(parse_place, self.config.explain.windows)
        return tuple(dict.fromkeys(place.genome for place in places if place is not None))

    def explain(self) -> ExplainSettings:
        """Return the settings for pictures of what a net makes of windows."""
        return ExplainSettings(
            windows=self.config.explain.windows,
            genomes={name: self.genome_options(name) for name in self.explained_genomes},
            view=self.view,
        )

    def probe(self) -> ProbeSettings:
        """Return the settings for the probes of layers, of the first restart of each net."""
        return ProbeSettings(
            seed=self.config.seed,
            nets=self._first_restarts,
            # Those of swept windows alone are drawn, too.
            parameters=tuple(dict.fromkeys((*self.parameters, *self.drawn))),
            most=self.config.explain.probed,
            view=self.view,
        )

    def permute(self) -> PermuteSettings:
        """Return the settings for the predictions of shuffled windows."""
        return PermuteSettings(
            seed=self.config.seed,
            models=self.interpreted_models,
            most=self.config.explain.shuffled,
            view=self.view,
        )

    def attribute(self) -> AttributeSettings:
        """Return the settings for what parts of windows add to predictions."""
        return AttributeSettings(
            seed=self.config.seed,
            models=self.interpreted_models,
            most=self.config.explain.attributed,
            view=self.view,
        )
