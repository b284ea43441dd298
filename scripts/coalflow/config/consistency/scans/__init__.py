"""Contradictions in what is scanned, and in what scans are compared with."""
