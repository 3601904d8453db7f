"""What a kernel does before anything else: settings of IPython, which `set_up.py` puts in place.

Matplotlib finds its list of fonts and a folder that it can write, whatever the home is like: it
would say in red, in a notebook's first cell, that it has none.
"""

import atexit
import os
import shutil
import sys
import tempfile
from pathlib import Path

fonts = Path(sys.prefix, "share", "matplotlib")
if not os.access(fonts, os.W_OK):  # an environment that others have set up
    own = tempfile.mkdtemp(prefix="matplotlib-")
    atexit.register(shutil.rmtree, own, ignore_errors=True)
    fonts = shutil.copytree(fonts, own, dirs_exist_ok=True)
os.environ["MPLCONFIGDIR"] = str(fonts)
