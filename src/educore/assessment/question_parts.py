"""The parts of questions: which choices each kind of question has, and how the key is written in them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from educore.assessment.entities import QuestionKind
from educore.kernel.errors import Invalid

MAX_PARTS = 50
"""The largest number of choices of a question."""

Part = Mapping[str, Any]


def part_rows(kind: QuestionKind, parts: Sequence[Part]) -> list[dict[str, Any]]:
    """Return the fields of the choices of a question, each with its position, after a check that they make a key.

    Parts are dictionaries with `text`, `match`, `blank`, `place` and `is_correct`, whichever the kind needs (see
    `Choice`). Without a `position` they stand in the order given; items to order without `place` are given in the right
    order.
    Raises: Invalid("few_parts", least) or ("too_many", most) on choices; ("one_correct"), ("some_correct"),
    ("no_choices"), ("blank_missing") on choices; ("missing") on `choices.<number>.text`; ("named_twice") on
    `choices.<number>.place`.
    """
    if len(parts) > MAX_PARTS:
        raise Invalid.because("choices", "too_many", most=MAX_PARTS)
    rows = [{"position": number, **part} for number, part in enumerate(parts, 1)]
    _CHECKS[kind](rows)
    return rows


def _check_one_correct(rows: list[dict[str, Any]]) -> None:
    _require_texts(rows, least=2)
    if sum(bool(row.get("is_correct")) for row in rows) != 1:
        raise Invalid.because("choices", "one_correct")


def _check_some_correct(rows: list[dict[str, Any]]) -> None:
    _require_texts(rows, least=2)
    if not any(row.get("is_correct") for row in rows):
        raise Invalid.because("choices", "some_correct")


def _check_true_false(rows: list[dict[str, Any]]) -> None:
    if len(rows) > 2:
        raise Invalid.because("choices", "too_many", most=2)
    _check_one_correct(rows)


def _check_blanks(rows: list[dict[str, Any]]) -> None:
    _require_texts(rows, least=1)
    for row in rows:
        row.setdefault("blank", 1)
        row["is_correct"] = True
    numbers = {row["blank"] for row in rows}
    if missing := set(range(1, max(numbers) + 1)) - numbers:
        raise Invalid.because("choices", "blank_missing", number=min(missing))


def _check_no_parts(rows: list[dict[str, Any]]) -> None:
    if rows:
        raise Invalid.because("choices", "no_choices")


def _check_matching(rows: list[dict[str, Any]]) -> None:
    lefts = [row for row in rows if row.get("text")]
    if len(lefts) < 2:
        raise Invalid.because("choices", "few_parts", least=2)
    for number, row in enumerate(rows):
        if not row.get("match"):
            raise Invalid.because(f"choices.{number}.match", "missing")
    _number_places(rows)


def _check_ordering(rows: list[dict[str, Any]]) -> None:
    _require_texts(rows, least=2)
    _number_places(rows)


def _number_places(rows: list[dict[str, Any]]) -> None:
    """Give each part a place of its own; those without one stand in the order given."""
    if not any(row.get("place") for row in rows):
        for place, row in enumerate(rows, 1):
            row["place"] = place
    places = [row.get("place") for row in rows]
    for number, wanted in enumerate(places):
        if wanted is None:
            raise Invalid.because(f"choices.{number}.place", "missing")
        if wanted in places[:number]:
            raise Invalid.because(f"choices.{number}.place", "named_twice", id=wanted)


def _require_texts(rows: Sequence[Part], *, least: int) -> None:
    if len(rows) < least:
        raise Invalid.because("choices", "few_parts", least=least)
    for number, row in enumerate(rows):
        if not str(row.get("text") or "").strip():
            raise Invalid.because(f"choices.{number}.text", "missing")


_CHECKS: Mapping[QuestionKind, Callable[[list[dict[str, Any]]], None]] = {
    QuestionKind.SINGLE_CHOICE: _check_one_correct,
    QuestionKind.MULTIPLE_CHOICE: _check_some_correct,
    QuestionKind.TRUE_FALSE: _check_true_false,
    QuestionKind.FILL_BLANKS: _check_blanks,
    QuestionKind.SHORT_TEXT: _check_no_parts,
    QuestionKind.LONG_TEXT: _check_no_parts,
    QuestionKind.MATCHING: _check_matching,
    QuestionKind.ORDERING: _check_ordering,
}
