"""How `make notebooks` executes the notebooks and stores their outputs: settings of nbconvert."""

import base64
import io

from nbconvert.preprocessors import CoalesceStreamsPreprocessor
from PIL import Image

KERNEL = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}


def shrink_figures(notebook, resources):
    """Stores each figure with 128 colours: a third of the size, and no difference to see."""
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            data = output.get("data", {})
            if "image/png" in data:
                figure = Image.open(io.BytesIO(base64.b64decode(data["image/png"])))
                small = io.BytesIO()
                figure.convert("RGB").quantize(128).save(small, "png", optimize=True)
                data["image/png"] = base64.b64encode(small.getvalue()).decode()
    return notebook, resources


def drop_widgets(notebook, resources):
    """Stores of a widget what stands for it where it cannot live: its text."""
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            output.get("data", {}).pop("application/vnd.jupyter.widget-view+json", None)
    return notebook, resources


def name_kernel(notebook, resources):
    """Stores the kernel that executed the notebook, whatever kernel it was saved with."""
    notebook.metadata.kernelspec = KERNEL
    return notebook, resources


c = get_config()  # noqa: F821, a name that Jupyter gives to its configuration files
c.ExecutePreprocessor.kernel_name = KERNEL["name"]
c.ExecutePreprocessor.timeout = 2400
c.ExecutePreprocessor.record_timing = False
c.ExecutePreprocessor.store_widget_state = False
c.NotebookExporter.preprocessors = [
    "nbconvert.preprocessors.ExecutePreprocessor",
    CoalesceStreamsPreprocessor(enabled=True),
    shrink_figures,
    drop_widgets,
    name_kernel,
]
c.KernelManager.transport_encryption = "auto"  # without it, each kernel starts with a warning
