"""The site: how Sphinx and MyST-NB make pages of the notebooks as they are stored (`make site`)."""

import gettext
import itertools
import json
import re
from pathlib import Path

WORDS = {
    "en": {
        "title": "LeNet, built to be taken apart",
        "teaching": "The teacher's page",
        "draw": "Draw a digit, and watch LeNet answer",
        "lecture": "The lecture, step by step",
        "glossary": "Glossary",
        "handout": "LeNet on one page",
        "questions": "Questions to vote on",
        "picture": "A handwritten seven goes through LeNet from left to right: six maps of the"
        " first convolution, sixteen of the second, each pooled, then three dense layers, at whose"
        " end the seven lights up.",
    },
    "vi": {
        "title": "LeNet, xây để tháo rời",
        "teaching": "Trang cho giáo viên",
        "draw": "Vẽ một chữ số, và xem LeNet trả lời",
        "lecture": "Bài giảng, từng bước một",
        "glossary": "Thuật ngữ",
        "handout": "LeNet trên một trang",
        "questions": "Câu hỏi để biểu quyết",
        "picture": "Một số 7 viết tay đi qua LeNet từ trái sang phải: sáu bản đồ đặc trưng của lớp"
        " tích chập thứ nhất, mười sáu của lớp thứ hai, sau mỗi lớp có pooling, rồi ba lớp kết nối"
        " đầy đủ; ở cuối, số 7 sáng lên.",
    },
}

# What the theme says, and Sphinx has no Vietnamese for.
THEME = {
    "On this page": "Trong trang này",
    "Next": "Tiếp theo",
    "Previous": "Trước",
    "Home": "Trang đầu",
    "Back to top": "Lên đầu trang",
    "Skip to content": "Đến nội dung",
    "Toggle site navigation sidebar": "Mở hoặc đóng danh sách trang",
    "Toggle table of contents sidebar": "Mở hoặc đóng mục lục của trang",
    "Toggle Light / Dark / Auto color theme": "Đổi nền: sáng, tối, tự động",
    "Link to this heading": "Liên kết đến mục này",
    "Contents": "Mục lục",
    "Menu": "Danh sách trang",
    "Expand": "Mở rộng",
    "Light mode": "Nền sáng",
    "Dark mode": "Nền tối",
    "Auto light/dark, in light mode": "Tự động, đang sáng",
    "Auto light/dark, in dark mode": "Tự động, đang tối",
    "Please activate JavaScript to enable the search functionality.": "Hãy bật JavaScript"
    " để tìm kiếm.",
    "Made with": "Làm bằng",
}

extensions = ["myst_nb"]
exclude_patterns = ["vi", "**.ipynb_checkpoints"]  # the Vietnamese pages are a site of their own
nb_execution_mode = "off"
nb_ipywidgets_js = {}  # widgets would be loaded from another server
myst_heading_anchors = 3
html_theme, html_favicon = "furo", "icon.svg"
# The theme's own, and Noto: DejaVu sets accents of Vietnamese beside their letters.
MONOSPACE = "'SFMono-Regular', Menlo, Consolas, Monaco, 'Noto Sans Mono', monospace"
html_theme_options = {"light_css_variables": {"font-stack--monospace": MONOSPACE}}
html_static_path = ["site.css", "site.js"]
html_css_files, html_js_files = ["site.css"], ["site.js"]
html_show_sourcelink = html_show_sphinx = html_copy_source = html_use_index = False
html_show_copyright = False
pygments_style, pygments_dark_style = "a11y-high-contrast-light", "a11y-high-contrast-dark"


def describe_figures(cells):
    """Gives each figure the caption below it as its text alternative."""
    for cell, following in itertools.pairwise(cells):
        caption = re.match(r"\*(?:Figure|Hình): (.*)\*$", "".join(following["source"]), re.M)
        if cell["cell_type"] == "code" and caption:
            cell["metadata"]["mystnb"] = {"image": {"alt": caption.group(1)}}


