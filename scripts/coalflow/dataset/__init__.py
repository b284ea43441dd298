"""Which replicate is for what, reading them, and the audit of the whole."""
