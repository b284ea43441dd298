"""A look ahead: what a run will take, and whether its simulations fit the genomes."""
