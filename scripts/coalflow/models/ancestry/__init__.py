"""Nets that predict the ancestry of every haplotype at every site: how they learn and predict."""
