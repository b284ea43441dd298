"""Scans: from the tables of windows, or from a model and a genome, to files."""
