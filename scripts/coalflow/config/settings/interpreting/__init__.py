"""What the programs are given that interpret models."""
