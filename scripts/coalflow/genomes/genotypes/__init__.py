"""Genotypes of a file: who is used, which records are sites, and how many haplotypes there are."""
