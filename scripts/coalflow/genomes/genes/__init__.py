"""Genes of a genome: from GFF3 and GTF files, to what overlaps regions and lies nearest."""
