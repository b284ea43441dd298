"""coalflow's library: from coalescent simulations to nets that read genomes.

Pure functions with no word of Snakemake in them. The programs in the folder
above, one per rule, are thin: they parse arguments, call these modules and
write one result.
"""
