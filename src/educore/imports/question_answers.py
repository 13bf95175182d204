"""The answers of a question as the text of one cell, and back: `Rabat | *Paris`, `1: Paris | 2: 1789`, `one = 1`.

Answers are separated by bars or lines. A star marks what is right; a number before a colon is that of a blank; an
equals sign stands between partners; items to order stand in the right order. A backslash takes the meaning from the
sign behind it, so that whatever was exported is read again as it was. Tests: test_question_tables.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from educore.assessment.entities import Choice, QuestionKind

CHOSEN = (QuestionKind.SINGLE_CHOICE, QuestionKind.MULTIPLE_CHOICE, QuestionKind.TRUE_FALSE)
ENTRY = re.compile(r"(?:\\.|[^|\n\\])+", re.DOTALL)
PARTNERS = re.compile(r"((?:\\.|[^=\\])*)=(.*)", re.DOTALL)
BLANK = re.compile(r"(\d{1,3})\s*:(.*)", re.DOTALL | re.ASCII)
SIGNS = re.compile(r"([\\|*=:\n])")


def read_answers(kind: QuestionKind, text: str) -> list[dict[str, Any]]:
    """Return the parts of a question as `add_question` takes them."""
    entries = [entry.strip() for entry in ENTRY.findall(text) if entry.strip()]
    return [_READERS.get(kind, _read_text)(number, entry) for number, entry in enumerate(entries, 1)]


def write_answers(kind: QuestionKind, choices: Iterable[Choice]) -> str:
    """Return the text of the live choices of a question."""
    live = [choice for choice in choices if choice.retired_at is None]
    if kind is QuestionKind.ORDERING:
        live.sort(key=lambda choice: choice.place or 0)
    return " | ".join(_WRITERS.get(kind, _write_text)(choice) for choice in live)


def _read_text(number: int, entry: str) -> dict[str, Any]:
    return {"text": _plain(entry)}


def _read_choice(number: int, entry: str) -> dict[str, Any]:
    return {"text": _plain(entry.removeprefix("*")), "is_correct": entry.startswith("*")}


def _read_blank(number: int, entry: str) -> dict[str, Any]:
    if found := BLANK.fullmatch(entry):
        return {"blank": int(found[1]), "text": _plain(found[2])}
    return {"blank": number, "text": _plain(entry)}


def _read_pair(number: int, entry: str) -> dict[str, Any]:
    if found := PARTNERS.fullmatch(entry):
        return {"text": _plain(found[1]), "match": _plain(found[2]) or None}
    return {"text": _plain(entry), "match": None}


def _write_text(choice: Choice) -> str:
    return _marked(choice.text)


def _write_choice(choice: Choice) -> str:
    return f"{'*' if choice.is_correct else ''}{_marked(choice.text)}"


def _write_blank(choice: Choice) -> str:
    return f"{choice.blank or 1}: {_marked(choice.text)}"


def _write_pair(choice: Choice) -> str:
    return f"{_marked(choice.text)} = {_marked(choice.match or '')}".strip()


def _plain(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text.strip(), flags=re.DOTALL)


def _marked(text: str) -> str:
    return SIGNS.sub(r"\\\1", text)


_READERS: Mapping[QuestionKind, Callable[[int, str], dict[str, Any]]] = {
    **dict.fromkeys(CHOSEN, _read_choice),
    QuestionKind.FILL_BLANKS: _read_blank,
    QuestionKind.MATCHING: _read_pair,
}
_WRITERS: Mapping[QuestionKind, Callable[[Choice], str]] = {
    **dict.fromkeys(CHOSEN, _write_choice),
    QuestionKind.FILL_BLANKS: _write_blank,
    QuestionKind.MATCHING: _write_pair,
}


def group_by_question(choices: Sequence[Choice]) -> dict[int, list[Choice]]:
    """Return choices by the id of their question."""
    grouped: dict[int, list[Choice]] = {}
    for choice in choices:
        grouped.setdefault(choice.question_id, []).append(choice)
    return grouped
