"""Simulations made elsewhere, as replicates."""
