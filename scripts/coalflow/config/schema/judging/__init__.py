"""The section ``evaluation``."""
