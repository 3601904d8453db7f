"""What a class has solved, from the outputs that are stored in students' notebooks.

Nothing is executed, and an output can be faked: this is an overview, no grade.
"""

import re
import unicodedata
import zipfile
from collections import Counter
from itertools import zip_longest
from pathlib import Path, PurePath

import nbformat
import pandas as pd

from lenet._errors import CATALOGUES, catalogue, one_line, say, wrong
from lenet_course.classroom import NOTEBOOKS
from lenet_course.exercises import NUMBERS

RIGHT, NOT_YET, UNANSWERED, ABSENT = "+", "-", ".", ""  # what a table shows
TEMPLATES = {  # with which `check` begins what it prints
    "Right. {reason}": RIGHT,
    "Not yet: {reason}": NOT_YET,
    "Not answered yet: put your answer in place of the dots.": UNANSWERED,
    "Not answered yet: put your code in place of the dots.": UNANSWERED,
}
LANGUAGES = ["", *(path.stem for path in CATALOGUES.glob("*.po"))]
OPENINGS = {
    catalogue(language).get(template, template).split("{")[0]: mark
    for language in LANGUAGES
    for template, mark in TEMPLATES.items()
}
CALL = re.compile(r"""\bcheck\(\s*["'](\d\d-\d)["']""")
# The names of the notebooks; a package without them takes what looks like one.
STEMS = "|".join(path.stem for path in NOTEBOOKS.glob("[0-9]*.ipynb")) or r"\d\d_[a-z]"


def read_progress(folder):
    """Reads what students' notebooks say about their answers.

    A student is a folder below `folder`, or a .zip file in it; or a file, whose name begins with
    the student's, as learning platforms give them: `an_12345_01_load_mnist.ipynb`. The best
    verdict on an exercise counts.

    Args:
        folder: Path of a folder, or of a .zip file with one.

    Returns:
        Tuple `(table, noticed)`: a `pandas.DataFrame` with a row a student and a column an
        exercise of the notebooks that were handed in, "+" for right, "-" for not yet, "." for not
        answered, "" for not handed in; and a list of sentences about files that cannot be read, and
        students whose notebooks have no outputs.

    Raises:
        FileNotFoundError: There is no notebook.

    Example:
    >>> import tempfile
    >>> from lenet_course import copy_notebooks
    >>> folder = tempfile.mkdtemp()
    >>> added = copy_notebooks(Path(folder) / "An")
    >>> table, noticed = read_progress(folder)
    >>> table.loc["An", "01-1"], noticed
    ('.', ['An: no notebook has an output. Were they saved after they were run?'])
    """
    folder, found, noticed, ran = Path(folder).expanduser(), {}, [], set()
    for place, file in _notebooks(folder, PurePath()):
        name = _student(place) or folder.stem
        student = found.setdefault(name, {})
        try:
            verdicts, has_outputs = _verdicts(file.read_bytes())
        except Exception as error:  # half a file, another one of this name, a password
            template = "{file} cannot be read as a notebook: {why}"
            noticed.append(say(template, file=place.as_posix(), why=one_line(error, 80)))
            verdicts, has_outputs = {}, True
        if has_outputs:
            ran.add(name)
        for number, mark in verdicts.items():
            student[number] = _best(mark, student.get(number, mark))
    if not found:
        received = say("{folder}, in which no notebook is found", folder=folder)
        expected = say("a folder with a folder, a .zip file or a notebook for each student")
        fix = say("python -m lenet_course progress (the folder of what was handed in)")
        raise wrong(received, expected, fix, FileNotFoundError)
    template = "{student}: no notebook has an output. Were they saved after they were run?"
    noticed += [say(template, student=name) for name in found if name not in ran]
    columns = [number for number in NUMBERS if any(number in student for student in found.values())]
    table = pd.DataFrame.from_dict(found, "index", columns=columns, dtype=str).fillna(ABSENT)
    return table.rename(index=_short(found)).sort_index(), noticed


def _best(*marks):
    return min(marks, key=[RIGHT, NOT_YET, UNANSWERED].index)


