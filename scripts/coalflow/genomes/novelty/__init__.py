"""Novelty: how unlike everything simulated a window is, and whether simulations fit a genome."""
