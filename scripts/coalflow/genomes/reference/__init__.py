"""What windows of genomes are compared with: the null, and all that was simulated."""
