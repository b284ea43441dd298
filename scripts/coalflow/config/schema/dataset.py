"""The sections ``split`` and ``statistics``."""

from typing import Annotated, Literal, TypeAlias

from coalflow.config.fields.section import Distinct, DistinctOrNone, Limits, Section

Fraction: TypeAlias = Annotated[int | float, Limits(gt=0, lt=1)]
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
