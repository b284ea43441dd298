"""Whether simulations cover a genome: its windows among those of the pilot."""
