"""The language of the sentences that a student meets: English, or one that has a catalogue.

The package's code is in English throughout. Where a sentence is shown, `translated` looks for it
in the catalogue, whose entries have numbers in braces for what changes: "the loss is {0}, not
{1}." matches "the loss is 0.2, not 0.3.", and what stands in for a number is looked for in turn.
"""

import functools
import os
import re
from pathlib import Path

import polib

CATALOGUES = Path(__file__).parents[1] / "translations"  # one file a language, of `make vietnamese`
LANGUAGES = ("en", *sorted(path.stem for path in CATALOGUES.glob("*.po")))
# A notebook's kernel starts in its folder: that of the Vietnamese edition is `vi`.
chosen = os.environ.get("LENET_LANGUAGE") or (Path("index.ipynb").exists() and Path.cwd().name)


def use(language):
    """Turns all sentences from now on."""
    global chosen
    chosen = language


def translated(text):
    """Returns a text in the language that is set; what no catalogue has stays as it is."""
    if chosen not in LANGUAGES[1:] or not isinstance(text, str):
        return text
    sentences, patterns = _catalogue(chosen)
    if text in sentences:
        return sentences[text]
    for pattern, sentence in patterns:
        if match := pattern.fullmatch(text):
            return sentence.format(*map(translated, match.groups()))
    return text


@functools.cache
def _catalogue(language):
    """Returns the sentences of a catalogue as they are, and the patterns of those that change."""
    entries = polib.pofile(CATALOGUES / f"{language}.po").translated_entries()
    sentences = {e.msgid: e.msgstr for e in entries if "python-brace-format" not in e.flags}
    changing = [e for e in entries if "python-brace-format" in e.flags]
    # First those that begin with words, such as "Not yet: {0}", and of these what says most.
    changing.sort(key=lambda e: (e.msgid[0] == "{", -len(re.sub(r"\{\d+\}", "", e.msgid))))
    patterns = []
    for entry in changing:
        parts = re.split(r"\{\d+\}", entry.msgid)
        parts = [re.escape(part.replace("{{", "{").replace("}}", "}")) for part in parts]
        patterns.append((re.compile("(.*?)".join(parts), re.DOTALL), entry.msgstr))
    return sentences, patterns
