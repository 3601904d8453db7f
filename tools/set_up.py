"""Sets up what pip does not: kernels, and settings of JupyterLab. `make` runs it after pip.

With `--user`: registers the kernel LeNet for VS Code and for a Jupyter installed elsewhere.
"""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import matplotlib
from ipykernel.kernelspec import install

PREFIX = Path(sys.prefix)
ENVIRONMENT = {  # of the kernels: a user's own settings would change what the notebooks show
    "IPYTHONDIR": str(PREFIX / "share" / "ipython"),
    "MATPLOTLIBRC": matplotlib.get_data_path(),  # the folder of Matplotlib's own matplotlibrc
    "PYTHONSTARTUP": "",
}
SETTINGS = {
    # no question about news over the first lesson, and no request for them
    "share/jupyter/lab/settings/overrides.json": {
        "@jupyterlab/apputils-extension:notification": {
            "fetchNews": "false",
            "checkForUpdates": False,
        },
        # the glossary, to which notebooks link, is read and not edited
        "@jupyterlab/docmanager-extension:plugin": {
            "defaultViewers": {"markdown": "Markdown Preview"},
        },
        # JupyterLab's own, and Noto: DejaVu sets accents of Vietnamese beside their letters
        "@jupyterlab/apputils-extension:themes": {
            "overrides": {
                "code-font-family": "menlo, consolas, 'Noto Sans Mono',"
                " 'DejaVu Sans Mono', monospace",
            }
        },
    },
    # without it, each kernel starts with a warning: its connection is not encrypted
    # and closing a notebook ends no kernel: each would hold a gigabyte or more
    "etc/jupyter/jupyter_server_config.json": {
        "MappingKernelManager": {
            "transport_encryption": "auto",
            "cull_idle_timeout": 600,  # seconds; a kernel that computes is not idle
            "cull_interval": 60,
            "cull_connected": False,  # one with an open notebook stays
        }
    },
}

if "--user" in sys.argv:
    try:
        install(user=True, kernel_name="lenet", display_name="LeNet", env=ENVIRONMENT)
    except OSError as error:  # a home that cannot be written is no reason not to open JupyterLab
        print(f"No kernel LeNet for VS Code and other Jupyters: {error}", file=sys.stderr)
else:
    install(prefix=sys.prefix, env=ENVIRONMENT)  # `python3`, which the notebooks name
    fonts = os.environ | {"MPLCONFIGDIR": str(PREFIX / "share" / "matplotlib")}
    make_list = [sys.executable, "-c", "import matplotlib.font_manager"]  # no kernel waits for it
    subprocess.run(make_list, env=fonts, check=True)
    for_all = PREFIX / "etc" / "ipython"  # read even where IPYTHONDIR cannot be written
    for_all.mkdir(parents=True, exist_ok=True)
    shutil.copy(Path(__file__).with_name("ipython_kernel_config.py"), for_all)
    for name, settings in SETTINGS.items():
        path = PREFIX / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(settings, indent=1), encoding="utf-8")
