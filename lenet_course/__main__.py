"""Checks this machine; copies the notebooks for students."""

import argparse
import sys

from lenet._errors import say
from lenet_course.classroom import check_machine, copy_notebooks


def main():
    parser = argparse.ArgumentParser(prog="python -m lenet_course", description=__doc__)
    commands = parser.add_subparsers(dest="command", title="commands (none: check this machine)")
    notebooks = commands.add_parser("notebooks", help="copy the series, without its outputs")
    notebooks.add_argument("folder", help="folder of the copies; what is there stays as it is")
    arguments = parser.parse_args()
    if arguments.command is None:
        sys.exit(not check_machine())
    added, newer = copy_notebooks(arguments.folder)
    if added:
        print(say("{folder}: added {names}", folder=arguments.folder, names=", ".join(added)))
    if newer:
        template = "{folder}: your copies are older; the new ones lie beside them: {names}"
        print(say(template, folder=arguments.folder, names=", ".join(newer)))


if __name__ == "__main__":
    main()
