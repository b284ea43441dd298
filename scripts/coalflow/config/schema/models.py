"""The sections ``models``, and ``about`` them."""

from typing import Annotated, TypeAlias

from coalflow.config.fields.names import OneOf, Text
from coalflow.config.fields.section import Distinct, DistinctOrNone, Limits, Section
from coalflow.config.registry.baselines import BASELINES
from coalflow.config.registry.nets import NETS

NetName: TypeAlias = Annotated[str, OneOf(tuple(NETS))]
BaselineName: TypeAlias = Annotated[str, OneOf(tuple(BASELINES))]


class Models(Section):
    """What is trained."""

    nets: Distinct[NetName] = ("coalflow",)
    """
    Nets by name. docs/nets.md lists where each comes from, what it reads and how well it does on
    the quickstart's data.
    """
    restarts: Annotated[int, Limits(ge=1, le=100, whole=True)] = 2
    """
    How often each net is trained from new random weights. Two or more show what is chance, and
    together form an ensemble, which predicts their mean.
    """
    baselines: DistinctOrNone[BaselineName] | None = None
    """
    Explainable models on summary statistics that the nets must beat. `mean` predicts the training
    mean, or how often each class is in training. `classical` is Watterson's theta, divided by what
    makes it a population size or a mutation rate, and for classes a histogram of Tajima's D.
    `ridge` is for targets that are numbers, `logistic_regression` for classes, `gradient_boosting`
    for both. Without it, all that suit the target; `[]` for none.
    """


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
