"""The ancestry of each haplotype of a genome: painted site by site, and cut into segments."""
