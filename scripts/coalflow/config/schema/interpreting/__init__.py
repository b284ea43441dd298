"""How nets are interpreted."""
