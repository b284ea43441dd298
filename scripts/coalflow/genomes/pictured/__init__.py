"""Single windows of genomes, as models see them."""
