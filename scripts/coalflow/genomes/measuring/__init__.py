"""What a user's file is like, measured, so that simulations can resemble it."""
