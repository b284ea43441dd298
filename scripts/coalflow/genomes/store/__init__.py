"""Contigs of a genome: kept on the disk as they were read, and read some at a time."""
