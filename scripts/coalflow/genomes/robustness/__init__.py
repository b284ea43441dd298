"""How trained models do on other data than those in training."""
