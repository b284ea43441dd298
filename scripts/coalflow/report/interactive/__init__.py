"""Scans as interactive pictures of a page, which hold all they need."""
