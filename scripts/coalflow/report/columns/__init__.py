"""What the columns of a run's tables mean: the one source, for the report and for the docs."""
