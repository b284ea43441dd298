"""What the layers of nets do, in a sentence each."""

import pathlib
import re

from coalflow.evaluation.result_tables import read_result_table

# By the titles of layers, without their numbers.
SENTENCES = {
    "input": "the alleles as numbers, and the positions of sites if the net reads them",
    "first layer": (
        "computed without weights: how similar haplotypes are, the spectrum, and linkage, "
        "in parts of the window and as a whole"
    ),
    "convolution": (
        "each unit adds up a few neighbouring sites, or what the layer before makes of them, with "
        "the same weights all along the window"
    ),
    "block": (
        "a block of convolutions along the window, so that each number is about more and more sites"
    ),
    "parts of the window": (
        "what the net makes of each of eleven parts of the window: of the haplotypes and sites in "
        "it, and in the parts next to it"
    ),
    "largest of all haplotypes": (
        "the largest activation among all haplotypes, so that their order makes no difference"
    ),
    "mean of haplotypes": ("the mean over all haplotypes, so that their order makes no difference"),
    "dense": "each unit adds up all of the layer before: it sees the window as a whole",
    "dense, positions": "each unit adds up the positions of all sites, and no alleles",
    "dense, joined": "each unit adds up what was made of alleles and what was made of positions",
    "output": "what is predicted",
}


def describe_layers(path: pathlib.Path) -> dict[str, list[tuple[str, str]]]:
    """Return the layers of each net that was probed, each with a sentence.

    Parameters
    ----------
    path : Path
        ``probes.tsv``.

    Raises
    ------
    CoalflowError
        If the file is missing or damaged.
    """
    found = read_result_table(path, texts=("net", "layer"))
    return {
        str(net): [(layer, describe_layer(layer)) for layer in dict.fromkeys(rows["layer"])]
        for net, rows in found.groupby("net", sort=False)
    }


def describe_layer(title: str) -> str:
    """Return what a layer does.

    Parameters
    ----------
    title : str
        As nets call their layers; the same with a number behind it is the same kind.

    Examples
    --------
    >>> describe_layer("dense 2") == describe_layer("dense")
    True
    """
    return SENTENCES[re.sub(r" \d+$", "", title)]
