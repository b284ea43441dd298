"""Files of tree sequences that are not whole, or not coalesced, or that tskit cannot simplify."""

import contextlib
from collections.abc import Iterator
from typing import NoReturn

import tskit

from coalflow.core.errors import CoalflowError


@contextlib.contextmanager
def explain_damage(file: str, fix: str = "copy or simulate it again") -> Iterator[None]:
    """Turn what tskit says of a file that is not a whole tree sequence into one line.

    Parameters
    ----------
    file : str
    fix : str
        What to do.

    Raises
    ------
    CoalflowError
        In place of tskit's error.
    """
    try:
        yield
    except (tskit.TskitException, tskit.FileFormatError, OSError, EOFError, ValueError) as error:
        reason = " ".join(str(error).split()) or type(error).__name__
        raise CoalflowError(f"{file}: is not a whole tree sequence ({reason}): {fix}") from None


def refuse_uncoalesced(tree: tskit.Tree, file: str) -> NoReturn:
    """Refuse a tree sequence that has a tree with several roots.

    Raises
    ------
    CoalflowError
        With the stretch that the tree is of.
    """
    where = " to ".join(f"{edge:,.10g}" for edge in tree.interval)
    raise CoalflowError(
        f"{file}: the samples have no common ancestor from {where}, where the tree has "
        f"{tree.num_roots} roots: recapitate it (pyslim.recapitate, or msprime.sim_ancestry with "
        "initial_state), then add mutations"
    )


def drop_migrations(trees: tskit.TreeSequence) -> tskit.TreeSequence:
    """Return trees without their record of migrations, which tskit can neither cut nor simplify."""
    if not trees.num_migrations:
        return trees
    tables = trees.dump_tables()
    tables.migrations.clear()
    return tables.tree_sequence()
