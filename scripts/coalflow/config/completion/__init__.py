"""What a config leaves open, filled in."""