def name_headers(cells):
    """Says of each header cell of a table whether it names a row or a column; none is empty."""
    for output in itertools.chain(*(cell.get("outputs", []) for cell in cells)):
        table = "".join(output.get("data", {}).get("text/html", ""))
        head, mark, body = table.partition("</thead>")
        if mark:
            head = re.sub(r"<th>\s*</th>", "<td></td>", head)
            head = re.sub(r"<th(?=[ >])", '<th scope="col"', head)
            body = re.sub(r"<th>\s*</th>", "<td></td>", body)
            body = re.sub(r"<th(?=[ >])", '<th scope="row"', body)
            output["data"]["text/html"] = head + mark + body


def to_the_other_language(match):
    """Returns a link to the same page of the other site, which this one does not know."""
    text, page = match.groups()
    language = "vi" if text == "Tiếng Việt" else "en"
    address = Path(page).with_suffix(".html").as_posix()
    return f'<a href="{address}" lang="{language}" hreflang="{language}">{text}</a>'


def read_page(app, name, sources):
    """Turns a notebook, as it lies in the project, into what the site shows of it."""
    words = WORDS[app.config.language]
    other = r"\[(Tiếng Việt|English)\]\(((?:vi|\.\.)/\w+\.\w+)\)"
    if Path(app.env.doc2path(name)).suffix == ".md":
        sources[0] = re.sub(other, to_the_other_language, sources[0])
        if app.config.language == "vi":  # the scripts of draw.md lie in the English folder
            sources[0] = sources[0].replace('="draw/', '="../draw/')
        return
    notebook = json.loads(sources[0])
    cells = notebook["cells"]
    describe_figures(cells)
    name_headers(cells)
    for cell in cells:  # what a notebook names, the site links
        link = f"[{words['draw']}](draw.md)"
        cell["source"] = "".join(cell["source"]).replace("`site/draw.html`", link)
    first = cells[0]["source"]
    first = re.sub(other, to_the_other_language, first)
    if name == "index":
        plan = "`notebooks/(?:vi/)?teaching.md`"
        first = re.sub(plan, f"[{words['teaching']}](teaching.md)", first)
        title, language, rest = first.split("\n\n", 2)
        cells[0]["source"] = "\n\n".join((title, language, picture(app, words), rest))
        cells.append(contents(app, words))
    else:
        cells[0]["source"] = first
    sources[0] = json.dumps(notebook)


def picture(app, words):
    """Returns the picture of the front page."""
    folder = "../" if app.config.language == "en" else "../../"
    return f"![{words['picture']}]({folder}docs/lenet.png)"


def contents(app, words):
    """Returns the cell that orders the pages in the sidebar."""
    lines = []
    for path in sorted(Path(app.srcdir).glob("[0-9]*.ipynb")):
        first = "".join(json.loads(path.read_text("utf-8"))["cells"][0]["source"])
        title = first.partition("\n")[0].removeprefix("# ")
        lines.append(f"{path.stem[:2]} {title} <{path.stem}>")
    pages = ("draw", "lecture", "glossary", "handout", "questions", "teaching")
    lines += [f"{words[page]} <{page}>" for page in pages]
    text = "\n".join(["```{toctree}", ":hidden:", "", *lines, "```"])
    return {"cell_type": "markdown", "id": "contents", "metadata": {}, "source": text}


def choose_language(app, config):
    words = WORDS[config.language]
    config.project, config.html_title = words["title"], words["title"]


class Theme(gettext.NullTranslations):
    """What Sphinx asks when its own Vietnamese lacks a word."""

    def gettext(self, message):
        return THEME.get(" ".join(message.split()), message)


def translate_theme(app, exception):
    """Puts Vietnamese for the words that the theme never asks Sphinx for."""
    for page in app.outdir.glob("*.html") if app.config.language == "vi" else ():
        text = page.read_text("utf-8")
        for english, vietnamese in THEME.items():
            for place in 'aria-label="{}"', "<title>{}</title>":
                text = text.replace(place.format(english), place.format(vietnamese))
        page.write_text(text, "utf-8")


def setup(app):
    if app.config.language == "vi":
        app.translator.add_fallback(Theme())
    app.connect("config-inited", choose_language)
    app.connect("source-read", read_page)
    app.connect("build-finished", translate_theme)
