"""An API has a word for every member of an enumeration that it shows, or says which members it never shows."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from typing import Annotated, Any

import pytest
from pydantic import BaseModel

from educore import EDUCATION, Educore, MemoryStore, Shape, memory_ports
from educore.kernel import OnlyMembers, compile_shape, value_type
from educore.people import Student, StudentStatus
from educore_web.apis.center_crm import SPEC
from educore_web.apis.edumaster.words import ROLES
from educore_web.app import APIS
from educore_web.rest.application import Api
from educore_web.rest.operation import Operation
from educore_web.rest.threads import Threads

OPERATIONS = [operation for _, operations in APIS.values() for operation in operations]
OF_CENTERS = [operation for name in ("center_crm", "edumaster") for operation in APIS[name][1]]
"""Madrasti leaves rows out by its memberships instead: it speaks to nobody for whom it has no word."""


class FewWords(StrEnum):
    """Words without one for graduates."""

    ACTIVE = "studies"
    INACTIVE = "pauses"
    BLOCKED = "is blocked"


class StudentOut(Shape, of=Student):
    """A student in few words."""

    id: int
    status: FewWords


class Page(BaseModel):
    """Some students in an object."""

    best: StudentOut | None
    others: list[StudentOut]


class DeclaredOut(StudentOut, of=Student):
    """A student who has not graduated."""

    status: Annotated[FewWords, OnlyMembers(*set(StudentStatus) - {StudentStatus.GRADUATED})]


def start(*operations: Operation) -> Api:
    school = Educore(MemoryStore(EDUCATION), memory_ports())
    return Api(SPEC, operations, school, threads=Threads(1), max_body_megabytes=1, public_url="http://testserver")


def test_an_api_does_not_start_if_a_word_is_missing() -> None:
    start(SPEC.list("/students/", DeclaredOut), SPEC.retrieve("/students/{id}/", DeclaredOut))
    for operation in (
        SPEC.list("/students/", StudentOut),
        SPEC.retrieve("/students/{id}/", StudentOut),
        SPEC.get("/page/", lambda uow: None, out=Page),
    ):
        with pytest.raises(TypeError, match=r"FewWords has no word for StudentStatus\.GRADUATED"):
            start(operation)


def shapes(base: type[Shape] = Shape) -> Iterator[type[Shape]]:
    for shape in base.__subclasses__():
        if shape.__module__.startswith("educore_web"):
            yield shape
        yield from shapes(shape)


def test_the_shapes_that_operations_use_inside_have_every_word_too() -> None:
    declared = [shape for shape in shapes() if getattr(shape, "of", None) in EDUCATION.policies]
    assert len(declared) > 30
    for shape in declared:
        compile_shape(shape, EDUCATION)


def narrowed_fields(operation: Operation) -> Iterator[tuple[type[Shape], str, frozenset[Any]]]:
    """Yield the fields of an answer that show only some members."""
    for shape in operation.shapes():
        for name, info in shape.model_fields.items():
            for mark in info.metadata:
                if isinstance(mark, OnlyMembers):
                    yield shape, name, mark.members


def test_an_operation_leaves_out_the_rows_for_which_it_has_no_word() -> None:
    """Either its condition leaves them out, or it shows callers themselves and admits only roles with a word."""
    seen = set()
    for operation in OF_CENTERS:
        for shape, name, members in narrowed_fields(operation):
            seen.add(operation.name)
            if operation.kind is None:
                assert operation.name.startswith("profile.")
                assert operation.roles == members == ROLES
                continue
            stored, _ = value_type(shape.of, name)
            for member in stored:
                row = shape.of.model_construct(**{name: member})
                assert operation.only.holds(row) == (member in members), (operation.name, member)
    assert {"directors.list", "staff.retrieve", "users.update", "profile.retrieve"} <= seen
