"""How many haplotypes an individual has on a contig: as the config says, or as in the file."""

from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from coalflow.config.schema.genomes import GenotypeRules
from coalflow.core.errors import CoalflowError, describe_unknown
from coalflow.core.input_files import read_small_text

NAMES = {1: "haploid", 2: "diploid", 3: "triploid", 4: "tetraploid"}
MOST_NAMED = 3  # individuals in a message


class ExpectedPloidy:
    """The ploidy that the config expects.

    Parameters
    ----------
    rules : GenotypeRules
    names : sequence of str
        Those whose ploidy is wanted.

    Raises
    ------
    CoalflowError
        If the file with sexes cannot be read, or has not all of them.
    """

    def __init__(self, rules: GenotypeRules, names: Sequence[str]) -> None:
        self._ploidy = rules.ploidy
        self._number = len(names)
        sexes = {} if rules.sexes is None else read_sexes(rules.sexes)
        unknown = [name for name in names if name not in sexes]
        if rules.sexes is not None and unknown:
            raise CoalflowError(
                f"{rules.sexes}: has no sex of {list_names(unknown)}: add a line with the name "
                "and the sex of each"
            )
        self._sexes = [sexes.get(name, "") for name in names]
        self._path = rules.sexes

    @property
    def contigs(self) -> list[str]:
        """The contigs whose ploidy is given by name."""
        return list(self._ploidy) if isinstance(self._ploidy, Mapping) else []

    def on(self, contig: str) -> npt.NDArray[np.int8]:
        """Return the ploidy of each individual, int8 (individuals,); 0 where that of the file."""
        every = self._ploidy
        given = every.get(contig) if isinstance(every, Mapping) else every
        if isinstance(given, Mapping):
            for sex in self._sexes:
                if sex not in given:
                    known = f"sexes in the ploidy of {contig}"
                    raise CoalflowError(f"{self._path}: {describe_unknown(sex, known, given)}")
            return np.array([given[sex] for sex in self._sexes], dtype=np.int8)
        return np.full(self._number, given or 0, dtype=np.int8)


def read_sexes(path: str) -> dict[str, str]:
    """Return the sex of each individual in a file.

    Parameters
    ----------
    path : str
        On each line a name and a sex, with a tab between them, or blanks.

    Raises
    ------
    CoalflowError
        If it cannot be read, a line has another number of columns, or a name has two sexes.
    """
    sexes: dict[str, str] = {}
    text = read_small_text(path, "a file with the sexes of individuals")
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        columns = [
            column.strip() for column in (line.split("\t") if "\t" in line else line.split())
        ]
        if len(columns) != 2 or not all(columns):
            raise CoalflowError(
                f"{path}:{number}: has {len(columns)} columns, but must have two: the name of an "
                "individual and its sex, with a tab between them"
            )
        name, sex = columns
        if sexes.setdefault(name, sex) != sex:
            raise CoalflowError(
                f"{path}:{number}: {name} is {sex}, and {sexes[name]} before: keep one"
            )
    return sexes


def describe_ploidy(ploidies: Sequence[int], names: Sequence[str] = ()) -> str:
    """Return the ploidy of individuals in words.

    Parameters
    ----------
    ploidies : sequence of int
    names : sequence of str
        Theirs, to say who has which where they differ.

    Examples
    --------
    >>> describe_ploidy([1, 1, 1]), describe_ploidy([2, 1, 1], ["f", "m", "n"])
    ('haploid', '2 haploid (m, n) and 1 diploid (f)')
    """
    counts = sorted(Counter(ploidies).items())
    if len(counts) == 1:
        return name_ploidy(counts[0][0])
    parts = []
    for ploidy, number in counts:
        who = [name for name, each in zip(names, ploidies, strict=False) if each == ploidy]
        parts.append(f"{number} {name_ploidy(ploidy)}{f' ({list_names(who)})' if who else ''}")
    return f"{', '.join(parts[:-1])} and {parts[-1]}"


def name_ploidy(ploidy: int) -> str:
    """Return what individuals of a ploidy are called."""
    return NAMES.get(int(ploidy), f"of ploidy {ploidy}" if ploidy else "not called")


def list_names(names: Sequence[str]) -> str:
    """Return names of individuals for a message, the first ones if there are many."""
    more = len(names) - MOST_NAMED
    return ", ".join(names[:MOST_NAMED]) + (f" and {more:,} more" if more > 0 else "")
