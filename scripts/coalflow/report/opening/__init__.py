"""What the report opens with: its title, and how good the models are."""
