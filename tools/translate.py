"""Makes the Vietnamese edition: notebooks/vi, from the English one and two catalogues.

    python tools/translate.py update    brings the catalogues up to date with what is in English
    python tools/translate.py check     lists what is not translated, or not the same
    python tools/translate.py build     writes notebooks/vi; what code has printed there stays

translations/vi/notebooks.po has an entry for each block of Markdown: a heading, a paragraph, a
list, a table; and one for each sentence of the page that draws. lenet/translations/vi.po has those
that `lenet` and `lenet_course` say: the templates of their calls `say("…")`. Code is not
translated. What changed in English becomes fuzzy, and a test asks for it.

translations/vi/lecture.po has what the notebooks quote of the lecture, in English and in his words;
a comment has the sentence that he says, with its time. "…" stands where words are left out.
"""

import ast
import difflib
import functools
import json
import re
import sys
from pathlib import Path

import polib

ROOT = Path(__file__).parents[1]
PACKAGES = ("lenet", "lenet_course")
ENGLISH = ROOT / "notebooks"
VIETNAMESE = ENGLISH / "vi"
PAGES = ("draw.md", "handout.md", "lecture.md", "questions.md", "teaching.md")  # no notebooks
DRAW = ROOT / "docs" / "site" / "draw" / "draw.js"
PROSE = ROOT / "translations" / "vi" / "notebooks.po"
LECTURE = ROOT / "translations" / "vi" / "lecture.po"
SENTENCES = ROOT / "lenet" / "translations" / "vi.po"
SAY = {"say": 0, "need": 1, "Variant": 0, "_variant": 0}  # where they have a sentence
FIGURES = (  # labels that cells of the notebooks write there
    *("loss (nats)", "validation loss (nats)", "training", "validation", "image", "pooling"),
    *("training, live", "validation, live", "V1, live", "V2, live", "V3, live", "V4, live"),
    *("test error (%)", "test error (%), mean", "average", "stride", "step", "none", "noise"),
    *("saturated outputs of F5 (share)", "spread over images", "entropy", "confidence"),
    *("V3's validation loss after epoch 10 (nats)", "test image 300"),
    *("4 pixels", "8 pixels", "noise 0.4", "shift (pixels)", "rotation (degrees)", "accuracy"),
    *("accuracy (mean)", "confidence (mean)", "untrained", "as drawn", "inverted", "cropped"),
    *("standard deviation of the noise (ink is 1)", "placed", "20 a side", "what V4 reads"),
    *("with convolution", "without convolution", "V2: as trained", "V2, softened"),
    *("rate 6.25e-05", "rate 0.0001", "rate 0.0003", "rate 0.001", "rate 0.003"),
)
ALIKE = 0.6  # of 1: from there on a new block is an old one that was changed


def blocks_of(text):
    """Splits Markdown into blocks; blank lines and fenced code are blocks that are kept."""
    parts = re.split(r"(^```.*?^```$|\n{2,})", text, flags=re.DOTALL | re.MULTILINE)
    return [part for part in parts if part]


def to_translate(block):
    """Says whether a block has words; what has none is the same in any language."""
    return not block.startswith("```") and re.search(r"[^\W\d_]{2}", re.sub("<.*?>", "", block))


def prose(folder):
    """Yields each notebook of a folder with its name, and each page as one cell."""
    for path in sorted(folder.glob("*.ipynb")):
        yield path.name, json.loads(path.read_text("utf-8"))
    for page in filter(Path.exists, map(folder.joinpath, PAGES)):
        cell = {"cell_type": "markdown", "id": "page", "source": [page.read_text("utf-8")]}
        yield page.name, {"cells": [cell]}


def to_the_other(name):
    """Returns the line of an English notebook that leads to the Vietnamese one."""
    return f"\n\n[Tiếng Việt](vi/{name})"


def blocks():
    """Returns the English blocks, each with the notebooks that have it."""
    found = {}
    for name, notebook in prose(ENGLISH):
        for cell in notebook["cells"]:
            if cell["cell_type"] == "markdown":
                text = "".join(cell["source"]).replace(to_the_other(name), "")
                for block in filter(to_translate, blocks_of(text)):
                    found.setdefault(block, {})[name] = ""
    for word in words_of(DRAW):
        found.setdefault(word, {})[DRAW.name] = ""
    return {block: list(names.items()) for block, names in found.items()}


def words_of(script):
    """Returns what a script of the site says: the texts of its calls `say("…")`."""
    return re.findall(r'\bsay\(\s*"([^"]+)"', script.read_text("utf-8"))


def sentences():
    """Returns the sentences in the code of both packages, each with the modules that have it."""
    found = {text: {"notebooks": ""} for text in FIGURES}
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            for text in said_in(path.read_text("utf-8")):
                found.setdefault(text, {})[path.relative_to(ROOT).as_posix()] = ""
    return {text: list(places.items()) for text, places in found.items()}


def said_in(code):
    """Yields the sentences of a module: what its calls of `say` have, and its types say."""
    named = {}  # what is assigned to a name, anywhere in the module: `template = "…"`
    nodes = list(ast.walk(ast.parse(code)))
    for node in nodes:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            named.setdefault(node.targets[0].id, []).append(node.value)
    for node in nodes:
        if isinstance(node, ast.Call):
            place = SAY.get(getattr(node.func, "id", None))
            values = node.args[place : place + 1] if place is not None else []
            values += [word.value for word in node.keywords if word.arg == "description"]
            for value in values:
                for text in named.get(getattr(value, "id", None), [value]):
                    yield from constants_of(text)


