"""docs/reference/rules.md and its picture have exactly the rules of the workflow."""

import re

from helpers.workflow import ROOT

import document_rules
from document_rules import Rule, reduce_edges, write_graph


def find_rules():
    """Return the names of all rules in the rule files, by another expression."""
    names = set()
    for path in (ROOT / "workflow" / "rules").glob("*.smk"):
        for line in path.read_text().splitlines():
            words = line.replace(":", "").split()
            if words[:1] == ["rule"] and line.endswith(":"):
                names.add(words[1])
            elif words[:2] == ["use", "rule"]:
                names.add(words[4])
    return names


def test_the_page_is_up_to_date():
    assert document_rules.PAGE.read_text() == document_rules.write_page()


def test_page_and_picture_have_exactly_todays_rules():
    assert len(find_rules()) > 40
    assert set(document_rules.list_rules()) == find_rules()
    drawn = re.findall(r"<text[^>]*>(\w+)</text>", document_rules.PICTURE.read_text())
    assert sorted(drawn) == sorted(find_rules())


def test_the_picture_has_an_arrow_from_or_to_each_rule():
    arrows = re.findall(r"<title>(\w+)&#45;&gt;(\w+)</title>", document_rules.PICTURE.read_text())
    assert {rule for arrow in arrows for rule in arrow} == find_rules()


def test_a_graph_has_colours_by_stage_and_no_shortcuts():
    edges = reduce_edges({("split", "train"), ("train", "report"), ("split", "report")})
    graph = write_graph({"train": Rule("train", "train")}, edges)
    assert "train -> report" in graph
    assert "split -> report" not in graph
    assert 'fillcolor="#ffe6cc"' in graph
