"""Settings of the programs that interpret models."""

from coalflow.config.settings.interpreting.interpreting import ProbeSettings
from coalflow.config.settings.run import Run


class InterpretationSettingsMaker(Run):
    """Makes the settings of the programs that interpret models."""

    def probe(self) -> ProbeSettings:
        """Return the settings for the probes of layers, of the first restart of each net."""
        return ProbeSettings(
            seed=self.config.seed,
            nets=tuple(f"{net}/0" for net in self.config.models.nets),
            # Those of swept windows alone are drawn, too.
            parameters=tuple(dict.fromkeys((*self.parameters, *self.drawn))),
            most=self.config.explain.probed,
            view=self.view,
        )
