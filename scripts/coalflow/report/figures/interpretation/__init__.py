"""Pictures of what models know, use and look at."""
