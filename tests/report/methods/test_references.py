import pytest

from coalflow.config.registry.nets import NETS
from coalflow.report.methods.references import OF_NETS, SOURCES
from coalflow.report.methods.sources import Source

FLAGEL = SOURCES["Flagel2019"]


def test_a_source_is_cited_and_listed():
    assert FLAGEL.citation == "Flagel et al. 2019"
    assert SOURCES["Sheehan2016"].citation == "Sheehan and Song 2016"
    assert SOURCES["Vovk2012"].citation == "Vovk 2012"
    assert FLAGEL.describe_source().startswith("Flagel L, Brandvain Y, Schrider DR (2019). The ")
    assert FLAGEL.link == "https://doi.org/10.1093/molbev/msy224"


def test_bibtex_has_all_fields():
    entry = FLAGEL.write_bibtex()
    assert entry.startswith(
        "@article{Flagel2019,\n  author = {Flagel, Lex and Brandvain, Yaniv and"
    )
    assert "  pages = {220--238},\n" in entry
    assert entry.endswith("  doi = {10.1093/molbev/msy224},\n}")


def test_families_of_several_words_are_one_author():
    source = Source("a", "misc", ("{The coalflow authors}",), "{B}ees", 2026)
    assert source.describe_source() == "The coalflow authors (2026). Bees."


@pytest.mark.parametrize("source", SOURCES.values(), ids=SOURCES)
def test_every_source_leads_to_its_text(source):
    assert source.link
    assert source.doi.startswith("10.") or source.url


def test_nets_cite_what_their_records_name():
    for net, record in NETS.items():
        for key in OF_NETS.get(net, ()):
            assert SOURCES[key].authors[0].partition(",")[0] in record.citation
