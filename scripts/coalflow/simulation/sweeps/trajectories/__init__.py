"""The frequency of a selected allele through time."""
