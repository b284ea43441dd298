"""Tree sequences that are imported as the one replicate of a cell."""

import pytest

from coalflow.config.schema.samples import Samples
from coalflow.config.settings.simulating import ImportSettings
from coalflow.core.errors import CoalflowError
from coalflow.imports.remarks import Remarks
from coalflow.imports.trees.tree_replicates import read_tree_replicates

LENGTH = 20_000
TWO = Samples(individuals=(("A", 2), ("B", 3)), ploidy=2)


def read(folder, trees, samples=TWO, **changes):
    """Return the one replicate that is read, and the remarks on it."""
    trees.dump(folder / "a.trees")
    settings = ImportSettings.model_validate(
        {
            "cell": "class=a",
            "parameters": {"class": "a", "sequence_length": LENGTH},
            "format": "trees",
            "files": (),
            "truth": {},
            "tables": (),
            "sequence_length": LENGTH,
            "samples": samples,
            "tree_statistics": (),
            "replicates": 1,
            "shard_size": 1,
            **changes,
        }
    )
    remarks = Remarks()
    (replicate,) = read_tree_replicates([str(folder / "a.trees")], settings, remarks)
    return replicate, [str(found).replace(f"{folder}/", "") for found in remarks]


def refusal(folder, trees, samples=TWO, **changes):
    with pytest.raises(CoalflowError) as caught:
        read(folder, trees, samples, **changes)
    assert "\n" not in str(caught.value)
    return str(caught.value).replace(f"{folder}/", "")


def find_samples(trees, name):
    """Return the samples of a population, those of an individual next to each other."""
    (number,) = (p.id for p in trees.populations() if p.metadata["name"] == name)
    nodes = [node for node in trees.samples() if trees.node(node).population == number]
    firsts = {}
    for node in nodes:
        firsts.setdefault(trees.node(node).individual, []).append(node)
    return [node for both in firsts.values() for node in both]
