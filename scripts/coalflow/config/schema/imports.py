"""The section ``simulation.import``: simulations made elsewhere."""

from typing import Annotated, Any, Literal, TypeAlias

import pydantic

from coalflow.config.fields.names import Name, Spelling, Text
from coalflow.config.fields.section import (
    NUMBER,
    TEXT,
    ByKind,
    Distinct,
    Limits,
    Section,
    Some,
)
from coalflow.config.schema.samples import Population

TruthName: TypeAlias = Annotated[str, Spelling("A-Za-z", "A-Za-z0-9_")]
Index: TypeAlias = Annotated[int, Limits(ge=1, whole=True)]
#: A population of a file, by its number from 0 on or its name.
FilePopulation: TypeAlias = Annotated[
    Annotated[int, Limits(ge=0, whole=True), pydantic.Tag(NUMBER)]
    | Annotated[Text, pydantic.Tag(TEXT)],
    ByKind,
]
Option: TypeAlias = Annotated[str, Spelling("-", "A-Za-z0-9_.-")]


class Truth(Section):
    """Where the true values of imported replicates are found."""

    command: Annotated[dict[TruthName, Option], pydantic.Field(min_length=1)] | None = None
    """
    Names of true values, and the option of the command line that each follows, such as `-t`. For
    `ms`, with a command line before each replicate.
    """
    values: Annotated[dict[TruthName, Index], pydantic.Field(min_length=1)] | None = None
    """
    Names of true values, and which of the values after `//` each is, counted from 1. For `ms`.
    """
    metadata: Annotated[dict[TruthName, Text], pydantic.Field(min_length=1)] | None = None
    """
    Names of true values, and where each is found in the metadata, such as `SLiM.user_metadata.s`.
    For `trees`.
    """
    columns: Annotated[dict[TruthName, Text], pydantic.Field(min_length=1)] | None = None
    """Names of true values, and the column of `tables` that holds each."""
    tables: Annotated[dict[str, Some[Text]], pydantic.Field(min_length=1)] | None = None
    """
    Lists of tables by class, with a header, separated by tabs, or by commas in files named `.csv`.
    For `ms` one for each file, with a row per replicate in the same order; for `trees` with a
    column `file` of file names.
    """

    @property
    def places(self) -> dict[str, dict[str, Any]]:
        """The true values of each place that has some: by their names, where they are found."""
        given = {name: getattr(self, name) for name in ("command", "values", "metadata", "columns")}
        return {name: found for name, found in given.items() if found is not None}

    @property
    def names(self) -> list[str]:
        """The names of all true values, sorted."""
        return sorted({name for found in self.places.values() for name in found})


class Import(Section):
    """Simulations made elsewhere."""

    format: Literal["ms", "trees"]
    """
    `ms`: what ms, discoal, msms or scrm write, plain or gzipped. `trees`: tree sequences of SLiM,
    fwdpy11, msprime or stdpopsim, one file per replicate.
    """
    files: Annotated[dict[Name, Distinct[Text]], pydantic.Field(min_length=1)]
    """
    Lists of files by class, relative to where Snakemake is started. `*` and `?` stand for any
    characters. Several files of a class take turns.
    """
    populations: dict[Population, FilePopulation] = {}
    """
    Populations that the files call otherwise than `samples` and targets, such as
    `{EUR: p1, NEA: 2}`: the name in the file's metadata, or the number. For `trees`.
    """
    subsample: bool = False
    """
    Whether to draw individuals at random where files have more than `samples`, by `seed`, others
    for each file. Otherwise such files are refused. For `trees`.
    """
    truth: Truth = Truth()
    """
    Where the true values of each replicate are found. They are kept in the shards and in
    `split.parquet`.
    """
