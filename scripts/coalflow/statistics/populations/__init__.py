"""Statistics of several populations: of each, of pairs, and of three or four together."""
