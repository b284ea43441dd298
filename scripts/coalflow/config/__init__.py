"""The config: read, checked, completed, and what programs are given of it."""
