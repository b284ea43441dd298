"""The rules of the workflow, as text."""

import re

from helpers.workflow import ROOT

SCRIPTS = ROOT / "scripts"


def rules():
    """Return the text of each rule of workflow/rules, by its name."""
    texts = {}
    for file in sorted((ROOT / "workflow" / "rules").glob("*.smk")):
        _, *parts = re.split(r"^rule (\w+):\n", file.read_text(), flags=re.MULTILINE)
        texts.update(zip(parts[::2], parts[1::2], strict=True))
    return texts
