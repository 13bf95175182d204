"""Errors are data: a code and its parameters. Their text is a sentence, and they can be copied and pickled."""

from __future__ import annotations

import copy
import importlib
import pickle
import pkgutil
from collections.abc import Callable, Iterator
from typing import Annotated, Any

import pytest
from pydantic import Field, TypeAdapter, ValidationError

import educore
import educore_web
from educore import (
    EDUCATION,
    Conflict,
    Context,
    Domain,
    EducoreError,
    Forbidden,
    Invalid,
    NotFound,
    Problem,
    TooManyAttempts,
    Unauthenticated,
    Unavailable,
    Undelivered,
)
from educore.groups import Group
from educore.translation import EDUCORE_SENTENCES, LANGUAGES
from educore.values import Line, Name
from educore_web.rest.problems import RequestBodyInvalid
from educore_web.rest.request import BodyTooLarge
from support.library_domain import Book


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (EducoreError(), "error"),
        (NotFound(kind="Group", id=3), "not_found"),
        (Forbidden(), "forbidden"),
        (Forbidden("blocked"), "blocked"),
        (Unauthenticated(), "unauthenticated"),
        (Unauthenticated("token_expired"), "token_expired"),
        (TooManyAttempts(retry_after=3), "too_many_attempts"),
        (Unavailable(), "unavailable"),
        (Invalid({}), "invalid"),
        (Conflict({}), "conflict"),
    ],
)
def test_every_error_has_a_stable_code(error: EducoreError, code: str) -> None:
    assert error.code == code


def test_the_numbers_behind_an_error_are_kept() -> None:
    assert NotFound(kind="Group", id=3).params == {"kind": "Group", "id": 3}


def test_an_invalid_names_fields_and_codes() -> None:
    error = Invalid.because("capacity", "too_small", least=3)
    assert error.fields == {"capacity": [Problem("too_small", {"least": 3})]}
    assert repr(error) == "Invalid('invalid', {'capacity': ['too_small']})"


# -- copies --------------------------------------------------------------------------------------------


def subclasses(cls: type[Any]) -> Iterator[type[Any]]:
    yield cls
    for sub in cls.__subclasses__():
        yield from subclasses(sub)


def error_classes() -> list[type[EducoreError]]:
    """Return all error classes of educore and educore_web."""
    for package in (educore, educore_web):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if "migrations" not in module.name and not module.name.endswith("__main__"):
                importlib.import_module(module.name)
    found = subclasses(EducoreError)
    return [cls for cls in found if cls.__module__.partition(".")[0] in ("educore", "educore_web")]


def examples(cls: type[EducoreError]) -> list[EducoreError]:
    """Return errors of a class as they are raised: with parameters, with a code of their own, with fields."""
    if not issubclass(cls, Invalid):
        return [cls(), cls("blocked"), cls(kind="Group", id=3)]
    whole = cls.because("", "group_full", capacity=12)
    return [cls({}), whole, cls.because("name", "taken").prefixed("account")]


COPIES: dict[str, Callable[[Any], Any]] = {
    "copied": copy.copy,
    "copied deeply": copy.deepcopy,
    "pickled": lambda error: pickle.loads(pickle.dumps(error)),  # noqa: S301 - our own bytes
    "pickled as of old": lambda error: pickle.loads(pickle.dumps(error, protocol=2)),  # noqa: S301
}


@pytest.mark.parametrize("way", COPIES)
def test_an_error_is_the_same_after_it_was_copied_or_pickled(way: str) -> None:
    classes = error_classes()
    assert {NotFound, Conflict, RequestBodyInvalid, BodyTooLarge} <= {*classes}
    for error in (error for cls in classes for error in examples(cls)):
        error.add_note("in the worker")
        other = COPIES[way](error)
        assert type(other) is type(error)
        assert other is not error
        assert vars(other) == vars(error)
        assert (str(other), repr(other), other.args) == (str(error), repr(error), error.args)
        assert other.__notes__ == ["in the worker"]


def test_an_undelivered_message_can_be_pickled_too() -> None:
    error = COPIES["pickled"](Undelivered("no such number", is_permanent=True))
    assert (str(error), error.reason, error.is_permanent) == ("no such number", "no such number", True)


# -- sentences -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (NotFound(kind="Group", id=3), "Not found (kind='Group', id=3)"),
        (Unauthenticated("blocked"), "This account is blocked."),
        (TooManyAttempts(retry_after=3), "Too many attempts; try again in 3 seconds."),
        (Forbidden("no_such_code", id=3), "This value is not valid. (no_such_code, id=3)"),
        (Invalid({}), "This value is not valid."),
        (Conflict({}), "This conflicts with the present state."),
        (Conflict.because("", "unknown_id", id=7), "Nothing with the id 7 exists here."),
        (
            Invalid({"name": [Problem("missing")], "marks.1.score": [Problem("less_than_equal", {"le": 5})]}),
            "name: This field is required.\nmarks.1.score: Write 5 or less.",
        ),
    ],
)
def test_the_text_of_an_error_is_a_sentence_with_its_parameters(error: EducoreError, text: str) -> None:
    assert str(error) == text


