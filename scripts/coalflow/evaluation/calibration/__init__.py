"""How sure models are: probabilities that hold, sets of classes, and intervals of numbers."""
