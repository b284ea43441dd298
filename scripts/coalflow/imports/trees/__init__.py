"""Replicates from tree sequences, one file each."""