def test_every_error_has_a_sentence_in_every_language() -> None:
    for cls in error_classes():
        assert cls.code in EDUCORE_SENTENCES, cls
        for error in examples(cls):
            sentences = {error.translate(language) for language in LANGUAGES}
            assert len(sentences) == len(LANGUAGES), sentences


def test_an_error_is_told_in_another_language() -> None:
    error = Invalid({"name": [Problem("missing")], "": [Problem("group_full", {"capacity": 12})]})
    first, second = error.translate("ru").split("\n")
    assert first == f"name: {Problem('missing').translate('ru')}"
    assert "12" in second


# -- sentences of other domains ------------------------------------------------------------------------

TAKEN = {"en": "The locker {number} is taken.", "ru": "Шкафчик {number} занят."}


def domain_with(**sentences: Any) -> Domain:
    return EDUCATION.extend(Context("lockers", sentences=sentences))


def test_a_context_adds_sentences_for_its_codes() -> None:
    sentences = domain_with(locker_taken=TAKEN).sentences
    error = Conflict.because("number", "locker_taken", number="A1")
    assert error.translate(sentences=sentences) == "number: The locker A1 is taken."
    assert error.translate("ru", sentences=sentences) == "number: Шкафчик A1 занят."
    assert error.translate("uz", sentences=sentences) == "number: The locker A1 is taken."
    assert error.translate("ru") == f"number: {Problem('invalid').translate('ru')}"
    assert Forbidden("locker_taken", number="A1").translate(sentences=sentences) == "The locker A1 is taken."
    assert Problem("group_full", {"capacity": 3}).translate(sentences=sentences).startswith("All 3 places")


@pytest.mark.parametrize(
    ("sentences", "reason"),
    [
        ({"group_full": TAKEN}, "'group_full' has a sentence in educore"),
        ({"locker_taken": {"ru": "Занят."}}, "'locker_taken' has no English sentence"),
        ({"locker_taken": {**TAKEN, "rus": "Занят."}}, "unknown language 'rus'"),
        ({"locker_taken": {**TAKEN, "ru": "Шкафчик {nomer} занят."}}, "other placeholders in 'ru'"),
    ],
)
def test_a_sentence_that_cannot_be_used_is_refused(sentences: dict[str, dict[str, str]], reason: str) -> None:
    domain_with(locker_taken=TAKEN)
    with pytest.raises(TypeError, match=reason):
        domain_with(**sentences)


def test_two_contexts_cannot_have_a_sentence_for_one_code() -> None:
    other = Context("cupboards", sentences={"locker_taken": TAKEN})
    assert "locker_taken" in EDUCATION.extend(other).sentences
    with pytest.raises(TypeError, match="locker_taken"):
        domain_with(locker_taken=TAKEN).extend(other)


# -- what pydantic found -------------------------------------------------------------------------------


def test_problems_can_be_put_one_level_deeper() -> None:
    deeper = Conflict({"username": [Problem("taken")], "": [Problem("odd")]}).prefixed("account")
    assert isinstance(deeper, Conflict)
    assert set(deeper.fields) == {"account.username", "account"}


def pydantic_error(**fields: object) -> ValidationError:
    with pytest.raises(ValidationError) as refused:
        Book.model_validate(fields)
    return refused.value


def test_what_pydantic_found_is_told_by_field_with_its_code() -> None:
    error = Invalid.from_pydantic(pydantic_error(id=1, title="", pages="many"))
    assert {path: [p.code for p in problems] for path, problems in error.fields.items()} == {
        "created_at": ["missing"],
        "updated_at": ["missing"],
        "library_id": ["missing"],
        "title": ["string_too_short"],
        "pages": ["int_parsing"],
    }


def test_the_limits_of_a_field_are_told() -> None:
    assert Invalid.from_pydantic(pydantic_error(title="")).fields["title"][0].params == {"min_length": 1}


@pytest.mark.parametrize(
    ("kind", "value", "code"),
    [
        (Annotated[Name, Field(max_length=3)], "four", "string_too_long"),
        (Annotated[Line, Field(min_length=2)], "1", "string_too_short"),
        (Annotated[list[int], Field(max_length=1)], [1, 2], "too_long"),
    ],
)
def test_a_text_is_measured_in_characters_also_by_a_second_limit(kind: Any, value: object, code: str) -> None:
    with pytest.raises(ValidationError) as refused:
        TypeAdapter(kind).validate_python(value)
    assert [problem.code for problem in Invalid.from_pydantic(refused.value).fields[""]] == [code]


def test_what_somebody_typed_is_not_repeated() -> None:
    assert "hunter2" not in repr(Invalid.from_pydantic(pydantic_error(pages="hunter2")).fields)


def test_a_rule_over_the_whole_names_the_field_it_is_about() -> None:
    with pytest.raises(ValidationError) as refused:
        Group.model_validate(
            {
                "id": 1,
                "created_at": 0,
                "updated_at": 0,
                "center_id": 1,
                "branch_id": 1,
                "course_id": 1,
                "name": "A",
                "start_date": "2024-02-01",
                "end_date": "2024-01-01",
            }
        )
    assert Invalid.from_pydantic(refused.value).fields == {"end_date": [Problem("ends_before_start")]}
