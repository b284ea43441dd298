"""Write the table of keys in config/README.md anew, from the schema."""

import pathlib

from coalflow.config.key_table import table_of_keys
from coalflow.config.loading import read_schema

ROOT = pathlib.Path(__file__).resolve().parent.parent
SCHEMA = ROOT / "workflow" / "schemas" / "config.schema.yaml"
README = ROOT / "config" / "README.md"
MARK = "<!-- The table below is made from the schema: `make docs`. -->\n\n"


def documented():
    """Return the text of config/README.md with the table that the schema gives."""
    written_by_hand = README.read_text().split(MARK)[0]
    return written_by_hand + MARK + table_of_keys(read_schema(SCHEMA))


if __name__ == "__main__":
    README.write_text(documented())
