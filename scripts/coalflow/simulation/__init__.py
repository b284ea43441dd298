"""Simulators: from a scenario and a seed to a tree sequence."""
