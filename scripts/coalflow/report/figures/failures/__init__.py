"""Pictures of where models fail."""
