"""Which sweeps a scan finds, by blocks of genome with a sweep and without."""
