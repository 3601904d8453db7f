"""What a student reads in another language: `say`, the catalogues, and how they are kept."""

import importlib.util
import os
import re
import runpy
import shutil
import unicodedata
from pathlib import Path

import numpy as np
import polib
import pytest

import lenet
from lenet import _errors
from lenet._errors import say
from lenet_course import DigitPad

ROOT = Path(__file__).parents[2]
GLOSSARY = ROOT / "notebooks" / "vi" / "glossary.md"


def load_tool():
    spec = importlib.util.spec_from_file_location("translate", ROOT / "tools" / "translate.py")
    tool = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(tool)
    return tool


tool = load_tool()
CATALOGUES = (tool.PROSE, tool.SENTENCES)
SAME = {  # in both languages
    *("epoch", "epoch {epoch}/{epochs}, {scores}", "mu = 0.1", "j = 10"),
    *("V1: sigmoid", "V2: ReLU", "V3, tanh", "kernel", "entropy"),
    *("pooling", "Pooling", "max pooling", "average pooling", "+ max pooling"),
    *("V1, average pooling", "V2, average pooling"),
}


@pytest.fixture
def catalogue(tmp_path, monkeypatch):
    """Lets `say` read a catalogue of the test's own."""

    def write(sentences):
        po = polib.POFile()
        po.extend(polib.POEntry(msgid=english, msgstr=other) for english, other in sentences)
        po.save(tmp_path / "vi.po")

    monkeypatch.setattr(_errors, "CATALOGUES", tmp_path)
    monkeypatch.setattr(_errors, "language", "vi")
    _errors.catalogue.cache_clear()
    yield write
    _errors.catalogue.cache_clear()


@pytest.fixture
def vietnamese(monkeypatch):
    """Lets the package speak Vietnamese."""
    monkeypatch.setattr(_errors, "language", "vi")


def test_a_template_is_looked_up_and_what_is_put_in_stays(catalogue):
    catalogue(
        [("loss", "mất mát"), ("{n} of {all:,} loss", "Trong {all:,} có {n}"), ("not yet", "")]
    )
    assert say("loss") == "mất mát"
    assert say("{n} of {all:,} loss", n="loss", all=6000) == "Trong 6,000 có loss"
    assert say("{n} {of}", n=1, of="{n}") == "1 {n}"
    assert [say(value) for value in ("not yet", "loss ", "{n}", 3)] == [
        "not yet",
        "loss ",
        "{n}",
        3,
    ]


@pytest.mark.parametrize("other", ["en", "fr", False])
def test_without_a_catalogue_sentences_stay_english(other, catalogue, monkeypatch):
    catalogue([("{n} loss", "mất mát {n}")])
    monkeypatch.setattr(_errors, "language", other)
    assert say("{n} loss", n=2) == "2 loss"


def test_the_sentences_of_a_module_are_found():
    code = """
template = "first {n}" if n else "second"
say(template, n=n)
need(good, "third", n=1)
Field(ge=1, description="fourth")
print("no sentence", say(label))
"""
    assert sorted(tool.said_in(code)) == ["first {n}", "fourth", "second", "third"]


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: path.name)
def test_the_catalogues_are_those_of_today(path, tmp_path):
    """A changed or new sentence in English shows here: `python tools/translate.py update`."""
    copy = tmp_path / path.name
    shutil.copy(path, copy)
    found = tool.blocks() if path == tool.PROSE else tool.sentences()
    tool.update(copy, found)
    assert copy.read_text("utf-8") == path.read_text("utf-8")


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: path.name)
def test_every_entry_is_translated_and_holds_the_same_numbers_code_and_links(path):
    for entry in polib.pofile(path):
        assert tool.faults(entry) == [], entry.msgid
        assert unicodedata.is_normalized("NFC", entry.msgstr)
        names = re.fullmatch(r"[\W\d_]*(?:[VCSF]\d|ReLU|softmax|sigmoid)?.{0,3}", entry.msgid)
        assert entry.msgstr != entry.msgid or names or entry.msgid in SAME, entry.msgid


def test_a_fault_is_found():
    def faults(english, other, **more):
        return tool.faults(polib.POEntry(msgid=english, msgstr=other, **more))

    assert faults("Two words", "Hai từ") == []
    assert faults("Two words", "") == ["it is not translated"]
    assert faults("Two words", "Hai từ", flags=["fuzzy"]) == ["its English has changed"]
    for english, other, what in (
        ("0.95 %", "0,95 %", "numbers"),
        ("see `loss`", "xem `mất mát`", "code"),
        ("[a](b.ipynb)", "[a](c.ipynb)", "link targets"),
        ("<details>x", "x", "tags"),
        ("- a\n- b", "- a", "rows"),
        ("| a | b |", "| a |", "columns"),
        ("# A", "A", "heading"),
        ("{a} of {b}", "{a} trên {a}", "what code puts in"),
    ):
        assert what in " ".join(faults(english, other))


