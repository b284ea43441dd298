"""The methods of a run, ready for a paper, with what they cite."""
