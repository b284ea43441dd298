"""The section ``target``, and targets with nothing left open.

A target is a scenario parameter, a statistic of the sites that the net sees, or one of the true
trees. A config names one, lists names, or maps names to definitions; what comes out is one form:
:class:`Targets`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, Literal, TypeAlias

import pydantic

from coalflow.config.fields.names import OneOf, Spelling
from coalflow.config.fields.section import (
    KEYS,
    LIST,
    TEXT,
    ByKind,
    Distinct,
    Limits,
    List,
    Section,
)
from coalflow.config.registry.statistics import BRANCH, SITE, STATISTICS, Mode

StatisticName: TypeAlias = Annotated[str, OneOf(tuple(STATISTICS))]
Scale: TypeAlias = Literal["linear", "log"]
Label: TypeAlias = Literal["happened", "simulated"]


class TargetDefinition(Section):
    """What a target is, as far as its name does not say it."""

    parameter: str | None = None
    """The scenario parameter that it is, if its name is another."""
    statistic: StatisticName | None = None
    """
    The statistic that it is, if its name is another. tskit computes it on exactly the sites that
    the net sees, or, with `mode: branch`, on the true trees.
    """
    of: (
        Annotated[
            Annotated[str, pydantic.Tag(TEXT)] | Annotated[List[str], pydantic.Tag(LIST)], ByKind
        ]
        | None
    ) = None
    """
    The populations of `simulation.samples` that the statistic describes or compares. Without it the
    whole sample, or, for those that compare populations, all of them. For `introgression` the
    sampled population, and the one of the demes file that its ancestry is from.
    """
    source: str | None = pydantic.Field(None, alias="from")
    """
    Makes the target the ancestry, at every base of every haplotype of the population in `of`, that
    is from this population of the demes file, which need not be sampled.
    """
    since: Annotated[int | float, Limits(gt=0, le=1e9)] | None = None
    """
    For introgression and ancestry: earlier gene flow does not count. In generations ago or, with a
    demes file in years, in years ago. Without it, all gene flow counts.
    """
    mode: Mode | None = None
    """
    `site` computes the statistic on sites, `branch` on the branch lengths of the true trees, in
    generations: the expectation of which mutations are a sample.
    """
    scale: Scale | None = None
    """
    `log` learns and evaluates the logarithm, for what varies by orders of magnitude. Windows whose
    value is 0 or less are then left out. Without it, `linear`.
    """

    label: Label | None = None
    """
    For `gene_flow`. With `happened`, a window in which no lineage moved by the pulses and
    migrations of its kind has the class of the kind that has none. With `simulated`, each window
    has the class of its own kind. Without it, `happened`.
    """

    @property
    def populations(self) -> tuple[str, ...]:
        """The populations of ``of``, as a tuple also where it is one name."""
        if self.of is None:
            return ()
        return (self.of,) if isinstance(self.of, str) else self.of


#: The three ways to write targets.
WrittenTargets: TypeAlias = Annotated[
    Annotated[str, pydantic.Tag(TEXT)]
    | Annotated[Distinct[str], pydantic.Tag(LIST)]
    | Annotated[
        dict[Annotated[str, Spelling("A-Za-z", "A-Za-z0-9_.-")], TargetDefinition],
        pydantic.Field(min_length=1),
        pydantic.Tag(KEYS),
    ],
    ByKind,
]


class ParameterTarget(Section):
    """A scenario parameter that is predicted; without a scale its values are classes."""

    parameter: str
    scale: Scale | None = None
    label: Label | None = None
    """Which gene flow is meant, where it is predicted."""

    @property
    def is_log(self) -> bool:
        """Whether it is learned and evaluated by its logarithm."""
        return self.scale == "log"


class StatisticTarget(Section):
    """A statistic that is predicted."""

    statistic: str
    of: tuple[str, ...] = ()
    mode: Mode = SITE
    scale: Scale = "linear"
    since: float | None = None
    """In generations ago: the earliest gene flow that counts."""
    at_sites: bool | None = None
    """Whether it is also predicted for each haplotype and site; None if it is not."""

    @property
    def is_log(self) -> bool:
        """Whether it is learned and evaluated by its logarithm."""
        return self.scale == "log"

    @property
    def truth_name(self) -> str:
        """The name in shards of a statistic of trees, such as ``target/fst(EUR,AFR)``."""
        since = "" if self.since is None else f",since={self.since:g}"
        return f"target/{self.statistic}({','.join(self.of)}{since})"


Target: TypeAlias = ParameterTarget | StatisticTarget


class Targets(Section):
    """What the models of a run predict.

    Examples
    --------
    >>> fst = StatisticTarget(statistic="fst", of=("EUR", "AFR"))
    >>> targets = Targets(definitions={"fst": fst})
    >>> targets.names, targets.has_classes, list(targets.site_statistics)
    (['fst'], False, ['fst'])
    """

    definitions: dict[str, Target]
    """Each target by its name, in alphabetical order."""
    classes: tuple[str, ...] | None = None
    """The classes of the only target; None where targets are numbers."""

    @property
    def names(self) -> list[str]:
        """The names of the targets."""
        return list(self.definitions)

    @property
    def first(self) -> str:
        """The name of the first target, by which models are ranked."""
        return self.names[0]

    @property
    def has_classes(self) -> bool:
        """Whether the target has classes; it is then the only one."""
        return self.classes is not None

    @property
    def site_statistics(self) -> dict[str, StatisticTarget]:
        """The targets that are statistics of the sites that the net sees."""
        return self._select_mode(SITE)

    @property
    def tree_statistics(self) -> dict[str, StatisticTarget]:
        """The targets that are statistics of the true trees."""
        return self._select_mode(BRANCH)

    @property
    def at_sites(self) -> StatisticTarget | None:
        """The only target, if it is ancestry of each haplotype at each site."""
        one = next(iter(self.definitions.values()), None)
        return one if isinstance(one, StatisticTarget) and one.at_sites else None

    @property
    def parameters(self) -> dict[str, ParameterTarget]:
        """The targets that are scenario parameters."""
        return {name: one for name, one in self if isinstance(one, ParameterTarget)}

    def __iter__(self) -> Iterator[tuple[str, Target]]:  # type: ignore[override]
        return iter(self.definitions.items())

    def __len__(self) -> int:
        return len(self.definitions)

    def __getitem__(self, name: str) -> Target:
        return self.definitions[name]

    def _select_mode(self, mode: str) -> dict[str, StatisticTarget]:
        statistics = ((n, one) for n, one in self if isinstance(one, StatisticTarget))
        return {name: one for name, one in statistics if one.mode == mode}


def list_written(target: Any) -> list[tuple[tuple[str | int, ...], str, TargetDefinition]]:
    """Return path, name and definition of each target as it is written in the config.

    Parameters
    ----------
    target : str, tuple of str or dict of TargetDefinition
        The section ``target``.
    """
    if isinstance(target, str):
        return [(("target",), target, TargetDefinition())]
    if isinstance(target, tuple):
        return [(("target", i), name, TargetDefinition()) for i, name in enumerate(target)]
    return [(("target", name), name, definition) for name, definition in target.items()]
