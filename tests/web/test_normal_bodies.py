"""A body that is passed on as it was sent is one that normalization would not change."""

from __future__ import annotations

import pytest

from educore_web.app import APIS
from educore_web.rest.bodies import Body
from educore_web.rest.body_fields import item_body, nested_body
from educore_web.rest.normalization import is_normal, normalize

VALUES = (1, 0, -5, True, 1.5, "", "x", "1", "+5", " ", None, [], [1, True, "2"], [{}], {}, {"a": ""})


def inside(body: type[Body]) -> set[type[Body]]:
    """A body and all bodies in it."""
    found = {nested_body(body, name) or item_body(body, name) for name in body.model_fields}
    return {body}.union(*(inside(inner) for inner in found if inner is not None))


BODIES = sorted(
    {
        body
        for _, operations in APIS.values()
        for operation in operations
        if operation.body is not None
        for body in inside(operation.body)
    },
    key=lambda body: (body.__module__, body.__qualname__),
)


@pytest.mark.parametrize("body", BODIES, ids=lambda body: body.__name__)
def test_a_body_that_counts_as_normal_is_not_changed_by_normalization(body: type[Body]) -> None:
    for value in VALUES:
        for sent in ({name: value} for name in (*body.model_fields, "unknown")):
            if is_normal(body, sent):
                normal = normalize(body, sent)
                assert (normal, list(map(type, normal.values()))) == (sent, list(map(type, sent.values())))


def test_the_marks_of_a_class_count_as_normal() -> None:
    """Otherwise the other test would say nothing."""
    (mark,) = (body for body in BODIES if body.__name__ == "MarkIn" and "center_crm" in body.__module__)
    assert is_normal(mark, {"student_id": 1, "status": "Present", "notes": ""})
    assert not is_normal(mark, {"student_id": True, "status": "Present"})
    assert not is_normal(mark, {"student_id": "1", "status": "Present"})
    assert not is_normal(mark, {"student_id": 1, "status": ""})
