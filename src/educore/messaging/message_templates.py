"""Templates of the messages that the platform itself sends; their texts are in `wording.json`."""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from typing import NamedTuple


class RenderedMessage(NamedTuple):
    """A title and a text in one language."""

    title: str
    text: str


def render_message(name: str, language: str, **values: object) -> RenderedMessage:
    """Fill in a template: `render_message("lesson_reminder", "en", group="A1", minutes=15)`.

    A language that has no text for it gets the English one. Values are inserted as they are, never evaluated.
    """
    texts = _templates()[name]
    title, text = texts.get(language) or texts["en"]
    return RenderedMessage(title.format(**values), text.format(**values))


@cache
def _templates() -> dict[str, dict[str, tuple[str, str]]]:
    content = files(__package__).joinpath("wording.json").read_text(encoding="utf-8")
    templates: dict[str, dict[str, tuple[str, str]]] = json.loads(content)
    return templates
