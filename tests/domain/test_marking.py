"""Marking: which answers get the points of a question, and that nothing else ever does."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from educore.assessment import Answer, Choice, Given, Question, QuestionKind, mark
from educore.assessment.marking import percent_of, points_after_penalty

NOW = datetime(2024, 1, 1, tzinfo=UTC)
KINDS = QuestionKind


def question(kind: QuestionKind, **fields: Any) -> Question:
    given = {"id": 1, "center_id": 1, "assessment_id": 1, "text": "?", "points": Decimal(5)}
    return Question(**given, kind=kind, created_at=NOW, updated_at=NOW, **fields)


def choices(*parts: dict[str, Any]) -> list[Choice]:
    """Choices with the ids 1, 2, 3 ..."""
    return [Choice(id=n, center_id=1, question_id=1, position=n, **part) for n, part in enumerate(parts, 1)]


def answer(**content: Any) -> Answer:
    return Answer(id=1, center_id=1, attempt_id=1, question_id=1, position=1, **content)


NUMBERS = choices({"text": "3"}, {"text": "4", "is_correct": True}, {"text": "5"})
TWO_RIGHT = choices({"text": "2", "is_correct": True}, {"text": "4"}, {"text": "3", "is_correct": True})
BLANKS = choices({"text": "Paris", "blank": 1}, {"text": "1789", "blank": 2}, {"text": "mdcclxxxix", "blank": 2})
PAIRS = choices({"text": "1", "match": "one"}, {"text": "2", "match": "two"}, {"match": "three"})
SAME_PARTNERS = choices({"text": "cat", "match": "animal"}, {"text": "dog", "match": "animal"})
ORDER = choices({"text": "second", "place": 2}, {"text": "third", "place": 3}, {"text": "first", "place": 1})

TABLE = [
    (KINDS.SINGLE_CHOICE, NUMBERS, {"choice_id": 2}, 5),
    (KINDS.SINGLE_CHOICE, NUMBERS, {"choice_id": 1}, 0),
    (KINDS.TRUE_FALSE, NUMBERS[:2], {"choice_id": 2}, 5),
    (KINDS.TRUE_FALSE, NUMBERS[:2], {"choice_id": 1}, 0),
    (KINDS.MULTIPLE_CHOICE, TWO_RIGHT, {"given": Given(choices=(3, 1))}, 5),
    (KINDS.MULTIPLE_CHOICE, TWO_RIGHT, {"given": Given(choices=(1,))}, 0),
    (KINDS.MULTIPLE_CHOICE, TWO_RIGHT, {"given": Given(choices=(1, 2, 3))}, 0),
    (KINDS.FILL_BLANKS, BLANKS, {"given": Given(blanks=(" paris ", "MDCCLXXXIX"))}, 5),
    (KINDS.FILL_BLANKS, BLANKS, {"given": Given(blanks=("Paris", "1790"))}, 0),
    (KINDS.FILL_BLANKS, BLANKS, {"given": Given(blanks=("Paris",))}, 0),
    (KINDS.MATCHING, PAIRS, {"given": Given(pairs=((2, 2), (1, 1)))}, 5),
    (KINDS.MATCHING, PAIRS, {"given": Given(pairs=((1, 1),))}, 0),
    (KINDS.MATCHING, PAIRS, {"given": Given(pairs=((1, 1), (2, 3)))}, 0),
    (KINDS.MATCHING, SAME_PARTNERS, {"given": Given(pairs=((1, 2), (2, 1)))}, 5),
    (KINDS.ORDERING, ORDER, {"given": Given(order=(3, 1, 2))}, 5),
    (KINDS.ORDERING, ORDER, {"given": Given(order=(3, 2, 1))}, 0),
    (KINDS.SHORT_TEXT, [], {"text": "Because."}, None),
    (KINDS.LONG_TEXT, [], {"text": "Because."}, None),
]


@pytest.mark.parametrize(("kind", "parts", "content", "points"), TABLE)
def test_an_answer_gets_all_points_or_none(
    kind: QuestionKind, parts: list[Choice], content: dict[str, Any], points: int | None
) -> None:
    assert mark(question(kind), parts, answer(**content)) == points


@pytest.mark.parametrize("kind", KINDS)
def test_no_answer_gets_no_points_whatever_the_kind(kind: QuestionKind) -> None:
    for nothing in ({}, {"text": "  "}, {"given": Given()}, {"given": Given(blanks=("", " "))}):
        assert mark(question(kind), ORDER, answer(**nothing)) == 0


def test_case_counts_where_the_question_says_so() -> None:
    exact = question(KINDS.FILL_BLANKS, case_sensitive=True)
    assert mark(exact, BLANKS, answer(given=Given(blanks=("paris", "1789")))) == 0
    assert mark(exact, BLANKS, answer(given=Given(blanks=("Paris", "1789")))) == 5


def test_letters_count_in_every_spelling_of_unicode() -> None:
    accepted = choices({"text": "Élysée  palace"})
    spelled = answer(given=Given(blanks=("e\u0301lyse\u0301e palace",)))
    assert mark(question(KINDS.FILL_BLANKS), accepted, spelled) == 5


ids = st.integers(1, 5)
contents = st.one_of(
    st.builds(lambda id: {"choice_id": id}, ids),
    st.builds(lambda text: {"text": text}, st.text("ab ", max_size=5)),
    st.builds(
        lambda **given: {"given": Given(**given)},
        choices=st.lists(ids, max_size=4).map(tuple),
        blanks=st.lists(st.sampled_from(["Paris", "1789", ""]), max_size=3).map(tuple),
        pairs=st.lists(st.tuples(ids, ids), max_size=4).map(tuple),
        order=st.lists(ids, max_size=4).map(tuple),
    ),
)


@given(kind=st.sampled_from(KINDS), parts=st.sampled_from([NUMBERS, TWO_RIGHT, BLANKS, PAIRS, ORDER, []]), got=contents)
def test_points_are_all_none_or_those_of_a_person(kind: QuestionKind, parts: list[Choice], got: dict[str, Any]) -> None:
    points = mark(question(kind), parts, answer(**got))
    assert points in (None, 0, 5)
    assert points is not None or kind in (KINDS.SHORT_TEXT, KINDS.LONG_TEXT)


def test_scores_are_rounded_half_up() -> None:
    assert points_after_penalty(Decimal(85), penalty=Decimal(15)) == Decimal("72.25")
    assert percent_of(Decimal(85), Decimal(100)) == 85
    assert percent_of(Decimal(1), Decimal(800)) == Decimal("0.13")
    assert percent_of(Decimal(1), Decimal(0)) == 0