def test_blocks_are_all_of_the_text_and_code_is_kept():
    text = "# Head\n\nOne\nparagraph.\n\n```\nx = 1\n\ny = 2\n```\n\n- ab\n- cd\n\n</details>\n"
    parts = tool.blocks_of(text)
    assert "".join(parts) == text
    kept = [part for part in parts if tool.to_translate(part)]
    assert kept == ["# Head", "One\nparagraph.", "- ab\n- cd"]


def test_a_changed_paragraph_is_fuzzy(tmp_path):
    path = tmp_path / "vi.po"
    tool.update(path, {"The loss falls slowly here.": [], "Gone now.": []})
    po = polib.pofile(path)
    po[0].msgstr = "Ở đây mất mát giảm chậm."
    po.save()
    tool.update(path, {"The loss falls slowly there.": [], "Something else entirely": []})
    first, second = polib.pofile(path)
    assert first.fuzzy
    assert first.previous_msgid == "The loss falls slowly here."
    assert first.msgstr == "Ở đây mất mát giảm chậm."
    assert not second.msgstr


def test_the_edition_is_what_the_catalogue_makes_of_the_english(tmp_path):
    """Where it fails: `make vietnamese`."""
    shutil.copytree(tool.VIETNAMESE, tmp_path / "vi")
    tool.build(tmp_path / "vi")
    for path in sorted(tool.VIETNAMESE.glob("*.ipynb")):
        assert (tmp_path / "vi" / path.name).read_bytes() == path.read_bytes(), path.name


def text_of(cell):
    parts = (o.get("text") or o.get("data", {}).get("text/plain", "") for o in cell["outputs"])
    return "".join("".join(part) for part in parts)


def numbers_of(cell):
    return re.findall(r"\d[\d.,]*", text_of(cell))


def test_the_edition_is_executed_in_vietnamese_with_the_same_code(vietnamese):
    """So `make test` executes the English edition alone, and one Vietnamese notebook."""
    for (name, english), (other, edition) in zip(
        tool.prose(tool.ENGLISH), tool.prose(tool.VIETNAMESE), strict=True
    ):
        assert name == other
        printed = ""
        for ours, theirs in zip(edition["cells"], english["cells"], strict=True):
            assert ours["id"] == theirs["id"]
            if ours["cell_type"] == "code":
                assert ours["source"] == theirs["source"]
                assert ours["metadata"] == theirs["metadata"]
                assert ours["execution_count"] == theirs["execution_count"]
                kinds = [[o["output_type"] for o in c["outputs"]] for c in (ours, theirs)]
                assert kinds[0] == kinds[1]
                if "nbval-ignore-output" not in ours["metadata"].get("tags", []):
                    assert numbers_of(theirs) == numbers_of(ours), f"{name}: {ours['id']}"
                printed += text_of(ours)
        assert "nothing yet" not in printed
        assert "Not answered" not in printed
        for line in re.findall(r"Cần có: (.*)|Sửa: .*   \((.*)\)", printed):
            assert not re.search(r"\b(or|and|of|the|with|in)\b", "".join(line)), line
        without = ("index.ipynb", *tool.PAGES)  # exercises
        assert name in without or "Chưa có câu trả lời" in printed


def test_what_is_put_together_is_translated(vietnamese):
    title = lenet.plotting.plot_prediction(np.zeros((28, 28)), np.eye(10)[4], 7)[0].get_title()
    assert title == "dự đoán 4, nhãn 7"
    with pytest.raises(ValueError, match=r"2 hoặc 3 hoặc 4 trục"):
        lenet.predict_digit(lenet.load_trained("V4"), np.zeros(3))


def test_the_pad_speaks_vietnamese(vietnamese):
    pad = DigitPad()
    assert pad.words["Undo"] == "Hoàn tác"
    assert pad.message == "Vẽ một chữ số."
    assert all(pad.words.values())


@pytest.mark.parametrize(
    ("folder", "files", "variable", "expected"),
    [
        ("here", [], "", False),
        ("here", [], "vi", "vi"),
        ("vi", [], "", False),  # any folder that has this name
        ("vi", ["index.ipynb"], "", "vi"),
    ],
)
def test_the_environment_or_a_folder_of_the_edition_sets_the_language(
    folder, files, variable, expected, tmp_path, monkeypatch
):
    (tmp_path / folder).mkdir()
    for name in files:
        (tmp_path / folder / name).touch()
    monkeypatch.chdir(tmp_path / folder)
    monkeypatch.setenv("LENET_LANGUAGE", variable)
    assert runpy.run_path(_errors.__file__)["language"] == expected


