"""Damaged, mutated and odd inputs: a program reads each right, or refuses it in one line."""
