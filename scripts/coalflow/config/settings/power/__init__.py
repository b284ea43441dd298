"""What the programs are given that measure which sweeps a scan finds."""