def test_a_terminal_without_vietnamese_letters_stops_nothing(fresh):
    code = "from lenet._errors import say; print(say('compiling'))"
    environment = os.environ | {"LENET_LANGUAGE": "vi", "PYTHONIOENCODING": "ascii"}
    assert fresh(code, environment=environment) == (0, "?ang bi?n d?ch\n", "")


def test_a_working_folder_that_may_not_be_entered_is_no_error(monkeypatch):
    def stat(path, *arguments, **options):
        if str(path) == "index.ipynb":
            raise PermissionError(13, "Permission denied", path)
        return original(path, *arguments, **options)

    original = os.stat
    monkeypatch.setattr(os, "stat", stat)
    monkeypatch.delenv("LENET_LANGUAGE", raising=False)
    assert runpy.run_path(_errors.__file__)["language"] is False


QUOTATIONS = polib.pofile(tool.LECTURE)


@pytest.mark.parametrize("entry", QUOTATIONS, ids=lambda entry: entry.msgid)
def test_a_quotation_is_in_the_lecturers_words(entry):
    """Words are left out only where "…" stands. The comment is "part 1, 5:10: what he says"."""
    said = re.fullmatch(r"part [12], \d+:\d\d: (.*)", entry.comment).group(1).lower()
    for piece in entry.msgstr.lower().split("…"):
        assert piece.strip() in said
        said = said.partition(piece.strip())[2]


# What stands in quotation marks and is not the lecturer's: what is typed or printed, and a title.
TYPED = {"by mass", "falls", "fitted", "flat", "inverted", "no", "untrained", "V2", "yes"}
ENGLISH = TYPED | {"nearer", "no convolution", "no pooling", "none of them", "The paper"}
VIETNAMESE = TYPED | {
    *("average", "best test accuracy", "from", "is sure", "largest h", "never start to learn"),
    *("prepared", "right of …", "small", "stride", "the probability falls by … to …", "to"),
    *("gần", "không có convolution", "không có pooling", "không phải chữ số nào cả"),
    *("tự tin đến mức nào", "Bài báo"),
}


def test_what_is_quoted_is_in_the_file_and_the_file_holds_nothing_else():
    for folder, marks, known, others in (
        (tool.ENGLISH, r'"([^"]*)"', {entry.msgid for entry in QUOTATIONS}, ENGLISH),
        (tool.VIETNAMESE, r"“([^”]*)”", {entry.msgstr for entry in QUOTATIONS}, VIETNAMESE),
    ):
        cells = [cell for _, notebook in tool.prose(folder) for cell in notebook["cells"]]
        texts = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown"]
        text = re.sub(r"```.*?```|`[^`]*`|<[^>]*>", "", "\n".join(texts), flags=re.S)
        quoted = {words.lower() for words in re.findall(marks, text)}
        assert quoted == {words.lower() for words in known | others}


STRICT = (  # terms of the glossary that mean one thing wherever they stand
    *("accuracy", "batch", "bias", "channel", "connection", "convolution"),
    *("confidence interval", "confusion matrix", "dense layer", "epoch", "feature map", "filter"),
    *("gradient", "label", "layer", "learning rate", "loss", "max pooling", "network", "noise"),
    *("optimizer", "overfitting", "parameter", "penalty", "pixel", "pooling", "probability"),
    *("seed", "shape", "standard error", "stride", "temperature", "weight", "window"),
)


@pytest.mark.parametrize("term", STRICT)
def test_a_term_is_translated_by_its_word_in_the_glossary(term):
    """At most two entries with the English term lack it, where a sentence is turned another way.

    Of convolution, which the lecturer says, the English word will do. A longer term is another one.
    """
    rows = [line.split("|")[1:3] for line in GLOSSARY.read_text("utf-8").splitlines()]
    words = {row[0].split(" (")[0].strip(): row[1].split(" (")[0].strip() for row in rows if row}
    entries = [entry for path in CATALOGUES for entry in polib.pofile(path)]
    # And what is put in, and a call that a remark follows.
    code = re.compile(r"`[^`]*`|\]\(.*?\)|\{.*?\}|^.*   (?=\()")
    longer = [other for other in words if re.search(rf"\b{term}\b", other) and other != term]
    longer = [rf"\b{re.escape(other)}s?\b" for other in longer]
    others = re.compile("|".join([code.pattern, *longer]), re.I)
    this = re.compile(rf"\b{term}(s|es)?\b", re.I)
    with_it = [entry for entry in entries if this.search(others.sub("", entry.msgid))]
    assert with_it
    either = {words[term].lower(), "convolution" if term == "convolution" else words[term].lower()}
    lack = [e.msgstr for e in with_it if not any(word in e.msgstr.lower() for word in either)]
    assert len(lack) <= 2, lack
