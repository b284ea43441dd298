"""Tables of users' that simulations depend on."""
