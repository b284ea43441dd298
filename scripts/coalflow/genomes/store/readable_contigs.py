"""All kinds of contigs whose sites can be read: those of genomes, and blocks of the null."""

from typing import TypeAlias

from coalflow.genomes.store.blocks import Block
from coalflow.genomes.store.usable_contigs import UsableContig

#: A contig that windows are cut from.
ReadableContig: TypeAlias = UsableContig | Block
