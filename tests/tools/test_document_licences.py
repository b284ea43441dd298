"""docs/licences.md lists the licences that the packages state."""

import document_licences


def test_the_page_is_up_to_date():
    assert document_licences.PAGE.read_text() == document_licences.write_page()


def test_what_is_under_the_gpl_is_known():
    licences = {name: document_licences.find_licence(name) for name, _ in
                document_licences.list_packages()}  # fmt: skip
    assert licences["torch"].startswith("Apache-2.0")
    assert licences["numpy"].startswith("BSD-3-Clause")
    # The page explains what these two mean; a third one would need more words.
    assert [name for name, text in licences.items() if "GPL" in text] == ["msprime", "stdpopsim"]
