"""What speaks against the results of a run, from all its stages: the report's first paragraph."""
