"""What the programs are given that try models on other data than those in training."""
