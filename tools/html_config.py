"""How `make html` exports the notebooks: settings of nbconvert, for readers and screen readers."""

import html
import itertools
import re

STYLE = """
:root { --jp-mirror-editor-number-color: #006b00; --jp-mirror-editor-comment-color: #2d6464;
  --jp-mirror-editor-operator-color: #7d00c4; }
.jp-RenderedMarkdown a { text-decoration: underline !important; }
.jp-RenderedMarkdown table, .jp-RenderedHTML table { display: block; overflow-x: auto; }
.jp-InputArea-editor { overflow: hidden; }
.highlight pre, .jp-OutputArea-output { overflow-x: auto; }
.jp-RenderedImage img { max-width: 100%; height: auto; }
@media (max-width: 700px) { .jp-InputPrompt, .jp-OutputPrompt { display: none; } }
"""
SCRIPT = """
addEventListener("load", () => document.querySelectorAll(
  ".highlight pre, .jp-OutputArea-output, .jp-MarkdownOutput, table",
).forEach((each) => { if (each.scrollWidth > each.clientWidth) each.tabIndex = 0; }));
"""  # what scrolls can be reached by keyboard


def describe_figures(notebook, resources):
    """Gives each figure the caption below it as its text alternative."""
    for cell, following in itertools.pairwise(notebook.cells):
        caption = re.match(r"\*Figure: (.*)\*$", following.source, re.M)
        for output in cell.get("outputs", []) if caption else ():
            if "image/png" in output.get("data", {}):
                alternative = html.escape(caption.group(1))
                source = f"data:image/png;base64,{output.data.pop('image/png')}"
                output.data["text/html"] = (
                    f'<div class="jp-RenderedImage"><img alt="{alternative}" src="{source}"></div>'
                )
    return notebook, resources


def name_headers(notebook, resources):
    """Says of each header cell of a table whether it names a row or a column; none is empty."""
    for output in itertools.chain(*(cell.get("outputs", []) for cell in notebook.cells)):
        table = output.get("data", {}).get("text/html", "")
        head, mark, body = table.partition("</thead>")
        if mark:
            head = re.sub(r"<th>\s*</th>", "<td></td>", head)
            head = re.sub(r"<th(?=[ >])", '<th scope="col"', head)
            body = re.sub(r"<th>\s*</th>", "<td></td>", body)
            body = re.sub(r"<th(?=[ >])", '<th scope="row"', body)
            output.data["text/html"] = head + mark + body
    return notebook, resources


def link_pages(notebook, resources):
    """Leads from page to page, and lets wide code and tables scroll on a narrow screen."""
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            cell.source = re.sub(r"(\]\(\w+)\.ipynb(?=[)#])", r"\1.html", cell.source)
    notebook.cells[0].source += f"\n\n<style>{STYLE}</style>\n\n<script>{SCRIPT}</script>"
    return notebook, resources


c = get_config()  # noqa: F821, a name that Jupyter gives to its configuration files
c.HTMLExporter.preprocessors = [describe_figures, name_headers, link_pages]
