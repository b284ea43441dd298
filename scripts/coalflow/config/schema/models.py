"""The sections ``split``, ``statistics`` and ``models``."""

from typing import Annotated, Literal, TypeAlias

from coalflow.config.fields.names import OneOf
from coalflow.config.fields.section import Distinct, DistinctOrNone, Limits, Section
from coalflow.config.registry.baselines import BASELINES
from coalflow.config.registry.nets import NETS

Fraction: TypeAlias = Annotated[int | float, Limits(gt=0, lt=1)]
NetName: TypeAlias = Annotated[str, OneOf(tuple(NETS))]
BaselineName: TypeAlias = Annotated[str, OneOf(tuple(BASELINES))]
FeatureKind: TypeAlias = Literal["spectrum", "sites", "haplotypes", "linkage"]


class Split(Section):
    """Fractions of each cell's replicates for training, validation and test. They sum to 1."""

    train: Fraction = 0.8
    """Fraction that the models are fitted on."""
    validation: Fraction = 0.1
    """Fraction that decides when training stops."""
    test: Fraction = 0.1
    """Fraction that is used once, at the end."""

    @property
    def fractions(self) -> dict[str, float]:
        """The fractions by the names of the splits."""
        return {"train": self.train, "validation": self.validation, "test": self.test}


class Features(Section):
    """Summary statistics that baselines see."""

    parts: DistinctOrNone[Annotated[int, Limits(ge=2, le=100, whole=True)]] = (5, 11)
    """
    Numbers of parts of equal length, in bases, in which statistics are computed, in addition to the
    whole window. As in S/HIC, several parts distinguish a sweep in the middle from one nearby.
    """
    kinds: Distinct[FeatureKind] = ("spectrum", "sites", "haplotypes", "linkage")
    """
    Which statistics. `spectrum` is the site-frequency spectrum, `sites` are the number of
    segregating sites, pi, Watterson's theta and Tajima's D, and with `observation.polarised`
    theta_H and Fay and Wu's H, `haplotypes` the number of haplotypes, H1, H12 and H2/H1, `linkage`
    ZnS, omega and r2 by distance.
    """


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
    baselines: Distinct[BaselineName] | None = None
    """
    Explainable models on summary statistics that the nets must beat. `mean` predicts the training
    mean, or how often each class is in training. `classical` is Watterson's theta, divided by what
    makes it a population size or a mutation rate, and for classes a histogram of Tajima's D.
    `ridge` is for targets that are numbers, `logistic_regression` for classes, `gradient_boosting`
    for both. Without it, all that suit the target.
    """