def constants_of(node):
    """Yields the string of a node, or those of both branches of `a if b else c`."""
    if isinstance(node, ast.IfExp):
        yield from constants_of(node.body)
        yield from constants_of(node.orelse)
    elif isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value


def update(catalogue, found):
    """Writes a catalogue: what is new without a translation, what has changed as fuzzy."""
    old = {entry.msgid: entry for entry in polib.pofile(catalogue)} if catalogue.exists() else {}
    new = polib.POFile(wrapwidth=0)
    new.metadata = {"Language": "vi", "Content-Type": "text/plain; charset=UTF-8"}
    left = [text for text, entry in old.items() if text not in found and entry.msgstr]
    for text, occurrences in found.items():
        entry = old.get(text) or polib.POEntry(msgid=text)
        if not entry.msgstr and (like := difflib.get_close_matches(text, left, 1, ALIKE)):
            left.remove(like[0])
            entry.msgstr, entry.previous_msgid = old[like[0]].msgstr, like[0]
            entry.flags = ["fuzzy"]
        if catalogue == SENTENCES and "{" in text and "python-brace-format" not in entry.flags:
            entry.flags.append("python-brace-format")
        entry.occurrences = occurrences
        new.append(entry)
    catalogue.parent.mkdir(parents=True, exist_ok=True)
    new.save(catalogue)


def translate(text, translations):
    """Returns Markdown with each block translated."""
    return "".join(translations.get(block, block) for block in blocks_of(text))


def build(folder=VIETNAMESE, catalogue=PROSE):
    """Writes the notebooks of the edition. Outputs stay as long as the code above them does."""
    entries = polib.pofile(catalogue).translated_entries()
    translations = {entry.msgid: entry.msgstr for entry in entries}
    folder.mkdir(exist_ok=True)
    built = dict(prose(folder))
    for name, notebook in prose(ENGLISH):
        path = folder / name
        there = built[name]["cells"] if name in built else []
        ran = {cell["id"]: cell for cell in there if cell["cell_type"] == "code"}
        for cell in notebook["cells"]:
            if cell["cell_type"] == "markdown":
                text = "".join(cell["source"])
                back = f"\n\n[English](../{name})" if to_the_other(name) in text else ""
                before, _, after = text.partition(to_the_other(name))
                text = translate(before, translations) + back + translate(after, translations)
                text = text.replace("](../docs/", "](../../docs/")  # one folder further down
                cell["source"] = text.splitlines(keepends=True)
            elif ran.get(cell["id"], {}).get("source") == cell["source"]:
                cell["outputs"] = ran[cell["id"]]["outputs"]
        stored = json.dumps(notebook, ensure_ascii=False, indent=1) + "\n"
        page = "".join(notebook["cells"][0]["source"])
        path.write_text(page if name in PAGES else stored, "utf-8", newline="\n")


@functools.cache
def quotations():
    """Returns what is quoted of the lecture: English, and the lecturer's words, in their marks."""
    return [(f'"{entry.msgid}"', f"“{entry.msgstr}”") for entry in polib.pofile(LECTURE)]


def faults(entry):
    """Returns what is wrong with an entry: sentences, none if it is good."""
    found = []
    if not entry.msgstr or entry.fuzzy:
        return ["it is not translated" if not entry.msgstr else "its English has changed"]
    english, other = entry.msgid, entry.msgstr
    for ours, his in quotations():
        if english.count(ours) == other.count(his):
            english, other = english.replace(ours, ""), other.replace(his, "")
        else:
            found.append(f"the quotation {ours} is not his words {his}")
    # Of reading, in a head and in the table of contents: each edition counts its own.
    minutes = r"(?:read|đọc) \d+ (?:min|phút)|\d+ (?:min|phút) (?=\| \d+ \w+ \| \d+ )"
    english, other = re.sub(minutes, "", english), re.sub(minutes, "", other)
    for what, pattern in {
        "numbers": r"\d[\d,.]*\d|\d",
        "what code puts in": r"\{.*?\}",
        "code": r"`[^`\n]+`",
        "link targets": r"\]\(([^#].*?)\)",  # each edition has its own headings
        "tags": r"</?\w+>",
        "rows of a table or list": r"(?m)^(?:\||- |\d+\. )",
        "heading": r"^#+ ",
        "columns": r"\|",
    }.items():
        texts = english, other.replace("notebooks/vi/", "notebooks/")
        ours, theirs = (sorted(re.findall(pattern, text)) for text in texts)
        if ours != theirs:
            odd = set(ours) ^ set(theirs) or "how often they come"
            found.append(f"{what} differ: {odd}")
    return found


def main(command):
    if command == "update":
        update(PROSE, blocks())
        update(SENTENCES, sentences())
    elif command == "build":
        build()
    elif command == "check":
        every = [entry for catalogue in (PROSE, SENTENCES) for entry in polib.pofile(catalogue)]
        wrong = [f"{fault}:  {entry.msgid[:100]!r}" for entry in every for fault in faults(entry)]
        print(*wrong, f"{len(every)} entries, {len(wrong)} faults", sep="\n")
        sys.exit(bool(wrong))


if __name__ == "__main__":
    main(*sys.argv[1:])
