"""How well models find the ancestry of haplotypes, base by base and segment by segment."""
