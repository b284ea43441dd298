"""What docs/troubleshooting.md quotes is what programs say."""

import ast
import functools
import re

from helpers.workflow import ROOT

PAGE = ROOT / "docs" / "troubleshooting.md"
SHELL = "    .venv/"


@functools.cache
def said():
    """Return all texts of the library, with a blank for each value in them."""
    texts = []
    for path in (ROOT / "scripts").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.JoinedStr):
                parts = (p.value if isinstance(p, ast.Constant) else "\0" for p in node.values)
                texts.append("".join(parts))
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                texts.append(node.value)
    return re.sub(r"\s+", " ", "\n".join(texts))


def quoted():
    """Return the messages of the page: indented lines, and those in the table of refusals."""
    text = PAGE.read_text()
    indented = [line.strip() for line in re.findall(r"^    .+$", text, re.M)]
    table = re.findall(r"^\| `(.+?)` \|", text, re.M)
    return [line for line in indented + table if not f"    {line}".startswith(SHELL)]


def test_messages_are_those_of_the_code():
    messages = quoted()
    assert len(messages) > 25
    missing = [
        (message, part)
        for message in messages
        for part in re.split(r"…", message)
        if len(part.strip(" :,.()")) > 2 and part.strip(" :,.()") not in said()
    ]
    assert not missing


def test_flags_columns_and_keys_exist():
    text = PAGE.read_text()
    schema = (ROOT / "docs" / "reference" / "config.md").read_text()
    keys = set(
        re.findall(
            r"`((?:training|simulation|observation|encoding|evaluation|significance)"
            r"\.[a-z_]+)`",
            text,
        )
    )
    assert len(keys) > 5
    assert [key for key in keys if f"`{key}`" not in schema] == []
    flags = re.findall(r"^\| `(\w+)` \|", (ROOT / "docs" / "genomes.md").read_text(), re.M)
    assert {"gap", "inaccessible", "few_sites", "novel"} <= set(flags)
