"""What models see of a replicate, and what they predict."""

from __future__ import annotations

from coalflow.config.fields.section import Section
from coalflow.config.schema.encoding import Encoding
from coalflow.config.schema.observation import Observation
from coalflow.config.schema.samples import Samples
from coalflow.config.schema.targets import Targets


class SimulatedView(Section):
    """What models see of a simulated replicate, before it is known how replicates are observed."""

    encoding: Encoding
    samples: Samples
    """Who is simulated."""
    targets: Targets

    def observed(self, observation: Observation) -> View:
        """Return the view of replicates that are observed in this way."""
        return View(
            observation=observation,
            encoding=self.encoding,
            samples=observation.observe(self.samples),
            targets=self.targets,
        )


class View(Section):
    """What models see of a replicate: all they need to read windows as they were trained to."""

    observation: Observation
    encoding: Encoding
    samples: Samples
    """Who is observed."""
    targets: Targets
