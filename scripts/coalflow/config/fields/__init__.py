"""What fields of the config are made of: sections, numbers with limits, names, lists."""
