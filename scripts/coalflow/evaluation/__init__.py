"""Predictions, scores with intervals, and learning curves."""