def _notebooks(path, place):
    """Yields where each notebook below a path lies, and its file; also those in .zip files."""
    if path.suffix == ".zip" and path.is_file():
        try:
            members = zipfile.ZipFile(path.open("rb"))
        except zipfile.BadZipFile:
            yield place.parent / path.name, path
            return
        files = [(PurePath(name), zipfile.Path(members, name)) for name in members.namelist()]
    else:
        files = [(file.relative_to(path), file) for file in sorted(path.rglob("*"))]
    for inside, file in files:
        # Checkpoints, and what a Mac notes about other files.
        if any(part.startswith((".", "__")) for part in inside.parts) or not file.is_file():
            continue
        if inside.suffix == ".ipynb":
            yield place / inside, file
        elif inside.suffix == ".zip":
            yield from _notebooks(file, place / inside.with_suffix(""))


def _student(place):
    """Returns who has handed in a file, or "" if its path does not say so."""
    *folders, name = unicodedata.normalize("NFC", place.with_suffix("").as_posix()).split("/")
    before = re.match(f"(.*_|)(?:{STEMS})", name)
    return folders[0] if folders else before[1].rstrip("_") if before else name


def _short(names):
    """Returns each name without the numbers that platforms add, unless two would be the same."""
    short = {name: re.sub(r"(_LATE)?_\d{4,}.*$", "", name) for name in names}
    count = Counter(short.values())
    return {name: brief if count[brief] == 1 else name for name, brief in short.items()}


def _verdicts(text):
    """Returns the best verdict on each exercise in a notebook, and whether it has any output."""
    cells = nbformat.reads(text, as_version=4).cells
    cells, verdicts = [cell for cell in cells if cell.cell_type == "code"], {}
    for cell in cells:
        lines = [line for line in cell.source.splitlines() if not line.lstrip().startswith("#")]
        calls = CALL.findall("\n".join(lines))
        printed = "".join(output.get("text", "") for output in cell.outputs).splitlines()
        said = [OPENINGS[o] for line in printed for o in OPENINGS if line.startswith(o)]
        if len(calls) == 1:  # in a loop, it speaks several times
            said = [_best(*said, UNANSWERED)]
        for number, mark in zip_longest(calls, said[: len(calls)], fillvalue=UNANSWERED):
            verdicts[number] = _best(mark, verdicts.get(number, mark))
    return verdicts, any(cell.outputs for cell in cells)


def describe_progress(table):
    """Returns a table of `read_progress` as text, with sums, the least solved exercises first.

    Args:
        table: What `read_progress` returns first.

    Returns:
        Text of several lines.

    Example:
    >>> print(describe_progress(pd.DataFrame({"01-1": ["+", "-"]}, ["An", "Binh"])))
    + right, - not yet, . not answered
         01  right
    An    +      1
    Binh  -      0
    <BLANKLINE>
    Exercises, the least solved first:
          right  not yet  not answered
    01-1      1        1             0
    <BLANKLINE>
    This is read from stored outputs, which can be faked: an overview, no grade.
    """
    begun = table.isin([RIGHT, NOT_YET]).any()
    of_notebooks = begun.groupby(begun.index.str[:2]).transform("any")
    marks = table.loc[:, of_notebooks].replace(ABSENT, " ").T
    notebooks = marks.groupby(marks.index.str[:2]).agg("".join).T
    notebooks[say("right")] = (table == RIGHT).sum(axis="columns")
    names = [say("right"), say("not yet"), say("not answered")]
    kinds = [[RIGHT], [NOT_YET], [UNANSWERED, ABSENT]]
    sums = pd.DataFrame({n: table.isin(k).sum() for n, k in zip(names, kinds, strict=True)})
    legend = "{right} right, {not_yet} not yet, {unanswered} not answered"
    lines = [
        say(legend, right=RIGHT, not_yet=NOT_YET, unanswered=UNANSWERED),
        notebooks.to_string(),
        "",
        say("Exercises, the least solved first:"),
        sums[begun].sort_values(names[0], kind="stable").to_string(),
        "",
        say("This is read from stored outputs, which can be faked: an overview, no grade."),
    ]
    if not begun.all():
        others = ", ".join(table.columns[~begun])
        lines.insert(-2, say("Answered by nobody: {exercises}", exercises=others))
    return "\n".join(lines)
