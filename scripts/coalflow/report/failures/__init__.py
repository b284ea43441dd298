"""What the report shows of where models fail."""
