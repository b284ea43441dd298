"""Files that genomes are read from, and that say what is read of them: whether there are any."""

from collections.abc import Iterator
from pathlib import Path

from coalflow.config.fields.section import Mistake, show
from coalflow.config.schema.genomes import (
    CONTIG,
    AncestralFasta,
    GenomeSelection,
    GenotypeRules,
)
from coalflow.core.input_files import describe_unusable

# Why a file of windows is refused where haplotypes are painted.
OWN_WINDOWS = (
    "is for windows of your own, and haplotypes are painted in windows at every step: delete it"
)
ZARR_METADATA = (".zgroup", ".zattrs", ".zmetadata", "zarr.json")


def describe_unusable_genome(path: str) -> str | None:
    """Return why a genome cannot be opened, to follow what was written of it; None if it can.

    It is a file, or a folder with a Zarr store.
    """
    folder = Path(path)
    try:
        if not folder.is_dir():
            return describe_unusable(path)
        if any((folder / name).exists() for name in ZARR_METADATA):
            return None
    except OSError:  # names too long
        return describe_unusable(path)
    return "that is a folder, not a file, and it has no VCF Zarr store"


def check_file(key: str, path: object) -> Iterator[Mistake]:
    """Yield why a file that a key names cannot be opened; None and lists are not files."""
    unusable = describe_unusable(path) if isinstance(path, str) else None
    if unusable:
        yield (key,), f"is {show(path)}: {unusable}"


def describe_unusable_fasta(given: AncestralFasta) -> str | None:
    """Return why ancestral sequences cannot be opened; None if they can."""
    path = given.fasta
    around = path.replace(CONTIG, "")
    if "{" in around or "}" in around:
        return f"only {CONTIG} stands for something, which is the name of a contig"
    if CONTIG not in path:
        return describe_unusable(path)
    if not given.list_files():
        return f"there is no file of such a name (relative to {Path.cwd()})"
    return None


def check_selection(selection: GenomeSelection) -> Iterator[Mistake]:
    """Yield what is wrong with what is read of a genome; paths are relative to it."""
    for key in GenomeSelection.model_fields:
        yield from check_file(key, getattr(selection, key))
    if selection.contigs is not None and selection.regions is not None:
        yield ("contigs",), "is not used, since `regions` names contigs too: delete one of them"


def check_genotype_rules(rules: GenotypeRules) -> Iterator[Mistake]:
    """Yield what is wrong with the sexes of individuals; paths are relative to the rules."""
    if rules.sexes is None:
        if rules.depends_on_sex:
            yield ("sexes",), "is missing: ploidy depends on it. Name a file with names and sexes"
    elif not rules.depends_on_sex:
        yield ("sexes",), "is not used: no contig in ploidy depends on the sex. Delete it"
    elif unusable := describe_unusable(rules.sexes):
        yield ("sexes",), f"is {show(rules.sexes)}: {unusable}"
