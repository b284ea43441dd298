"""Genomes that are named, by a config or by options: their files, and scans with a model alone."""
