"""The coalescent along the trajectory of a selected allele."""
