"""Trained models on disk: weights, and a card that holds all that is needed to use them.

A net is ``model.safetensors``, a baseline ``model.skops``: neither format can run code. The card is
next to it. Programs that only use nets do without the libraries of baselines, and the reverse.
"""
