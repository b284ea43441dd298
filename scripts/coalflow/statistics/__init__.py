"""Statistics of windows: targets that nets predict, and features that baselines see."""
