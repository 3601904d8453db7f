"""What a class has solved, read from copies as students hand them in."""

import json
import subprocess
import sys
import unicodedata
import zipfile

import nbformat
import numpy as np
import pandas as pd
import pytest
from nbformat.v4 import new_code_cell, new_notebook, new_output

from lenet import _errors
from lenet_course.exercises import verdict
from lenet_course.progress import describe_progress, read_progress

ANSWERS = {"+": 67, "-": 3, ".": ...}  # to exercise 01-3
STEM = "01_load_mnist"


@pytest.fixture(scope="module")
def printed():
    """What `check` prints in each language for each mark."""
    said = {}
    for _errors.language in ("vi", ""):
        for mark, answer in ANSWERS.items():
            said[_errors.language, mark] = verdict("01-3", answer)[1] + "\n"
    code = verdict("13-2", lambda penalties, right, j: ...)  # a function with its dots
    assert code[1].startswith("Not answered yet: put your code")
    said["", "..."] = code[1] + "\n"
    return said


def copy_of(marks, printed, language="", number="01-2"):
    """A student's copy of a notebook with a cell for each mark, "" for one that was not run."""
    cells = [new_code_cell("1 + 1", outputs=[new_output("stream", text="2\n")])]
    for mark in marks:
        outputs = [new_output("stream", text=printed[language, mark])] if mark else []
        cells.append(new_code_cell(f'answer = 5\ncheck("{number}", answer)', outputs=outputs))
    return nbformat.writes(new_notebook(cells=cells))


@pytest.fixture
def hand_in(tmp_path, printed):
    """A function that writes a copy to a path, and the folder of all."""

    def write(name, marks="+", *arguments):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(copy_of(marks, printed, *arguments), "utf-8")

    write.folder = tmp_path
    return write


def test_forty_students_in_both_languages(hand_in):
    numbers, draw = ["01-1", "01-2", "01-3", "05-1", "05-2", "05-3"], np.random.default_rng(0)
    students = [f"Trần {i:02}" for i in range(40)]
    marks = pd.DataFrame(draw.choice(["+", "-", ".", ""], (40, 6)), students, numbers)
    for i, (student, row) in enumerate(marks.iterrows()):
        for number, mark in row[row != ""].items():
            edition = "vi" if i % 2 else ""
            hand_in(f"{student}/my-notebooks/{edition}/{number}.ipynb", mark, edition, number)
    table, noticed = read_progress(hand_in.folder)
    pd.testing.assert_frame_equal(table, marks)
    assert noticed == []
    lines = describe_progress(table).splitlines()
    for student, row in marks.iterrows():
        both = ["".join(mark or " " for mark in part) for part in (row[:3], row[3:])]
        line = next(line for line in lines if line.startswith(student))
        assert line.split() == [*student.split(), *" ".join(both).split(), str((row == "+").sum())]
    sums = [line.split() for line in lines if line[:5] in numbers]
    rights = [int(right) for _, right, _, _ in sums]
    assert rights == sorted(rights)
    for number, *counts in sums:
        right, not_yet = (marks[number] == "+").sum(), (marks[number] == "-").sum()
        assert [*map(int, counts)] == [right, not_yet, 40 - right - not_yet]


@pytest.mark.parametrize(
    ("marks", "counts"),
    [("-+-", "+"), (".-", "-"), ([""], "."), (["..."], "."), (["", "."], ".")],
)
def test_the_best_verdict_counts(marks, counts, hand_in):
    hand_in(f"An/{STEM}.ipynb", marks)
    assert read_progress(hand_in.folder)[0].loc["An", "01-2"] == counts


@pytest.mark.parametrize(
    ("name", "student"),
    [
        ("an_12345_67890_01_load_mnist.ipynb", "an"),  # Canvas
        ("an_LATE_12345_67890_01_load_mnist-1.ipynb", "an"),
        ("Trần An_12345_assignsubmission_file/01_load_mnist.ipynb", "Trần An"),  # Moodle
        ("An_01_load_mnist (2).ipynb", "An"),
        ("An/01_load_mnist.new.ipynb", "An"),
        ("An.ipynb", "An"),
        ("lop_10_an_01_load_mnist.ipynb", "lop_10_an"),
    ],
)
def test_a_student_is_known_by_folder_or_file(name, student, hand_in):
    hand_in(name)
    assert read_progress(hand_in.folder)[0].index.tolist() == [student]


def test_two_students_of_one_name_keep_their_numbers(hand_in):
    hand_in("an_1111_01_load_mnist.ipynb", "+")
    hand_in("an_2222_01_load_mnist.ipynb", "-")
    hand_in("binh_3333_01_load_mnist.ipynb")
    table, _ = read_progress(hand_in.folder)
    assert table["01-2"].to_dict() == {"an_1111": "+", "an_2222": "-", "binh": "+"}


def test_a_name_that_a_mac_has_taken_apart_is_the_same(hand_in):
    hand_in(f"Nguyễn/{STEM}.ipynb", "+")
    apart = unicodedata.normalize("NFD", "Nguyễn")
    hand_in(f"{apart}/05_see_the_filters.ipynb", "-", "", "05-1")
    table, _ = read_progress(hand_in.folder)
    assert table.loc["Nguyễn"].tolist() == ["+", "-"]


