"""Checks this machine; copies the notebooks for students; opens JupyterLab at the copies."""

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
    own = sys.argv[1:]
    end = own.index("--") if own[:1] == ["lab"] and "--" in own else len(own)
    arguments, options = parser.parse_args(own[:end]), own[end + 1 :]
    if arguments.command is None:
        sys.exit(not check_machine())
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


if __name__ == "__main__":
    main()
