"""Write what is generated from the typed config: its JSON schema, and the table in its README."""

import json
import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "scripts"))
from coalflow.config.json_schema import make_config_schema
from coalflow.config.key_table import make_key_table

SCHEMA = ROOT / "workflow" / "schemas" / "config.schema.json"
README = ROOT / "config" / "README.md"
MARK = "<!-- The table below is generated from the typed config: `make docs`. -->\n\n"


def write_schema() -> str:
    """Return the text of the JSON schema."""
    return json.dumps(make_config_schema(), indent=2, ensure_ascii=False) + "\n"


def write_readme() -> str:
    """Return the text of config/README.md with the table of keys."""
    written_by_hand = README.read_text(encoding="utf-8").split(MARK)[0]
    return written_by_hand + MARK + make_key_table()


if __name__ == "__main__":
    SCHEMA.write_text(write_schema(), encoding="utf-8")
    README.write_text(write_readme(), encoding="utf-8")
