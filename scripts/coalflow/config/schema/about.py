"""The section ``about``: what travels with the models of a run."""

from coalflow.config.fields.names import Text
from coalflow.config.fields.section import Distinct, Section


class About(Section):
    """What travels with the models of a run, for those who use them elsewhere."""

    description: Text | None = None
    """What the models are for, in a sentence or two."""
    authors: Distinct[Text] | None = None
    """Who made them."""
    licence: Text | None = None
    """
    Under which terms others may use them, such as `CC-BY-4.0`: https://spdx.org/licenses has the
    names.
    """
    citation: Text | None = None
    """What to cite, such as a DOI."""
