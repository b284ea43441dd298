"""For programs and notebooks: models, windows and predictions by a few functions."""
