"""Population histories before they are graphs: epochs, demes files, stdpopsim's catalogue."""
