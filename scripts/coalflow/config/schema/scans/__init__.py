"""How sure scans are of what they find: significance and novelty, and the power to find it."""
