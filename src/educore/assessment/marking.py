"""Marking by the platform: an answer gets all points of its question or none, or waits for a person.

`mark` is a pure function over a question, its choices and an answer that `answer_contents` has accepted. Points are
decimals with two places, rounded half up.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from decimal import ROUND_HALF_UP, Decimal

from educore.assessment.entities import Answer, Choice, Given, Question, QuestionKind

MARKED_BY_A_PERSON = frozenset({QuestionKind.SHORT_TEXT, QuestionKind.LONG_TEXT})
"""The kinds of questions that no program judges."""

NOTHING_GIVEN = Given.model_construct()  # a validator would be built at import
HUNDREDTH = Decimal("0.01")


def mark(question: Question, choices: Sequence[Choice], answer: Answer) -> Decimal | None:
    """Return the points of an answer; None for a text that a person must mark. No answer gets no points."""
    if not is_answered(answer):
        return Decimal(0)
    if question.kind in MARKED_BY_A_PERSON:
        return None
    return question.points if _is_right(question, choices, answer) else Decimal(0)


def is_answered(answer: Answer) -> bool:
    """Return whether a student answered at all; an empty text or list is no answer."""
    given = answer.given or NOTHING_GIVEN
    texts = (answer.text or "", *given.blanks)
    return bool(answer.choice_id or given.choices or given.pairs or given.order or any(map(str.strip, texts)))


def _is_right(question: Question, choices: Sequence[Choice], answer: Answer) -> bool:
    given = answer.given or NOTHING_GIVEN
    match question.kind:
        case QuestionKind.SINGLE_CHOICE | QuestionKind.TRUE_FALSE:
            return answer.choice_id in _correct_ids(choices)
        case QuestionKind.MULTIPLE_CHOICE:
            return set(given.choices) == _correct_ids(choices)
        case QuestionKind.FILL_BLANKS:
            return _fills_every_blank(choices, given.blanks, is_exact=question.case_sensitive)
        case QuestionKind.MATCHING:
            return _matches(choices, given.pairs)
        case QuestionKind.ORDERING:
            return list(given.order) == right_order(choices)
    raise ValueError(question.kind)


def right_order(choices: Iterable[Choice]) -> list[int]:
    """Return the ids of items in their right order."""
    return [choice.id for choice in sorted(choices, key=lambda choice: (choice.place or 0, choice.id))]


def _correct_ids(choices: Iterable[Choice]) -> set[int]:
    return {choice.id for choice in choices if choice.is_correct}


def _fills_every_blank(choices: Iterable[Choice], blanks: Sequence[str], *, is_exact: bool) -> bool:
    """Return whether each blank holds one of the texts that are accepted in it."""
    accepted: dict[int, set[str]] = {}
    for choice in choices:
        accepted.setdefault(choice.blank or 1, set()).add(comparable(choice.text, is_exact=is_exact))
    filled = {number: comparable(text, is_exact=is_exact) for number, text in enumerate(blanks, 1)}
    return filled.keys() == accepted.keys() and all(filled[number] in texts for number, texts in accepted.items())


def comparable(text: str, *, is_exact: bool) -> str:
    """Return a text as it is compared: composed (NFC), with single blanks, in one case unless it must be exact."""
    text = " ".join(unicodedata.normalize("NFC", text).split())
    return text if is_exact else unicodedata.normalize("NFC", text.casefold())


def _matches(choices: Iterable[Choice], pairs: Iterable[tuple[int, int]]) -> bool:
    """Return whether each text of the left column has a partner with the right text, also where two are alike."""
    partners = {choice.id: choice.match for choice in choices}
    lefts = {choice.id for choice in choices if choice.text}
    found = dict(pairs)
    return found.keys() == lefts and all(partners[left] == partners.get(right) for left, right in found.items())


def round_points(points: Decimal) -> Decimal:
    """Return points with two decimals, half up."""
    return points.quantize(HUNDREDTH, ROUND_HALF_UP)


def points_after_penalty(raw: Decimal, *, penalty: Decimal) -> Decimal:
    """Return what is left of points after a penalty in percent: 85 less 15 % is 72.25."""
    return round_points(raw * (100 - penalty) / 100)


def percent_of(points: Decimal, most: Decimal) -> Decimal:
    """Return the share of points in percent with two decimals, half up; 0 where there are none, at most 100."""
    return min(round_points(100 * points / most), Decimal(100)) if most else Decimal(0)
