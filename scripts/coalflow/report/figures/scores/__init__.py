"""Pictures of scores by parts of the test windows: a row for each part, with all models."""
