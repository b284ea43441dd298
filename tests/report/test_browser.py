"""Pages of finished runs in a real browser: at any width, in the dark, by keyboard, on paper."""

import functools
import html.parser
import pathlib
import shutil
import urllib.parse

import pytest
from axe_playwright_python.sync_playwright import Axe
from helpers.workflow import RESULTS
from playwright.sync_api import sync_playwright

BROWSER = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)
NARROW, WIDE = 360, 1400
MOST_BYTES = 10_000_000

needs_browser = pytest.mark.skipif(BROWSER is None, reason="no Chromium is installed")


@pytest.fixture(scope="module")
def browser():
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=BROWSER, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture(params=["numbers", "classes"])
def page_file(request, finished, results_of_classes):
    """The report of a run whose targets are numbers, and of one whose target has classes."""
    results = finished / RESULTS if request.param == "numbers" else results_of_classes
    return results / "report.html"


@pytest.fixture
def open_page(browser):
    """Return what opens a page; what it requests and reports is in ``requested`` and ``said``."""
    contexts = []

    def open_file(file, width=WIDE, **options):
        context = browser.new_context(viewport={"width": width, "height": 900}, **options)
        contexts.append(context)
        page = context.new_page()
        page.requested, page.said = [], []
        page.on("request", lambda request: page.requested.append(request.url))
        page.on("console", lambda message: page.said.append(message.text))
        page.on("pageerror", lambda error: page.said.append(str(error)))
        page.goto(file.as_uri(), wait_until="load")
        return page

    yield open_file
    for context in contexts:
        context.close()


def overflows(page):
    return page.evaluate("document.documentElement.scrollWidth > innerWidth")


@needs_browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [NARROW, WIDE])
@pytest.mark.parametrize("name", ["report.html", "benchmarks/costs.html"])
def test_a_page_is_in_order(page_file, open_page, name, width, scheme):
    """Nothing is requested or complained of, nothing overflows, and axe finds nothing."""
    file = page_file.parent / name
    page = open_page(file, width, color_scheme=scheme)
    found = Axe().run(page).response["violations"]
    assert [(each["id"], each["nodes"][0]["html"]) for each in found] == []
    assert page.said == []
    outside = [url for url in page.requested if not url.startswith(("data:", "blob:"))]
    assert outside == [file.as_uri()]
    assert not overflows(page)


@needs_browser
def test_tables_are_sorted_by_keyboard(page_file, open_page):
    page = open_page(page_file)
    table = page.locator("table", has=page.get_by_text("Scores on test windows")).first
    heading = table.locator("thead th").nth(1)
    for order, reverse in (("ascending", False), ("descending", True)):
        heading.get_by_role("button").focus()
        page.keyboard.press("Enter")
        assert heading.get_attribute("aria-sort") == order
        cells = table.locator("tbody td:nth-child(2)").all()
        values = [
            read_number(cell.evaluate("cell => cell.firstChild.textContent")) for cell in cells
        ]
        assert len(values) > 3
        assert values == sorted(values, reverse=reverse)


def read_number(text):
    """Return a number as the page writes it."""
    digits, _, power = text.strip().replace("−", "-").replace(",", "").partition(" × 10")
    exponent = power.translate(str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789"))
    return 0.0 if digits == "exact" else float(digits) * 10 ** float(exponent or 0)


@needs_browser
def test_pictures_are_enlarged_by_keyboard(page_file, open_page):
    page = open_page(page_file, NARROW)
    link = page.locator("a.picture").first
    link.focus()
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog")
    assert dialog.is_visible()
    shown, small = (each.locator("img").bounding_box()["width"] for each in (dialog, link))
    assert shown > 2 * small
    page.keyboard.press("Escape")
    assert not dialog.is_visible()
    assert link.evaluate("link => document.activeElement === link")
    link.click()
    dialog.get_by_role("button", name="Close").press("Enter")
    assert not dialog.is_visible()


@needs_browser
def test_the_reader_chooses_light_or_dark(page_file, open_page):
    page = open_page(page_file, color_scheme="dark")
    find_colour = functools.partial(
        page.evaluate, "getComputedStyle(document.body).backgroundColor"
    )
    dark = find_colour()
    page.get_by_role("button", name="Light colours").click()
    assert find_colour() == "rgb(255, 255, 255)" != dark
    page.get_by_role("button", name="Dark colours").click()
    assert find_colour() == dark


@needs_browser
def test_without_scripts_all_can_be_read(page_file, open_page):
    page = open_page(page_file, NARROW, java_script_enabled=False)
    assert not page.locator("dialog, button").count()
    assert page.get_by_role("heading", name="The answer").is_visible()
    assert page.locator("main").inner_text().count(" ") > 2000
    page.locator("summary", has_text="words of this report").click()
    assert page.get_by_text("One pass of training").is_visible()
    # It opens the picture itself, which is next to the page.
    assert page.locator("a.picture").first.get_attribute("href").endswith(".svg")


@needs_browser
def test_on_paper_nothing_is_folded(page_file, open_page):
    page = open_page(page_file, java_script_enabled=False)
    assert not page.get_by_text("One pass of training").is_visible()
    page.emulate_media(media="print", color_scheme="dark")
    assert page.get_by_text("One pass of training").is_visible()
    assert not page.get_by_role("navigation").is_visible()
    assert page.pdf().startswith(b"%PDF")


class Links(html.parser.HTMLParser):
    """The addresses that a page points at, its ids, and its pictures without words."""

    def __init__(self):
        super().__init__()
        self.addresses, self.ids, self.speechless = [], [], []

    def handle_starttag(self, tag, attributes):
        values = dict(attributes)
        self.addresses += [values["href"]] if tag == "a" else []
        self.ids += [values["id"]] if "id" in values else []
        if tag == "img" and len(values.get("alt", "")) < 20:
            self.speechless.append(values)


@pytest.mark.parametrize("name", ["report.html", "benchmarks/costs.html"])
def test_every_link_leads_somewhere(page_file, name):
    file = page_file.parent / name
    links = Links()
    links.feed(file.read_text())
    assert len(links.ids) == len(set(links.ids))
    assert links.speechless == []
    for address in links.addresses:
        parts = urllib.parse.urlsplit(address)
        if parts.scheme:
            assert parts.scheme == "https"  # which only a reader follows
        elif parts.path:
            assert (file.parent / urllib.parse.unquote(parts.path)).is_file(), address
        else:
            assert parts.fragment in links.ids, address


def test_a_page_is_small_enough_to_send(page_file):
    assert pathlib.Path(page_file).stat().st_size < MOST_BYTES
