"""Pages that are written for a forge look the same on the site."""

import doctest

import markdown
import pytest

import site_hooks


def render(text):
    return markdown.markdown(
        site_hooks.on_page_markdown(text), extensions=["tables", "pymdownx.superfences"]
    )


def test_examples():
    assert doctest.testmod(site_hooks).failed == 0


@pytest.mark.parametrize("marker", ["-", "1."])
def test_code_within_an_item_is_code_within_the_item(marker):
    text = f"{marker} An item:\n\n{' ' * (len(marker) + 5)}code = 1\n\n{marker} Another."
    html = render(text)
    assert html.count("<li>") == 2
    before, _, after = html.partition("code = 1")
    assert "<pre" in before and before.count("<li>") == 1 and "</li>" not in before
    assert "Another." in after


def test_lists_within_lists():
    html = render("- One\n  - Two\n    goes on here\n- Three")
    assert html.count("<ul>") == 2
    assert html.count("<li>") == 3


def test_what_is_in_a_fence_stays_as_it_is():
    text = "- item\n\n```yaml\nkeys:\n  - a\n    - b\n```\n"
    assert "keys:\n  - a\n    - b" in site_hooks.on_page_markdown(text)


def test_a_paragraph_after_a_list_is_not_in_it():
    html = render("- One\n\nA paragraph.\n\n    code")
    assert "<p>A paragraph.</p>" in html
    assert "</ul>" in html.partition("A paragraph.")[0]


def test_names_end_a_line_only_in_tables():
    assert site_hooks.on_page_content("<p><code>a.b</code></p>") == "<p><code>a.b</code></p>"
    assert "0.5" in site_hooks.on_page_content("<td><code>0.5</code></td>")
