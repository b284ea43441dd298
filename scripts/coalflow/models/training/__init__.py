"""Training nets: recipes, losses, one visible loop, and how it goes on when it was stopped."""
