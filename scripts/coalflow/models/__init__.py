"""Nets and baselines: trained, kept on disk, asked and interpreted."""
