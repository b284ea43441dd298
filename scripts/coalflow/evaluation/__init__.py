"""Predictions, their scores on test windows, and comparisons of models."""
