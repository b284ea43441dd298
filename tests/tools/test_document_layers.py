"""CONTRIBUTING.md lists the packages in the order that lint checks."""

import document_layers


def test_the_page_is_up_to_date():
    assert document_layers.PAGE.read_text() == document_layers.write_page()


def test_every_package_is_listed_with_what_is_in_it():
    rows = document_layers.list_packages().splitlines()[2:]
    assert rows[0].startswith("| `core` | What every program needs")
    assert rows[-1].startswith("| `command` | ")
    library = document_layers.ROOT / "scripts" / "coalflow"
    assert len(rows) == len(list(library.glob("*/__init__.py")))
