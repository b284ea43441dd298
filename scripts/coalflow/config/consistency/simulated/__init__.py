"""What contradicts the sections of what is simulated to see what scans find."""
