"""Which genotypes of a VCF or BCF file are used, and how many haplotypes they are."""

from collections.abc import Mapping
from typing import Annotated, Literal, TypeAlias

import pydantic

from coalflow.config.fields.names import Text
from coalflow.config.fields.section import (
    KEYS,
    LIST,
    NUMBER,
    TEXT,
    ByKind,
    Distinct,
    Limits,
    Section,
)

PASSED = ("PASS", ".")

Ploidy: TypeAlias = Annotated[int, Limits(ge=1, le=16, whole=True)]
PloidyOfSexes: TypeAlias = Annotated[dict[Text, Ploidy], pydantic.Field(min_length=1)]
PloidyOfContigs: TypeAlias = Annotated[
    dict[
        Text,
        Annotated[
            Annotated[Ploidy, pydantic.Tag(NUMBER)] | Annotated[PloidyOfSexes, pydantic.Tag(KEYS)],
            ByKind,
        ],
    ],
    pydantic.Field(min_length=1),
]


class GenotypeRules(Section):
    """Which genotypes of a file are used."""

    filters: (
        Annotated[
            Annotated[Distinct[Text], pydantic.Tag(LIST)]
            | Annotated[Literal["any"], pydantic.Tag(TEXT)],
            ByKind,
        ]
        | None
    ) = None
    """
    The names that a record may have in its column FILTER, or `any`. A record with another name is
    not used. Without it `[PASS, .]`, where `.` stands for an empty column.
    """
    ploidy: (
        Annotated[
            Annotated[Ploidy, pydantic.Tag(NUMBER)]
            | Annotated[PloidyOfContigs, pydantic.Tag(KEYS)],
            ByKind,
        ]
        | None
    ) = None
    """
    Haplotypes of an individual: one number, or by contig, and there by sex, such as
    `{chrX: {male: 1, female: 2}, chrM: 1}`. Where it is not given it is that of most records of a
    contig. With 1, homozygous genotypes written as `0/0` and `1/1` are one haplotype each, as of
    inbred lines and of males on X, and heterozygous ones are missing. Other records of another
    ploidy are not used.
    """
    sexes: Text | None = None
    """
    A file with the name and the sex of an individual on each line, with a tab between them,
    relative to where Snakemake is started. Needed where `ploidy` depends on the sex, whose names
    are those of this file.
    """

    @property
    def accepted(self) -> tuple[str, ...] | None:
        """The names in FILTER of records that are used; None for any."""
        if self.filters == "any":
            return None
        return PASSED if self.filters is None else self.filters

    @property
    def depends_on_sex(self) -> bool:
        """Whether individuals of different sexes have different ploidies."""
        given = self.ploidy
        return isinstance(given, Mapping) and any(
            isinstance(one, Mapping) for one in given.values()
        )

    def rules_alone(self) -> "GenotypeRules":
        """Return these rules alone, of a section that has more."""
        return GenotypeRules(**{name: getattr(self, name) for name in GenotypeRules.model_fields})
