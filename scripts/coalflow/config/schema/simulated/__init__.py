"""Sections of what is simulated to see what scans find: genomes, and sweeps in them."""
