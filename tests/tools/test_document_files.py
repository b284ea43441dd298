from helpers.workflow import ROOT

import document_files


def test_the_pages_are_as_they_are_written():
    """After a change of columns or terms, run `make docs`."""
    assert document_files.FILES_PAGE.read_text() == document_files.describe_files()
    assert document_files.GLOSSARY_PAGE.read_text() == document_files.describe_terms()


def test_terms_are_in_order_and_their_pages_exist():
    names = [term.name.lower().replace("²", "2") for term in document_files.TERMS]
    assert names == sorted(names)
    for term in document_files.TERMS:
        assert not term.page or (ROOT / "docs" / term.page).is_file(), term.page
