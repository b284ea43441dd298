"""Write what is generated from the typed config: its JSON schema, and the page with every key."""

import json
import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "scripts"))
from coalflow.config.json_schema import make_config_schema
from coalflow.config.key_table import make_key_tables

SCHEMA = ROOT / "workflow" / "schemas" / "config.schema.json"
PAGE = ROOT / "docs" / "reference" / "config.md"
HEAD = """\
# Every key of the config

<!-- Generated from the typed config: `make docs`. -->

A dot leads one level down: `simulation.grid.history` is `history`, within `grid`, within
`simulation`. `<name>` stands for a name of your choice. [The config](../config.md) explains how to
write values.

"""


def write_schema() -> str:
    """Return the text of the JSON schema."""
    return json.dumps(make_config_schema(), indent=2, ensure_ascii=False) + "\n"


def write_page() -> str:
    """Return the text of docs/reference/config.md."""
    return HEAD + make_key_tables()


if __name__ == "__main__":
    SCHEMA.write_text(write_schema(), encoding="utf-8")
    PAGE.write_text(write_page(), encoding="utf-8")
