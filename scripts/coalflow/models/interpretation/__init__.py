"""What nets know, what they look at, and how they respond: for nets, and for baselines too."""
