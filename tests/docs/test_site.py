"""The docs site: it builds without complaint, no link is dead, and nothing is fetched."""

import html.parser
import os
import re
import shutil
import subprocess
import sys
import urllib.parse

import pytest
import yaml
from helpers.workflow import ROOT
from playwright.sync_api import sync_playwright

PAGES = ["README.md", "CONTRIBUTING.md", "CHANGELOG.md", "config/README.md"]
# What a browser fetches by itself, by tag; links are followed only by readers.
FETCHED = {
    "script": "src",
    "img": "src",
    "link": "href",
    "iframe": "src",
    "source": "src",
    "object": "data",
}
# Links that say where a page is, and fetch nothing.
NOT_FETCHED = {"canonical", "prev", "next", "alternate"}
CHROMIUM = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """Return the folder of the site, built as `make site` does."""
    folder = tmp_path_factory.mktemp("site")
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(folder)],
        cwd=ROOT,
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return folder


class Page(html.parser.HTMLParser):
    """What a page links to and fetches, and the anchors that it has."""

    def __init__(self, text):
        super().__init__()
        self.links, self.fetched, self.anchors, self.images = [], [], set(), []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        self.anchors.update(filter(None, (given.get("id"), given.get("name"))))
        if tag == "a" and given.get("href"):
            self.links.append(given["href"])
        kinds = set((given.get("rel") or "").split())
        if tag in FETCHED and given.get(FETCHED[tag]) and not kinds & NOT_FETCHED:
            self.fetched.append(given[FETCHED[tag]])
        if tag == "img":
            self.images.append(given)


@pytest.fixture(scope="module")
def pages(site):
    return {path: Page(path.read_text()) for path in sorted(site.rglob("*.html"))}


def is_elsewhere(link):
    return urllib.parse.urlsplit(link).scheme in ("http", "https", "mailto") or link.startswith(
        "//"
    )


def find_dead(pages, site):
    """Return links between pages of the site that lead nowhere."""
    dead = []
    for path, page in pages.items():
        if path.name == "404.html":  # its links begin at the root of a server
            continue
        for link in [*page.links, *page.fetched]:
            parts = urllib.parse.urlsplit(link)
            if is_elsewhere(link) or parts.scheme:
                continue
            target = (
                (path.parent / urllib.parse.unquote(parts.path)).resolve() if parts.path else path
            )
            if target.is_dir():
                target /= "index.html"
            anchor = urllib.parse.unquote(parts.fragment)
            anchors = pages[target].anchors if target in pages else {anchor}
            if not target.exists() or (
                anchor and not anchor.startswith("__") and anchor not in anchors
            ):
                dead.append((path.relative_to(site).as_posix(), link))
    return dead


def test_no_link_of_the_site_is_dead(site, pages):
    assert len(pages) > 30
    assert find_dead(pages, site) == []


def test_a_dead_link_would_be_found(tmp_path):
    (tmp_path / "a.html").write_text('<p id="there"><a href="#there"></a><a href="b.html"></a>')
    (tmp_path / "c.html").write_text('<a href="a.html#there"></a><a href="a.html#gone"></a>')
    pages = {path: Page(path.read_text()) for path in tmp_path.glob("*.html")}
    assert sorted(find_dead(pages, tmp_path)) == [("a.html", "b.html"), ("c.html", "a.html#gone")]


def test_pages_fetch_nothing_from_elsewhere(site, pages):
    fetched = {link for page in pages.values() for link in page.fetched}
    assert fetched
    assert [link for link in fetched if is_elsewhere(link)] == []
    styles = "".join(path.read_text() for path in site.rglob("*.css"))
    assert re.findall(r"url\(\s*['\"]?(?:https?:)?//[^)]*\)|@import[^;]*//[^;]*;", styles) == []


def test_pictures_say_what_they_show(pages):
    images = [image for page in pages.values() for image in page.images]
    assert len(images) > 15
    assert [image["src"] for image in images if len(image.get("alt") or "") < 10] == []


def test_every_key_of_the_navigation_is_a_page_with_one_title(site, pages):
    def list_pages(entries):
        for entry in entries:
            (value,) = entry.values()
            yield from list_pages(value) if isinstance(value, list) else [value]

    nav = yaml.load((ROOT / "mkdocs.yml").read_text(), yaml.BaseLoader)["nav"]
    listed = list(list_pages(nav))
    assert len(set(listed)) == len(listed) > 30
    for name in listed:
        text = (ROOT / "docs" / name).read_text()
        assert text.startswith("# "), name


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium is installed")
def test_it_is_read_and_searched_in_a_browser(site):
    with sync_playwright() as running:
        browser = running.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1300, "height": 800}, color_scheme="dark")
        requests, errors = [], []
        page.on("request", lambda request: requests.append(request.url))
        page.on(
            "console", lambda message: errors.append(message.text) if message.type == "error" else 0
        )
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto(f"file://{site}/index.html")
        assert page.locator("body").get_attribute("data-md-color-scheme") == "slate"
        page.click("input.md-search__input")
        page.keyboard.type("conformal")
        page.wait_for_selector(".md-search-result__item a")
        found = page.locator(".md-search-result__item a").first.get_attribute("href")
        assert "how_sure.html" in found or "glossary.html" in found
        page.set_viewport_size({"width": 360, "height": 700})
        for name in ("tutorial", "reference/config", "reference/python", "gallery"):
            page.goto(f"file://{site}/{name}.html")
            assert page.evaluate("document.documentElement.scrollWidth") <= 360, name
        browser.close()
    assert errors == []
    assert [url for url in requests if not url.startswith("file:")] == []


def slug(heading):
    """Return the anchor that a forge gives a heading."""
    heading = re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", heading)
    return re.sub(r"[^\w\- ]", "", heading.lower().strip()).replace(" ", "-")


@pytest.mark.parametrize("name", PAGES)
def test_links_of_pages_outside_of_the_site_lead_somewhere(name):
    path = ROOT / name
    links = re.findall(r"\]\(([^)\s]+)\)", path.read_text())
    assert links
    for link in links:
        if is_elsewhere(link):
            continue
        file, _, anchor = link.partition("#")
        target = (path.parent / file).resolve() if file else path
        assert target.exists(), link
        if anchor:
            headings = re.findall(r"^#+ (.+)$", target.read_text(), re.M)
            assert anchor in {slug(heading) for heading in headings}, link
