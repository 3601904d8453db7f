"""The site that `make site` makes of the notebooks: its links, its figures, what it loads."""

import itertools
import json
import re
import shutil
import subprocess
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urljoin, urlsplit

import pytest

ROOT = Path(__file__).parents[2]
PAGES = ("draw", "lecture", "glossary", "handout", "questions", "teaching")
NOTEBOOKS = sorted((ROOT / "notebooks").rglob("[i0-9]*.ipynb"))
NOTEBOOKS = [path.relative_to(ROOT / "notebooks") for path in NOTEBOOKS if path.parts[-2][0] != "."]
pytestmark = pytest.mark.skipif(not shutil.which("make"), reason="there is no make")


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """The folder of the site. Sphinx has made an error of each warning."""
    folder = tmp_path_factory.mktemp("site")
    command = ["make", "--no-print-directory", "site", f"SITE={folder.as_posix()}"]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    return folder


class Page(HTMLParser):
    """What a page links to, loads and can be linked at."""

    def __init__(self, path):
        super().__init__()
        self.links, self.loaded, self.ids, self.images = [], [], {""}, []
        self.feed(path.read_text("utf-8"))

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        self.ids |= {attributes.get("id"), attributes.get("name")}
        if tag == "a" and "href" in attributes:
            self.links.append(attributes["href"])
        elif tag == "link" and "href" in attributes:
            self.loaded.append(attributes["href"])
        elif "src" in attributes:
            self.loaded.append(attributes["src"])
        if tag == "img":
            self.images.append(attributes)


@pytest.fixture(scope="module")
def pages(site):
    return {path.relative_to(site).as_posix(): Page(path) for path in site.rglob("*.html")}


def test_both_languages_have_every_page(site, pages):
    for path in NOTEBOOKS:
        assert path.with_suffix(".html").as_posix() in pages
    for name in (*PAGES, "search"):
        assert {f"{name}.html", f"vi/{name}.html"} <= set(pages)
    for name in ("index", "01_load_mnist", "teaching"):
        assert re.search("<html.* lang=.en", (site / f"{name}.html").read_text("utf-8"))
        assert re.search("<html.* lang=.vi", (site / f"vi/{name}.html").read_text("utf-8"))


def test_the_theme_speaks_vietnamese(site):
    """Of what the theme says beside the text, nothing is left in English."""
    english = (
        r"\b(Toggle|Contents|Menu|Expand|mode|Skip|Back|Next|Previous|Search|Link|On this|Made)\b"
    )
    for path in site.glob("vi/*.html"):
        text = path.read_text("utf-8")
        labels = " ".join(re.findall(r'(?:aria-label|title)="(.*?)"', text))
        around = re.sub(
            r"<article.*?</article>|<script.*?</script>|<style.*?</style>", "", text, flags=re.S
        )
        said = labels + re.sub(r"<[^>]*>", " ", around)
        assert "Lên đầu trang" in said
        assert re.findall(english, said) == [], path.name


def test_links_lead_somewhere(site, pages):
    for name, page in pages.items():
        for link in page.links:
            if not urlsplit(link).scheme:
                path, _, anchor = unquote(urljoin(name, link)).partition("#")
                assert path in pages, f"{name}: {link}"
                assert anchor in pages[path].ids, f"{name}: {link}"


def test_each_page_leads_to_the_other_language(pages):
    pages_of = [Path(folder, name) for folder in ("", "vi") for name in PAGES]
    for path in (*NOTEBOOKS, *pages_of):
        page = path.with_suffix(".html").as_posix()
        other = f"../{path.stem}.html" if page.startswith("vi/") else f"vi/{path.stem}.html"
        assert other in pages[page].links


def test_nothing_comes_from_another_server(site, pages):
    for name, page in pages.items():
        for address in page.loaded:
            assert not urlsplit(address).netloc, f"{name}: {address}"
            if not address.startswith("data:"):
                assert (site / name).parent.joinpath(unquote(urlsplit(address).path)).exists()
    for path in site.rglob("*.css"):
        assert (
            re.findall(r"(?:url\(|@import)\s*['\"]?(?:https?:)?//", path.read_text("utf-8")) == []
        )


@pytest.mark.parametrize("path", NOTEBOOKS, ids=str)
def test_every_figure_has_its_caption_as_alternative(path, pages):
    cells = json.loads((ROOT / "notebooks" / path).read_text("utf-8"))["cells"]
    captions = []
    for cell, following in itertools.pairwise(cells):
        if any("image/png" in output.get("data", {}) for output in cell.get("outputs", [])):
            text = "".join(following["source"])
            captions += re.findall(r"^\*(?:Figure|Hình): (.*)\*$", text, re.M)
    shown = pages[path.with_suffix(".html").as_posix()].images
    assert all(image.get("alt") for image in shown)
    assert path.stem == "index" or [image["alt"] for image in shown] == captions


@pytest.mark.parametrize("path", NOTEBOOKS, ids=str)
def test_tables_name_their_headers(path, site):
    page = (site / path.with_suffix(".html")).read_text("utf-8")
    assert re.findall(r"<th[^>]*>\s*</th>", page) == []
    tables = re.findall(r'<table border="1" class="dataframe".*?</table>', page, re.S)
    for header in re.findall(r"<th\b[^>]*>", "".join(tables)):
        assert 'scope="row"' in header or 'scope="col"' in header
    assert ".ipynb" not in re.sub(r"<code.*?</code>|href=.https.*?\s", "", page, flags=re.S)
