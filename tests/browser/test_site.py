"""The site in a browser: for every reader, in both languages, without another server."""

import functools
import http.server
import re
import threading

import pytest
from lab_page import ROOT, SHOTS, serious_findings

SOURCES = ROOT / "notebooks"
STEMS = sorted(path.stem for path in SOURCES.glob("[0-9]*.ipynb"))
OTHERS = ("draw", "lecture", "glossary", "handout", "questions", "teaching")
PAGES = [folder + stem for folder in ("", "vi/") for stem in ("index", *STEMS, *OTHERS, "search")]
# Opens what is folded, and ends when site.js has heard of all of it.
OPENED = """Promise.all([...document.querySelectorAll("details:not([open])")].map((each) =>
    new Promise((heard) => {
        each.addEventListener("toggle", () => heard(), {once: true});
        each.open = true;
    })
))"""
LOOKS = {  # theme, width and height
    "projector": ("light", 1920, 1080),
    "dark": ("dark", 1920, 1080),
    "phone": ("light", 360, 740),
}
QUICK = "07_ablation_study"  # the page that `make test` looks at
slow = pytest.mark.slow


class Silent(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *arguments):
        pass


@pytest.fixture(scope="module")
def site(site_folder):
    """The address of the site, on this machine."""
    handler = functools.partial(Silent, directory=str(site_folder))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()


@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize(
    "name", [name if name == QUICK else pytest.param(name, marks=slow) for name in PAGES]
)
def test_a_page_is_for_every_reader(name, look, site, open_page):
    """No serious finding of axe-core, no sideways scrolling, no request to another server."""
    page = open_page(*LOOKS[look])
    page.goto(f"{site}/{name}.html")
    page.evaluate(OPENED)
    assert serious_findings(page) == {}
    wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    assert wide <= 0, f"{wide} pixels too wide"
    assert page.wrong == []
    assert [url for url in page.asked if not url.startswith((site, "data:"))] == []


@slow
@pytest.mark.parametrize(
    ("folder", "words", "found"),
    [("", "max pooling", "02_"), ("vi/", "tích chập", "02_"), ("vi/", "ma trận nhầm lẫn", "10_")],
)
def test_search_finds(folder, words, found, site, open_page):
    page = open_page()
    page.goto(f"{site}/{folder}index.html")
    page.locator("input.sidebar-search").fill(words)
    page.keyboard.press("Enter")
    page.locator(f"#search-results a[href*='{found}']").first.wait_for(timeout=20_000)
    assert page.wrong == []


@slow
@pytest.mark.parametrize(
    ("folder", "said"), [("", "did not match"), ("vi/", "Không tìm thấy trang nào")]
)
def test_a_search_without_hits_says_so(folder, said, site, open_page):
    page = open_page()
    page.goto(f"{site}/{folder}search.html?q=xyzzy")
    page.locator("#search-results", has_text=said).wait_for(timeout=20_000)


@slow
@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("name", ["index", "vi/index", QUICK, "vi/08_fair_ablation"])
def test_it_is_looked_at(name, look, site, open_page):
    """Screenshots, and that a figure fits its column."""
    page = open_page(*LOOKS[look])
    page.goto(f"{site}/{name}.html")
    images = page.locator("article img")
    for number in range(images.count()):
        box = images.nth(number).bounding_box()
        assert 100 < box["width"] <= LOOKS[look][1]
    SHOTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=SHOTS / f"site-{name.replace('/', '-')}-{look}.png")


@slow
def test_print_leaves_the_navigation_out(site, open_page):
    page = open_page()
    page.goto(f"{site}/07_ablation_study.html")
    assert page.locator(".sidebar-drawer").is_visible()
    page.emulate_media(media="print")
    assert not page.locator(".sidebar-drawer").is_visible()
    assert page.locator("article h1").is_visible()


@pytest.mark.parametrize("name", ["handout", "vi/handout"])
def test_the_page_to_keep_is_one_side_of_paper(name, site, open_page):
    page = open_page()
    page.goto(f"{site}/{name}.html")
    sheets = re.findall(rb"/Type\s*/Page\b", page.pdf(prefer_css_page_size=True))
    assert len(sheets) == 1
