"""Contradictions in how nets are interpreted."""