def test_zip_files_and_what_lies_beside_notebooks(hand_in, printed):
    with zipfile.ZipFile(hand_in.folder / "binh_7777_8888_work.zip", "w") as archive:
        archive.writestr(f"my-notebooks/{STEM}.ipynb", copy_of("-", printed))
        archive.writestr(f"__MACOSX/my-notebooks/._{STEM}.ipynb", b"\0\5\x16\7")
    hand_in(f"An/{STEM}.ipynb", ".")
    hand_in(f"An/.ipynb_checkpoints/{STEM}-checkpoint.ipynb", "+")
    (hand_in.folder / "An" / "glossary.md").write_text("# Glossary")
    table, noticed = read_progress(hand_in.folder)
    assert table["01-2"].to_dict() == {"An": ".", "binh": "-"}
    assert noticed == []


def test_a_zip_of_zips_is_a_class(hand_in, printed):
    with zipfile.ZipFile(hand_in.folder / "an_1111_2222_work.zip", "w") as archive:
        archive.writestr(f"{STEM}.ipynb", copy_of("+", printed))
    with zipfile.ZipFile(hand_in.folder / "class.zip", "w") as archive:
        archive.write(hand_in.folder / "an_1111_2222_work.zip", "an_1111_2222_work.zip")
        archive.writestr(f"binh_3333_{STEM}.ipynb", copy_of("-", printed))
    table, noticed = read_progress(hand_in.folder / "class.zip")
    assert table["01-2"].to_dict() == {"an": "+", "binh": "-"}
    assert noticed == []


def test_a_damaged_member_of_a_zip_is_named(hand_in, printed):
    path = hand_in.folder / "An.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(f"{STEM}.ipynb", copy_of("+", printed))
    content = bytearray(path.read_bytes())
    content[60] ^= 1
    path.write_bytes(content)
    hand_in(f"Bình/{STEM}.ipynb")
    table, noticed = read_progress(hand_in.folder)
    assert table["01-2"].to_dict() == {"An": "", "Bình": "+"}
    assert noticed[0].startswith(f"An/{STEM}.ipynb cannot be read")


def test_two_checks_in_a_cell_and_one_in_a_loop(hand_in, printed):
    both = 'check("01-1", 3); check("01-2", 67)\n# check("01-3", 1)'
    loop = 'for guess in (3, 67):\n    check("01-3", guess)'
    text = printed["", "-"] + printed["", "+"]
    outputs = [new_output("stream", text=text)]
    cells = [new_code_cell(source, outputs=outputs) for source in (both, loop)]
    (hand_in.folder / "An").mkdir()
    nbformat.write(new_notebook(cells=cells), hand_in.folder / "An" / f"{STEM}.ipynb")
    table, _ = read_progress(hand_in.folder)
    assert table.loc["An"].to_dict() == {"01-1": "-", "01-2": "+", "01-3": "+"}


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "{}", json.dumps({"nbformat": 4, "nbformat_minor": 5, "cells": 3})]
)
def test_a_file_that_is_no_notebook_is_named(text, hand_in):
    hand_in(f"An/{STEM}.ipynb")
    (hand_in.folder / "Bình").mkdir()
    (hand_in.folder / "Bình" / f"{STEM}.ipynb").write_text(text)
    (hand_in.folder / "Chi.zip").write_text(text)
    table, noticed = read_progress(hand_in.folder)
    assert table["01-2"].to_dict() == {"An": "+", "Bình": "", "Chi": ""}
    assert [line.split(" cannot be read")[0] for line in noticed] == [
        f"Bình/{STEM}.ipynb",
        "Chi.zip",
    ]


def test_what_nobody_has_begun_takes_one_line():
    table = pd.DataFrame(
        {"01-1": ["+", "."], "01-2": [".", "."], "02-1": ["", "."]}, ["An", "Binh"]
    )
    lines = describe_progress(table).splitlines()
    assert [line.split() for line in lines if line.startswith(("An ", "01-"))] == [
        ["An", "+.", "1"],
        ["01-1", "1", "0", "1"],
    ]
    assert "Answered by nobody: 01-2, 02-1" in lines


def test_a_student_without_outputs_is_named(hand_in):
    path = hand_in.folder / "An" / f"{STEM}.ipynb"
    path.parent.mkdir()
    cell = new_code_cell('# check("01-1", answer)\nanswer = ...\ncheck("01-2", answer)')
    nbformat.write(new_notebook(cells=[cell]), path)
    table, noticed = read_progress(hand_in.folder)
    assert table.to_dict("index") == {"An": {"01-2": "."}}
    assert noticed == ["An: no notebook has an output. Were they saved after they were run?"]


@pytest.mark.parametrize("name", ["", "nope", "nope.zip"])
def test_a_folder_without_notebooks_is_refused(name, tmp_path, refuses):
    text = refuses(FileNotFoundError, read_progress, tmp_path / name)
    assert "in which no notebook is found" in text


def test_the_command_prints_a_table_and_writes_one(hand_in):
    hand_in(f"Trần An/{STEM}.ipynb", "+")
    hand_in(f"Bình/{STEM}.ipynb", "-")
    file = hand_in.folder / "class.csv"
    command = [sys.executable, "-m", "lenet_course", "progress", hand_in.folder, "--csv", file]
    done = subprocess.run(command, capture_output=True, encoding="utf-8", check=True)
    assert "least solved first" in done.stdout
    assert file.read_text("utf-8-sig") == "student,exercise 01-2\nBình,-\nTrần An,+\n"
