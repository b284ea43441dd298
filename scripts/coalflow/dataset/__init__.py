"""Which split each replicate belongs to, loading replicates, and the audit of the dataset."""
