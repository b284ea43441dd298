"""How surprising what a scan finds is: p-values of windows, and of regions of a genome."""
