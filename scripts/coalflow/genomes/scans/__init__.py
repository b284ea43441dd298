"""Scans: every model over every window, and the files that hold the results."""
