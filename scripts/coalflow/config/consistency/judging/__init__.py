"""Contradictions in the section ``evaluation``."""
