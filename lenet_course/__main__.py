"""Checks this machine; copies the notebooks; opens JupyterLab; reads what a class has solved."""

import argparse
import sys
from pathlib import Path

from lenet._errors import say
from lenet_course._files import make_folder
from lenet_course.classroom import NOTEBOOKS, check_machine, copy_notebooks, open_lab


def main():
    parser = argparse.ArgumentParser(prog="python -m lenet_course", description=__doc__)
    commands = parser.add_subparsers(dest="command", title="commands (none: check this machine)")
    notebooks = commands.add_parser("notebooks", help="copy the series, without its outputs")
    notebooks.add_argument("folder", help="folder of the copies; what is there stays as it is")
    lab = commands.add_parser("lab", help="that, and open JupyterLab; its own options after --")
    lab.add_argument(
        "folder",
        nargs="?",
        help="folder of the copies (my-notebooks; where none can be made, lenet in your home)",
    )
    lab.add_argument("--language", choices=["vi"], help="open the Vietnamese edition")
    progress = commands.add_parser("progress", help="what students have solved, by their outputs")
    progress.add_argument("folder", help="folder with a folder, a .zip or a notebook per student")
    progress.add_argument("--csv", help="file for the table, which a spreadsheet opens")
    own = sys.argv[1:]
    end = own.index("--") if own[:1] == ["lab"] and "--" in own else len(own)
    arguments, options = parser.parse_args(own[:end]), own[end + 1 :]
    if arguments.command is None:
        sys.exit(not check_machine())
    if arguments.command == "progress":
        _show_progress(arguments.folder, arguments.csv)
        return
    folder = arguments.folder or _folder_of_copies()
    if arguments.command == "notebooks" or Path(folder).resolve() != NOTEBOOKS.resolve():
        _copy(folder)
    if arguments.command == "lab":
        open_lab(folder, arguments.language or "", options)


def _folder_of_copies():
    """Returns where `lab` puts the copies: in this folder, or in the home where that fails."""
    folder, home = Path("my-notebooks"), Path("~/lenet")
    try:
        make_folder(folder, "")
    except OSError:
        print(say("No file can be written here: your copies are in {folder}.", folder=home))
        return home
    return folder


def _copy(folder):
    added, newer = copy_notebooks(folder)
    if added:
        print(say("{folder}: added {names}", folder=folder, names=", ".join(added)))
    if newer:
        template = "{folder}: your copies are older; the new ones lie beside them: {names}"
        print(say(template, folder=folder, names=", ".join(newer)))


def _show_progress(folder, file):
    from lenet_course.progress import describe_progress, read_progress  # with pandas, slowly

    table, noticed = read_progress(folder)
    print(describe_progress(table), *noticed, sep="\n")
    if file:
        # As spreadsheets want it, which take 01-1 for a date.
        table = table.add_prefix("exercise ")
        table.to_csv(file, index_label="student", encoding="utf-8-sig")


if __name__ == "__main__":
    main()
