"""Shards of simulated windows, what sequencing makes of them, and their encoding."""
