"""What the columns ``split`` and ``reason`` of the table of splits may hold."""

SPLITS = ("train", "validation", "test")
EXCLUDED = "excluded"
ALL = "all cells"  # in tables by cell
TOO_FEW_SITES = "too few sites"
TARGET_UNDEFINED = "target undefined"
