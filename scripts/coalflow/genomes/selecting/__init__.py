"""What of a genome's file is read: contigs, regions, and ancestral alleles from elsewhere."""
