"""The sections ``split`` and ``statistics``."""

from typing import Annotated, Literal, TypeAlias

import pydantic

from coalflow.config.fields.names import Text
from coalflow.config.fields.section import (
    KEYS,
    TEXT,
    ByKind,
    Distinct,
    DistinctOrNone,
    Limits,
    Section,
)

Fraction: TypeAlias = Annotated[int | float, Limits(gt=0, lt=1)]
FeatureKind: TypeAlias = Literal["spectrum", "sites", "haplotypes", "linkage", "populations"]


class GivenFiles(Section):
    """Files of ``simulation.import`` that are not for training."""

    test: Distinct[Text]
    """
    Files whose windows are the test, all of them. `*` and `?` stand for any characters, as in
    `simulation.import.files`.
    """
    validation: Distinct[Text] | None = None
    """
    Files whose windows are for validation, all of them. Without it, a part of the training windows
    is.
    """


class Split(Section):
    """Fractions of each cell's replicates for training, validation and test. They sum to 1."""

    train: Fraction = 0.8
    """Fraction that the models are fitted on."""
    validation: Fraction = 0.1
    """
    Fraction that decides when training stops. With `given`, the fraction of the training windows,
    unless validation windows are given, too.
    """
    test: Fraction = 0.1
    """Fraction that is used once, at the end."""
    given: (
        Annotated[
            Annotated[Text, pydantic.Tag(TEXT)] | Annotated[GivenFiles, pydantic.Tag(KEYS)], ByKind
        ]
        | None
    ) = None
    """
    In place of `train` and `test`: which imported windows are for what, as in a published test set.
    Either a column of `simulation.import.truth.tables` that holds `train`, `validation` or `test`,
    or files, such as `{test: [data/*_test.ms.gz]}`.
    """

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
    kinds: Distinct[FeatureKind] = (
        "spectrum",
        "sites",
        "haplotypes",
        "linkage",
        "populations",
    )
    """
    Which statistics. `spectrum` is the site-frequency spectrum, `sites` are the number of
    segregating sites, pi, Watterson's theta and Tajima's D, and with `observation.polarised`
    theta_H and Fay and Wu's H, `haplotypes` the number of haplotypes, H1, H12 and H2/H1, `linkage`
    ZnS, omega and r2 by distance, all of the whole sample. `populations` is what is in each of
    several populations, and how they differ: with one population there is nothing of that kind.
    """
