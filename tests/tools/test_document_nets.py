"""docs/nets.md says of each net what is in its record."""

import pytest

import document_nets
from coalflow.config.registry.nets import NETS


def test_the_page_is_up_to_date():
    assert document_nets.PAGE.read_text() == document_nets.write_page()


@pytest.mark.parametrize("name", NETS)
def test_the_page_has_a_row_and_a_source_for_each_net(name):
    page = document_nets.describe_nets()
    assert f"\n| `{name}` | " in page
    assert f"\n- `{name}`: {NETS[name].title}. Source: " in page


@pytest.mark.parametrize(
    ("citation", "linked"),
    [
        ("docs/own_net.md", "[own_net.md](own_net.md)"),
        (
            "A (2018), arXiv:1802.06153",
            "A (2018), [arXiv:1802.06153](https://arxiv.org/abs/1802.06153)",
        ),
        (
            "A (2019), doi.org/10.1093/a, B",
            "A (2019), [doi.org/10.1093/a](https://doi.org/10.1093/a), B",
        ),
        ("Flagel, FAQ", "Flagel, FAQ"),
    ],
)
def test_citations_are_linked(citation, linked):
    assert document_nets._link(citation) == linked
