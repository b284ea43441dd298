"""Real genomes: read, cut into windows and scanned."""
