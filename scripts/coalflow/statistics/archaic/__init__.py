"""Statistics of single haplotypes by which those with ancestry from elsewhere stand out."""
