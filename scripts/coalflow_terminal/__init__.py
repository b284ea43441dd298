"""What the terminal shows of a run: a logger plugin of Snakemake, which the profiles choose."""
