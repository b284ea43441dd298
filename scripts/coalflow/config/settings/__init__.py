"""What each program is given of the config: exactly what its result depends on."""
