"""Texts people write: a line is one line, and nothing stands in a text that nobody sees."""

from __future__ import annotations

import re
import unicodedata
from contextlib import suppress
from typing import Annotated, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from educore import EDUCATION, Entity
from educore.groups import Group
from educore.kernel.entity import Hidden, StoredFile, is_marked, marks, value_type
from educore.kernel.plain_texts import are_stored_as_given
from educore.values import APOSTROPHES, PlainText, UnseenCharacters, compose_text, fold_text
from support.parametrize import each

LINE, TEXT, ADDRESS, COPY = PlainText(), PlainText("keep"), PlainText("refuse"), PlainText(is_copy=True)
SEEN = ["Karim", "O‘g‘iloy", "Иван Иванов", "👩‍🏫 Club", "مدرسة", "a\u200fb", "100\u00a0000", ""]
UNSEEN = [*map(chr, range(1, 9)), *map(chr, range(14, 32)), "\x7f", "\x9b", "\u202e", "\u202a", "\u2066", "\u2069"]
BREAKS = ["\n", "\r\n", "\r", "\t", "\v", "\f", "\x85", "\u2028", "\u2029", "\n\n\t"]

MADE_BY_THE_PROGRAM = {
    *("SignIn.host", "PasswordAttempts.person", "PasswordAttempts.host", "OneTimeCode.host"),
    *("NumberSeries.purpose", "AnsweredRequest.fingerprint", "RewardEntry.key", "Leaderboard.scope"),
    *("AnsweredRequest.answer", "Notification.key", "Delivery.address", "Job.name", "Job.payload", "Job.key"),
    *("ImportedRow.before", "ImportedRow.after", "AuditHead.digest", "AuditHead.seal", "AuditEntry.row_name"),
    *("AuditEntry.names", "SignIn.host", "PasswordAttempts.person", "PasswordAttempts.host"),
    *(f"AuditEntry.{name}" for name in ("actor_name", "actor_role", "kind", "before", "after", "digest")),
}
"""Texts that nobody writes, and such as hold JSON."""


@each("mark", [LINE, TEXT, ADDRESS, COPY])
@each("text", SEEN)
def test_what_can_be_seen_stays(mark: PlainText, text: str) -> None:
    assert mark.normalize(text) == text


@each("mark", [LINE, TEXT, ADDRESS, COPY])
def test_a_text_is_stored_composed_and_with_its_own_apostrophes(mark: PlainText) -> None:
    assert mark.normalize("Cafe\u0301") == "Café"
    assert mark.normalize(APOSTROPHES) == APOSTROPHES


@given(st.lists(st.sampled_from(["Yo", "l", "д", "é", "e\u0301", "'", *APOSTROPHES])).map("".join))
def test_a_text_is_searched_in_any_case_and_with_any_apostrophe(text: str) -> None:
    composed = compose_text(text)
    for apostrophe in ("'", *APOSTROPHES):
        typed = re.sub(f"['{APOSTROPHES}]", apostrophe, composed)
        assert fold_text(typed) == fold_text(composed) == fold_text(fold_text(composed)) == fold_text(typed.upper())
        assert are_stored_as_given(Group, [{"name": text}]) == (text == composed)


@each("sign", UNSEEN)
def test_what_cannot_be_seen_is_refused_and_in_a_copy_a_space(sign: str) -> None:
    for mark in (LINE, TEXT, ADDRESS):
        with pytest.raises(UnseenCharacters):
            mark.normalize(f"a{sign}b")
    assert COPY.normalize(f"a{sign}b") == "a b"


@each("sign", BREAKS)
def test_a_line_is_one_line(sign: str) -> None:
    assert LINE.normalize(f"a{sign}b") == COPY.normalize(f"a{sign}b") == "a b"
    assert TEXT.normalize(f"a{sign}b") == f"a{sign}b"
    with pytest.raises(UnseenCharacters):
        ADDRESS.normalize(f"a{sign}b")


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_what_was_written_once_is_written_again_unchanged(text: str) -> None:
    for mark in (LINE, TEXT, ADDRESS, COPY):
        try:
            written = mark.normalize(text)
        except UnseenCharacters:
            continue
        assert mark.normalize(written) == written
        left = {sign for sign in written if unicodedata.category(sign) == "Cc"} - {"\0"}
        assert left <= set("".join(BREAKS) if mark is TEXT else "")


NEARLY_GOOD = [
    *(
        "abc{}de1",
        "2024{}-01",
        "2024-{}01",
        "U{}TC",
        "U{}S",
        "UZ{}",
        "a@b{}.com",
        "a{}@b.com",
        "+9989{}01112233",
        "mon{}wed",
    )
]


@each("kind, field", [(kind, name) for kind in EDUCATION.kinds.values() for name in kind.model_fields])
def test_every_text_of_every_entity_says_what_it_is(kind: type[Entity], field: str) -> None:
    """A new text needs a type from `educore.values`, or a rule of its own that lets no such sign in."""
    is_internal = is_marked(kind, field, Hidden) or is_marked(kind, field, StoredFile)
    if value_type(kind, field)[0] is not str or is_internal or f"{kind.__name__}.{field}" in MADE_BY_THE_PROGRAM:
        return
    if any(isinstance(mark, PlainText) for mark in marks(kind, field)):
        return
    info = kind.model_fields[field]
    reader: TypeAdapter[Any] = TypeAdapter(
        Annotated[(info.annotation, *info.metadata)] if info.metadata else info.annotation
    )
    for sign in ("\x1b", "\n", "\r", "\u202e"):
        for text in NEARLY_GOOD:
            with suppress(ValidationError):
                assert sign not in (reader.validate_python(text.format(sign)) or "")
