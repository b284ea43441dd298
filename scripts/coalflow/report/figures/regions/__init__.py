"""Pictures of regions: models, statistics, haplotypes and genes along the same axis."""
