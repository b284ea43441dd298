"""Problems of what is simulated, and of what models are to learn from it."""
