"""The parts of questions as this document writes them: choices with flags, accepted texts, columns, and an order.

The domain keeps the parts of all kinds in rows (`educore.assessment.Choice`). `describe_parts` makes the fields of a
question from these rows, `build_parts` the rows from such fields; so what was shown can be sent back. Choices have
their position as id; the entries of the other lists are numbered from 1, and pairs and orders name these numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from pydantic_core import PydanticCustomError

from educore import Invalid, Problem
from educore.assessment import Choice, QuestionKind
from educore.values import is_storable

Form = Mapping[str, Any]
"""The fields of a question that say what its parts are."""

Row = dict[str, Any]

CHOICES = frozenset({QuestionKind.SINGLE_CHOICE, QuestionKind.MULTIPLE_CHOICE, QuestionKind.TRUE_FALSE})
"""The kinds of questions with choices."""

MOST_TEXTS, LONGEST_TEXT = 50, 500
"""The number of texts that a blank accepts, and the number of their characters."""

ACCEPTED_SCHEMA: Mapping[str, Any] = {
    "anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}, "minItems": 1}, {"type": "boolean"}]
}
"""The JSON schema of what a blank accepts."""

NOTHING: Form = {
    "choices": [],
    "correct_choices": [],
    "correct_answers": [],
    "left_items": [],
    "right_items": [],
    "correct_pairs": [],
    "items_to_order": [],
    "correct_order": [],
}
"""The fields of a question without parts."""

KEY_FIELDS = ("correct_choices", "correct_answers", "correct_pairs", "correct_order", "explanation", "case_sensitive")
"""The fields that tell the right answer, or how exactly it must be given."""

PLACES: Mapping[QuestionKind, str] = {
    QuestionKind.FILL_BLANKS: "correct_answers",
    QuestionKind.MATCHING: "left_items",
    QuestionKind.ORDERING: "items_to_order",
}
"""The field that an error about the parts of a question concerns; for the other kinds it is `choices`."""


def read_accepted(value: Any) -> bool | str | list[str]:
    """Return what a blank accepts: a text or several, or of TRUE_FALSE the right answer.

    Raises: PydanticCustomError("string_type"), ("string_too_long"), ("bad_characters").
    """
    if isinstance(value, bool):
        return value
    texts = value if isinstance(value, list) else [value]
    if not 0 < len(texts) <= MOST_TEXTS or not all(isinstance(text, str) for text in texts):
        raise PydanticCustomError("string_type", "Write text here.")
    if any(len(text) > LONGEST_TEXT for text in texts):
        raise PydanticCustomError("string_too_long", "Too long.", {"max_length": LONGEST_TEXT})
    if not all(map(is_storable, texts)):
        raise PydanticCustomError("bad_characters", "The text has characters that cannot be stored.")
    read = [text.strip() for text in texts]
    return read if isinstance(value, list) else read[0]


def describe_parts(kind: QuestionKind, choices: Iterable[Choice]) -> Row:
    """Return the fields of a question for its rows, with the key."""
    rows = sorted(choices, key=lambda choice: (choice.position, choice.id))
    if kind in CHOICES:
        shown = [describe_choice(row.position, row.text, is_correct=row.is_correct) for row in rows]
        return {**NOTHING, "choices": shown, "correct_choices": [row.position for row in rows if row.is_correct]}
    describe = _DESCRIPTIONS.get(kind)
    return {**NOTHING, **(describe(rows) if describe else {})}


def describe_choice(id: int | None, text: str, *, is_correct: bool | None) -> Row:
    """Return a choice of a question; `is_correct` is None for those who may not know."""
    return {"id": id, "text": text, "is_correct": is_correct, "choice_text": text}


def build_parts(kind: QuestionKind, form: Form, shown: Form = NOTHING) -> list[Row]:
    """Return the rows of a question for the fields that were sent. `shown` are those that it has.

    Two fields may say the same: of these the one that differs from what is shown counts.
    Raises: Invalid("names_contradict") where both differ, ("unknown_id") and ("named_twice") on numbers; ("missing").
    """
    build = _BUILDERS.get(kind)
    return build(kind, {**NOTHING, **shown, **form}, shown) if build else []


def find_changes(form: Form, shown: Form) -> Row:
    """Return the fields of a form that differ from those that are shown."""
    return {name: value for name, value in form.items() if _plain(value) != _plain(shown[name])}


def _plain(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return [_plain(entry) for entry in value]
    return {name: value.get(name) for name in ("id", "text", "is_correct")} if isinstance(value, dict) else value


def place_errors(kind: QuestionKind, error: Invalid) -> Invalid:
    """Return an error of the domain about the parts of a question with the fields that this document has for them."""
    place = PLACES.get(kind, "choices")
    return type(error)({_placed(path, place): found for path, found in error.fields.items()})


def _placed(path: str, place: str) -> str:
    name, _, rest = path.partition(".")
    number = rest.partition(".")[0]
    if name != "choices" or place == "choices":
        return path
    return place if place == "correct_answers" or not number else f"{place}.{number}"


def _describe_blanks(rows: Sequence[Choice]) -> Row:
    texts: dict[int, list[str]] = {}
    for row in rows:
        texts.setdefault(row.blank or 1, []).append(row.text)
    accepted = [texts[number] for number in sorted(texts)]
    is_plain = all(len(found) == 1 for found in accepted)
    return {"correct_answers": [found[0] for found in accepted] if is_plain else accepted}


def _describe_columns(rows: Sequence[Choice]) -> Row:
    lefts = [row for row in rows if row.text]
    rights = sorted((row for row in rows if row.match), key=lambda row: (row.place or 0, row.id))
    numbers = {row.id: number for number, row in enumerate(rights, 1)}
    return {
        "left_items": [row.text for row in lefts],
        "right_items": [row.match for row in rights],
        "correct_pairs": [[number, numbers[row.id]] for number, row in enumerate(lefts, 1) if row.id in numbers],
    }


def _describe_order(rows: Sequence[Choice]) -> Row:
    numbers = {row.id: number for number, row in enumerate(rows, 1)}
    ordered = sorted(rows, key=lambda row: (row.place or 0, row.id))
    return {"items_to_order": [row.text for row in rows], "correct_order": [numbers[row.id] for row in ordered]}


_DESCRIPTIONS: Mapping[QuestionKind, Callable[[Sequence[Choice]], Row]] = {
    QuestionKind.FILL_BLANKS: _describe_blanks,
    QuestionKind.MATCHING: _describe_columns,
    QuestionKind.ORDERING: _describe_order,
}


def _build_choices(kind: QuestionKind, form: Form, shown: Form) -> list[Row]:
    sent = list(form["choices"])
    if kind is QuestionKind.TRUE_FALSE and not sent:
        sent = [{"text": "True"}, {"text": "False"}]
    rows: list[Row] = [
        {"position": choice.get("id") or number, "text": choice.get("text") or ""}
        for number, choice in enumerate(sent, 1)
    ]
    _require_once("choices", [row["position"] for row in rows])
    flagged = [row["position"] for row, choice in zip(rows, sent, strict=True) if choice.get("is_correct")]
    correct = set(_correct_numbers(kind, form, shown, flagged))
    _require_known("correct_choices", correct, {row["position"] for row in rows})
    return [{**row, "is_correct": row["position"] in correct} for row in rows]


def _correct_numbers(kind: QuestionKind, form: Form, shown: Form, flagged: Sequence[int]) -> Sequence[int]:
    """Return the numbers of the right choices, which flags, a list of numbers, or true and false may say."""
    named: Sequence[int] = form["correct_choices"]
    if kind is QuestionKind.TRUE_FALSE and form["correct_answers"]:
        is_true = str(_first(form["correct_answers"][0])).strip().casefold() == "true"
        named = named or [1 if is_true else 2]
    before = set(shown["correct_choices"])
    if not flagged or set(named) == set(flagged):
        return named or flagged
    if not named or before and set(named) == before:
        return flagged
    if before and set(flagged) == before:
        return named
    raise Invalid.because("correct_choices", "names_contradict", other="choices")


def _build_blanks(kind: QuestionKind, form: Form, shown: Form) -> list[Row]:
    return [
        {"text": str(text), "blank": number}
        for number, texts in enumerate(form["correct_answers"], 1)
        for text in (texts if isinstance(texts, list) else [texts])
    ]


def _build_columns(kind: QuestionKind, form: Form, shown: Form) -> list[Row]:
    lefts, rights, pairs = form["left_items"], form["right_items"], form["correct_pairs"]
    for side, items in enumerate((lefts, rights)):
        numbers = [pair[side] for pair in pairs]
        _require_known("correct_pairs", numbers, range(1, len(items) + 1))
        _require_once("correct_pairs", numbers)
    partners = dict(pairs)
    if alone := [number for number in range(1, len(lefts) + 1) if number not in partners]:
        raise Invalid.because("correct_pairs", "pair_missing", number=alone[0])
    rows = [
        {"text": text, "match": rights[partners[number] - 1], "place": partners[number]}
        for number, text in enumerate(lefts, 1)
    ]
    used = set(partners.values())
    rows += [{"match": text, "place": number} for number, text in enumerate(rights, 1) if number not in used]
    return rows


def _build_order(kind: QuestionKind, form: Form, shown: Form) -> list[Row]:
    items, order = form["items_to_order"], form["correct_order"]
    _require_known("correct_order", order, range(1, len(items) + 1))
    _require_once("correct_order", order)
    if order and len(order) != len(items):
        raise Invalid.because("correct_order", "not_all", count=len(items))
    places = {number: place for place, number in enumerate(order, 1)}
    return [{"text": text, "place": places.get(number, number)} for number, text in enumerate(items, 1)]


_BUILDERS: Mapping[QuestionKind, Callable[[QuestionKind, Form, Form], list[Row]]] = {
    **dict.fromkeys(CHOICES, _build_choices),
    QuestionKind.FILL_BLANKS: _build_blanks,
    QuestionKind.MATCHING: _build_columns,
    QuestionKind.ORDERING: _build_order,
}


def _first(value: Any) -> Any:
    return value[0] if isinstance(value, list) and value else value


def _require_known(field: str, numbers: Iterable[int], known: Iterable[int]) -> None:
    present = set(known)
    if unknown := [number for number in numbers if number not in present]:
        raise Invalid({field: [Problem("unknown_id", {"id": unknown[0]})]})


def _require_once(field: str, numbers: Sequence[int]) -> None:
    if doubled := [number for number in numbers if numbers.count(number) > 1]:
        raise Invalid({field: [Problem("named_twice", {"id": doubled[0]})]})
