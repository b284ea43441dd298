"""Interactive pictures in a real browser: pointed at, moved, clicked, and without scripts."""

import shutil

import pytest
from axe_playwright_python.sync_playwright import Axe
from helpers.interactive import make_regions, make_tracks, make_windows, render_scan, write_scan
from playwright.sync_api import sync_playwright

from coalflow.report.interactive.library import read_library
from coalflow.report.interactive.scan_picture import make_scan_picture

BROWSER = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)
pytestmark = pytest.mark.skipif(BROWSER is None, reason="no Chromium is installed")

MIDDLE = 0.25  # of the width, of the region on the first of two contigs


@pytest.fixture(scope="module")
def library():
    return read_library()


@pytest.fixture(scope="module")
def browser():
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=BROWSER, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def open_scan(browser, library, tmp_path):
    """Return what opens the page of a scan; what it requests and says is in ``heard``."""
    contexts = []

    def open_page(table, tracks, regions=None, most=1000, width=1200, **options):
        scan = make_scan_picture(write_scan(tmp_path, table, regions), "mine", tracks, most)
        file = tmp_path / "page.html"
        file.write_text(render_scan(scan, library), encoding="utf-8")
        context = browser.new_context(viewport={"width": width, "height": 900}, **options)
        contexts.append(context)
        page = context.new_page()
        page.heard = []
        page.on("console", lambda message: page.heard.append(message.text))
        page.on("pageerror", lambda error: page.heard.append(str(error)))
        page.on("request", lambda request: page.heard.append(request.url))
        page.goto(file.as_uri())
        if options.get("java_script_enabled", True):
            page.wait_for_selector(".interactive[data-ready]")
        page.heard = [each for each in page.heard if not each.startswith(("data:", file.as_uri()))]
        return page

    yield open_page
    for context in contexts:
        context.close()


def find_place(page, share):
    """Return a place on the picture, by the share of its rows' width."""
    box = page.locator(".drawing").bounding_box()
    left, right = 50, 20  # about, of axes and margins
    return box["x"] + left + share * (box["width"] - left - right), box["y"] + 60


def read_span(page):
    return [float(end) for end in page.locator(".interactive").get_attribute("data-span").split()]


def wait_for_span(page, before):
    page.wait_for_function(
        "before => document.querySelector('.interactive').dataset.span !== before",
        arg=" ".join(f"{end:.6f}" for end in before),
    )
    return read_span(page)


CASES = {
    "classes": (make_windows(), make_tracks(), make_regions()),
    "numbers": (
        make_windows(classes=None, targets=2),
        make_tracks(None, targets=2),
        make_regions(),
    ),
    "no regions": (make_windows(("a",)), make_tracks(), None),
    "all flagged": (make_windows(flags="gap"), make_tracks(), None),
    "no p-values": (make_windows(("a",)).iloc[:, :4], make_tracks(score=None), None),
    "a window": (make_windows(("a",), 1, flags=""), make_tracks(), None),
}


@pytest.mark.parametrize("case", CASES)
def test_pictures_are_drawn_without_a_request_or_complaint(open_scan, case):
    page = open_scan(*CASES[case])
    assert page.heard == []
    assert not page.locator(".static").is_visible()
    assert page.locator("canvas").bounding_box()["width"] > 600


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_everybody_can_use_it(open_scan, scheme):
    page = open_scan(*CASES["classes"], color_scheme=scheme)
    page.mouse.move(*find_place(page, MIDDLE))
    found = Axe().run(page, context=".scan").response["violations"]
    assert [(each["id"], each["nodes"][0]["html"]) for each in found] == []


def test_a_window_that_is_pointed_at_is_described(open_scan):
    page = open_scan(*CASES["classes"])
    page.mouse.move(*find_place(page, MIDDLE))
    says = page.locator(".says-window")
    assert says.is_visible()
    words = says.inner_text()
    assert "chr1:" in words
    assert "found, q 0.012, click for its row" in words.replace("0.0123", "0.012")
    assert "LCT, MCM6" in words
    assert "line 1" in words
    page.mouse.move(0, 0)
    assert not says.is_visible()


def test_it_is_zoomed_moved_and_shown_whole_again(open_scan):
    page = open_scan(*CASES["numbers"])
    whole = read_span(page)
    page.get_by_role("button", name="Zoom in").click()
    near = wait_for_span(page, whole)
    assert near[1] - near[0] == pytest.approx((whole[1] - whole[0]) / 2)
    page.mouse.move(*find_place(page, 0.6))
    page.mouse.down()
    page.mouse.move(*find_place(page, 0.5), steps=4)
    page.mouse.up()
    moved = wait_for_span(page, near)
    assert moved[0] > near[0]
    page.keyboard.down("Control")
    page.mouse.wheel(0, -100)
    page.keyboard.up("Control")
    zoomed = wait_for_span(page, moved)
    assert zoomed[1] - zoomed[0] == pytest.approx((moved[1] - moved[0]) / 1.2, rel=1e-4)
    page.get_by_label("Contig").select_option("chr2")
    assert wait_for_span(page, zoomed) == pytest.approx([whole[1] / 2, whole[1]])
    page.get_by_role("button", name="Show all").click()
    assert wait_for_span(page, [whole[1] / 2, whole[1]]) == whole
    assert page.heard == []


def test_a_region_that_is_clicked_leads_to_its_row(open_scan):
    page = open_scan(*CASES["classes"])
    page.mouse.click(*find_place(page, MIDDLE))
    page.wait_for_url("**#region-mine-1")


def test_very_many_windows_are_drawn_in_part(open_scan):
    contigs = [f"chr{number}" for number in range(3)]
    page = open_scan(make_windows(contigs, 5000), make_tracks(), make_regions(contigs), most=4000)
    assert "Of 15,000 windows" in page.locator(".explain").inner_text()
    assert page.heard == []


def test_it_follows_the_colours_of_the_page(open_scan):
    page = open_scan(*CASES["classes"], width=360, color_scheme="dark")
    colour = "getComputedStyle(document.querySelector('.legend li:nth-child(5) svg')).color"
    dark = page.evaluate(colour)
    page.evaluate("document.documentElement.dataset.theme = 'light'")
    page.wait_for_function(f"{colour} !== '{dark}'")
    assert not page.evaluate("document.documentElement.scrollWidth > innerWidth")
    assert page.heard == []


def test_without_scripts_the_static_picture_is_there(open_scan):
    page = open_scan(*CASES["classes"], java_script_enabled=False)
    assert page.get_by_alt_text("The scan as it stands").count() == 1
    assert page.locator(".static").is_visible()
    assert page.locator("button, select").count() == 0
