"""Genes of a genome: from GFF3 and GTF files, to what overlaps regions and lies nearest."""

from coalflow.genomes.genes.gene_file import read_genes
from coalflow.genomes.genes.genes import Gene, Genes

__all__ = ["Gene", "Genes", "read_genes"]
