"""Selective sweeps: allele frequencies forwards, lineages on two backgrounds backwards."""
