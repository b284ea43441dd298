"""What coalflow's own net reads of windows with several populations."""
