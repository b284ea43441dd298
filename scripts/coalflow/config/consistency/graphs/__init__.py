"""What contradicts a graph of populations: other mutation rates, and impossible values."""
