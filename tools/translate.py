"""Makes the Vietnamese edition: notebooks/vi, from the English one and two catalogues.

    python tools/translate.py update    brings the catalogues up to date with what is in English
    python tools/translate.py check     lists what is not translated, or not the same
    python tools/translate.py build     writes notebooks/vi; what code has printed there stays

translations/vi/notebooks.po has an entry for each block of Markdown: a heading, a paragraph, a
list, a table. lenet/translations/vi.po has one for each sentence that the package says; numbers
in braces stand for what an f-string puts in. Code is not translated. What changed in English
becomes fuzzy, and a test asks for it.
"""

import ast
import difflib
import itertools
import json
import re
import sys
from pathlib import Path

import polib

ROOT = Path(__file__).parents[1]
ENGLISH = ROOT / "notebooks"
VIETNAMESE = ENGLISH / "vi"
TEACHING = "teaching.md"
PROSE = ROOT / "translations" / "vi" / "notebooks.po"
SENTENCES = ROOT / "lenet" / "translations" / "vi.po"
NOT_SHOWN = ("__main__.py", "quiet.py")  # modules that speak to no student
WORDS = (  # of one word, in what `reveal` prints, in figures and on the pad
    *("predicted", "measured", "epoch", "loss", "weight", "value", "digit", "probability"),
    *("label", "never", "whole", "Undo", "Clear", "Pen", "Network", "and", "accuracy"),
    *("layer\nshape\nparameters", "V1, stride", "V2, stride", "3x3 kernels", "+ 3x3 kernels"),
    "LeNet-5 of 1998",
)
IN_FIGURES = (  # what cells of the notebooks write there, and labels that are put together
    *("loss (nats)", "validation loss (nats)", "training", "validation", "index {0}", "image"),
    *("test error (%)", "test error (%), mean", "pooling", "average", "stride", "step"),
    *("saturated outputs of F5 (share)", "spread over images", "rate {0}", "{0}: as trained"),
    *("V3's validation loss after epoch 10 (nats)", "{0}, softened", "calibrated", "confidence"),
    *("share of right answers", "test image 300", "{0} pixels", "noise {0}", "shift (pixels)"),
    *("accuracy (mean)", "confidence (mean)", "rotation (degrees)", "untrained", "as drawn"),
    *("standard deviation of the noise (ink is 1)", "inverted", "cropped", "placed", "20 a side"),
    *("{0}, live", "what V4 reads", "with convolution", "without convolution", "none"),
    "noise",
)
# Strings that nobody reads, and lines of code without words beside it.
CODE = (
    r"[\w.]+\(.*\)|_?\W*\w.* = .*\)|\[.*\]|\{\".*|model, .*|images, .*|, \w+=.*|\{desc\} .*"
    r"|(outside upper|lower) left|offset points|python -m \S+ \S+ \S+|model name.*|table, .*"
    r"|image, .*|module 'lenet'.*|(Python|lenet) \{0\}|\{0\} \{1\}, \{2\} cores"
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
    """Yields each notebook of a folder with its name, and the teacher's page as one cell."""
    for path in sorted(folder.glob("*.ipynb")):
        yield path.name, json.loads(path.read_text("utf-8"))
    if (page := folder / TEACHING).exists():
        cell = {"cell_type": "markdown", "id": "page", "source": [page.read_text("utf-8")]}
        yield TEACHING, {"cells": [cell]}


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
    return {block: list(names.items()) for block, names in found.items()}


def sentences():
    """Returns the sentences in the package's code, each with the modules that have it."""
    found = {text: {"notebooks": ""} for text in IN_FIGURES}
    for path in sorted((ROOT / "lenet").rglob("*.py")):
        if path.name in NOT_SHOWN:
            continue
        tree = ast.parse(path.read_text("utf-8"))
        inside = {
            id(part)
            for node in ast.walk(tree)
            if isinstance(node, (ast.JoinedStr, ast.Expr))  # a docstring is an expression
            for part in ast.iter_child_nodes(node)
        }
        for node in ast.walk(tree):
            if id(node) not in inside and (text := _sentence(node)):
                found.setdefault(text, {})[path.relative_to(ROOT).as_posix()] = ""
    return {text: list(places.items()) for text, places in found.items()}


def _sentence(node):
    """Returns what a node of the code says to a reader, or None."""
    if isinstance(node, ast.JoinedStr):
        numbers = itertools.count()
        text = "".join(
            part.value.replace("{", "{{").replace("}", "}}")
            if isinstance(part, ast.Constant)
            else f"{{{next(numbers)}}}"
            for part in node.values
        )
    elif isinstance(node, ast.Constant) and isinstance(node.value, str):
        text = node.value
    else:
        return None
    if text in WORDS:
        return text
    words = re.search(
        r"[^\W\d_]{2,},? [^\W\d_]{2,}|\ban? [^\W\d_]{2,}|\} [^\W\d_]|[^\W\d_]{2,}[:.]? \{", text
    )
    code = re.fullmatch(CODE, text, re.DOTALL) and "   (" not in text  # a remark on it
    return text if words and not code else None


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
        if catalogue == SENTENCES and "{0}" in text and "python-brace-format" not in entry.flags:
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
                cell["source"] = text.splitlines(keepends=True)
            elif ran.get(cell["id"], {}).get("source") == cell["source"]:
                cell["outputs"] = ran[cell["id"]]["outputs"]
        stored = json.dumps(notebook, ensure_ascii=False, indent=1) + "\n"
        page = "".join(notebook["cells"][0]["source"])
        path.write_text(page if name == TEACHING else stored, "utf-8", newline="\n")


def faults(entry):
    """Returns what is wrong with an entry: sentences, none if it is good."""
    found = []
    if not entry.msgstr or entry.fuzzy:
        return ["it is not translated" if not entry.msgstr else "its English has changed"]
    for what, pattern in {
        "numbers": r"\d[\d,.]*\d|\d",
        "what code puts in": r"\{\d*\}",
        "code": r"`[^`\n]+`",
        "link targets": r"\]\((.*?)\)",
        "tags": r"</?\w+>",
        "rows of a table or list": r"(?m)^(?:\||- |\d+\. )",
        "heading": r"^#+ ",
        "columns": r"\|",
    }.items():
        texts = entry.msgid, entry.msgstr.replace("notebooks/vi/", "notebooks/")
        english, other = (sorted(re.findall(pattern, text)) for text in texts)
        if english != other:
            odd = set(english) ^ set(other) or "how often they come"
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
