"""Gene flow in true ancestry: which lineages moved, and the stretches of haplotypes that did."""
