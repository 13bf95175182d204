"""What the platform says to people by itself, in their language; the sentences stand in `wording.json`."""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files

Said = tuple[str, str]
"""A title and a message."""


def say(what: str, language: str, **values: object) -> Said:
    """The title and the message about something: `say("lesson_reminder", "en", group="A1", minutes=15)`.

    The sentences are ours, so that filling them in is safe whatever the values are.
    """
    sentences = _sentences()[what]
    title, message = sentences.get(language) or sentences["en"]
    return title.format(**values), message.format(**values)


@cache
def _sentences() -> dict[str, dict[str, Said]]:
    text = files(__package__).joinpath("wording.json").read_text(encoding="utf-8")
    sentences: dict[str, dict[str, Said]] = json.loads(text)
    return sentences
