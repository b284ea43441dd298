"""Training nets: the loop, and everything that it uses."""
