"""Zarr stores of VCF: their files, arrays and records."""
