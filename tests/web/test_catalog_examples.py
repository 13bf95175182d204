"""Every documented answer has its documented status, exactly its documented keys, and the spelling of the examples."""

from __future__ import annotations

from typing import Any

import pytest

from support.parametrize import each
from support.web.client import NO_BODY
from support.web.example_comparison import differences
from support.web.recipes import Place, additions, call_operation, call_recipe, inner_additions, recipe_row
from support.web.running_platform import RunningPlatform
from support.web.system import Op
from support.web.systems import CENTER_CRM, OPS
from support.web.systems.center_crm import CATALOG

DOCUMENTED = [op for op in OPS if op.is_documented]
SHOWN = [op for op in DOCUMENTED if op.response.get("example")]
REFERRING = [op for op in CENTER_CRM if op in DOCUMENTED and op not in SHOWN]

USER_INFO = frozenset(
    f"{row}.user_info.{key}" for row in ("$", "$[]") for key in ("full_name", "role", "phone", "image", "is_blocked")
)
"""The keys that C45 adds to user_info."""

PAGES = frozenset({"$.next", "$.previous"})
"""The keys that C22 adds to pages that are shown without them."""

OF_SOME = frozenset({"$.attendance_calendar[].sessions[].late_minutes"})
"""The keys that only some entries of a list have, and not the first one of the example."""

SAID_AGAIN = (
    "branches.open",
    "branches.close",
    "students.block",
    "students.assign_group",
    "lessons.cancel",
    "payroll.mark_paid",
)

ENUMS = {
    "centers": "center_status",
    "branches": "branch_status",
    "groups": "group_status",
    "students": "student_status",
    "teachers": "teacher_status",
    "attendance": "attendance_status",
    "assignments": "assignment_status",
}


@each("op", DOCUMENTED)
def test_status_and_keys_are_the_documented_ones(op: Op, site: RunningPlatform) -> None:
    documented = op.response
    answer = call_recipe(site.client(op.master), op, op.home(site))
    assert answer.status == documented["status"]
    if documented["paginated"]:
        assert list(answer.body) == list(op.system.page_keys)
        assert answer.results
    rows = answer.results if documented["paginated"] else answer.body if documented.get("array") else [answer.body]
    for row in rows:
        shown = [name for name in row or {} if name not in additions(op)]
        assert list(row or {})[: len(documented["fields"])] == documented["fields"]
        assert shown == documented["fields"] or op.system.adds_keys


@each("op", SHOWN)
def test_answers_are_spelled_like_the_example(op: Op, site: RunningPlatform) -> None:
    example = op.response["example"]
    cut_short = op.response.get("resolved") and op.section in ("centers", "directors")
    answer = call_recipe(site.client(op.master), op, op.home(site))
    body = {key: answer[key] for key in example} if cut_short else answer.body
    rows = ("$", "$[]", "$.results[]")
    added = frozenset(f"{row}.{name}" for row in rows for name in additions(op)) | frozenset(inner_additions(op))
    assert list(differences(example, body, extra=USER_INFO | PAGES | OF_SOME | added)) == []


@each("op", REFERRING)
def test_answers_without_an_example_are_spelled_like_what_they_refer_to(op: Op, site: RunningPlatform) -> None:
    referred = op.documented["inherits"]
    answer = call_recipe(site.client(op.master), op, op.home(site))
    if referred is None:
        assert answer.status == 204
        return
    while not CATALOG.response(referred).get("example"):
        referred = CATALOG.operations[referred]["inherits"]
    example = CATALOG.response(referred)["example"]
    if CATALOG.response(referred)["paginated"]:
        example = example["results"][0]
    for row in answer.results if op.response["paginated"] else [answer.body]:
        part = {key: row[key] for key in example}
        assert list(differences(example, part, extra=USER_INFO)) == []


@each("op", [op for op in DOCUMENTED if op.verb in ("activate", "deactivate")])
@pytest.mark.parametrize("times", [1, 2])
def test_repeating_an_action_on_a_center_answers_the_same(op: Op, times: int, site: RunningPlatform) -> None:
    for _ in range(times):
        answer = call_operation(site.client("rustam"), op, id=site.extras.nukus)
    assert answer.body == op.response["example"]


@pytest.mark.parametrize("name", SAID_AGAIN)
def test_literal_sentences_stay_the_same_when_repeated(name: str, site: RunningPlatform) -> None:
    for _ in range(2):
        answer = call_recipe(site.client("dilshod"), name, Place(site, site.world.tashkent))
        assert answer.body == CATALOG.response(name)["example"]


@each("op", [op for op in DOCUMENTED if op.system.catalog.request_example(op.name) == {}])
def test_actions_take_an_empty_object_no_body_and_fields_they_do_not_know(op: Op, site: RunningPlatform) -> None:
    at = op.home(site)
    for body in ({}, NO_BODY, {"status": "Blocked", "id": 7}):
        site.reset()
        assert call_operation(site.client("rustam"), op, id=recipe_row(op, at), body=body).status == 200


@pytest.mark.parametrize("section", ENUMS)
def test_every_documented_status_can_be_sent_and_comes_back(section: str, site: RunningPlatform) -> None:
    name, at = f"{section}.partial_update", Place(site, site.world.tashkent)
    for word in CATALOG.words(ENUMS[section]):
        sent = {"body": {"status": word}}
        assert call_operation(site.client("rustam"), name, id=recipe_row(name, at), **sent)["status"] == word
        listed = call_operation(site.client("rustam"), f"{section}.list", query={"status": word})
        assert {row["status"] for row in listed.results} == {word}


@pytest.mark.parametrize("section", ENUMS)
def test_words_that_are_in_no_list_are_refused_on_their_field(section: str, site: RunningPlatform) -> None:
    name, at = f"{section}.partial_update", Place(site, site.world.tashkent)
    for word in ("active", "ACTIVE", "Deleted", "0", 0, True, ["Active"], {}):
        sent: dict[str, Any] = {"body": {"status": word}}
        answer = call_operation(site.client("rustam"), name, id=recipe_row(name, at), **sent)
        assert (answer.status, answer.fields()) == (400, {"status"}), word
    assert site.changed() == []
