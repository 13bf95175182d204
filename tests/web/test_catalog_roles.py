"""Who is let in: exactly the roles the document names, the owners above them, and nobody else."""

from __future__ import annotations

import pytest

from support.parametrize import each
from support.web.client import NO_BODY, ApiResponse
from support.web.recipes import call_operation, call_recipe, recipe_body, recipe_row
from support.web.running_platform import RunningPlatform
from support.web.system import Op
from support.web.systems import LISTS, OPS, PRIVATE

NOT_SIGNED_IN = ("nobody", "expired", "garbage", "refresh token", "another scheme")
GARBAGE = {
    "no JSON": {"raw": b"{"},
    "an array": {"raw": b"[]"},
    "another kind": {"raw": b"<a/>", "kind": "application/xml"},
    "a broken form": {"raw": b"--x", "kind": "multipart/form-data"},
    "wrong fields": {"body": {"name": 5}},
    "nothing": {"body": NO_BODY},
}


@pytest.mark.long
@each("op", PRIVATE)
def test_each_role_is_let_in_or_refused_as_documented(op: Op, site: RunningPlatform) -> None:
    wrong = []
    for role, name in op.system.cast.callers.items():
        site.reset()
        answer = call_recipe(site.client(name), op, op.home(site))
        is_hidden = op.is_personal and name != op.master or op.is_rowless(role)
        refusal = 404 if is_hidden else 403
        refused = (answer.status, answer.is_whole_refusal, site.changed()) == (refusal, True, [])
        may = role in op.who and not is_hidden and not op.is_for_others(role)
        if not (answer.status == op.status if may else refused):
            wrong.append(f"{op} as {role}: {answer.status} {answer.text[:200]}, changed {site.changed()}")
    assert wrong == []


FOR_RECEIVERS = {"attendance.notifications.list", "attendance.notifications.unread"}
FOR_LEARNERS = {
    "lessons.lessons.list",
    "lessons.resources.list",
    "lessons.tags.list",
    "homework.badges.list",
    "homework.leaderboards.list",
}
"""Lists for which the document names no roles and which have nothing for some, who are refused (lessons.roles)."""

DOCUMENTED_LISTS = [op for op in LISTS if op.is_documented and op.name not in FOR_RECEIVERS | FOR_LEARNERS]
OPEN_LISTS = [op for op in DOCUMENTED_LISTS if not op.documented["roles"]]


@each("op", OPEN_LISTS)
def test_a_list_open_to_everybody_shows_each_role_its_rows_and_no_other_row_exists(
    op: Op, site: RunningPlatform
) -> None:
    retrieve, wrong = op.sibling("retrieve"), []
    every_id = set(call_operation(site.client("rustam"), op, query={"page_size": 100}).ids)
    assert every_id
    for role, who in op.system.cast.callers.items():
        answer = call_operation(site.client(who), op, query={"page_size": 100})
        if answer.status != 200 or answer["count"] != len(answer.ids):
            wrong.append(f"{op} as {role}: {answer.status} {answer.text[:200]}")
            continue
        for id in sorted(every_id)[:5]:
            status = call_operation(site.client(who), retrieve, id=id).status
            if status != 200 and (id in answer.ids or status != 404):
                wrong.append(f"{retrieve} {id} as {role}: {status}")
    assert wrong == []


def test_a_list_for_documented_roles_refuses_the_others(site: RunningPlatform) -> None:
    for op in DOCUMENTED_LISTS:
        if op not in OPEN_LISTS:
            others = [who for role, who in op.system.cast.people.items() if role not in op.who]
            assert {who: call_operation(site.client(who), op).status for who in others} == dict.fromkeys(others, 403)
            assert others


@each("op", PRIVATE)
def test_who_is_not_signed_in_gets_401(op: Op, site: RunningPlatform) -> None:
    wrong = []
    for who in (*NOT_SIGNED_IN, *op.system.cast.shut_out):
        answer = _not_signed_in(who, op, site)
        if (answer.status, answer.is_whole_refusal) != (401, True):
            wrong.append(f"{op} as {who}: {answer.status} {answer.text[:200]}")
    assert wrong == []
    assert site.changed() == []


def _not_signed_in(who: str, op: Op, site: RunningPlatform) -> ApiResponse:
    place, boss = op.home(site), op.system.cast.people["director"]
    clients = {
        "nobody": site.client(),
        "expired": site.expired(boss),
        "garbage": site.with_token("a.b.c"),
        "refresh token": site.with_token(site.tokens[boss].refresh),
        "another scheme": site.with_token(None),
    }
    client = clients.get(who) or site.client(who)
    headers = {"authorization": f"Basic {site.tokens[boss].access}"} if who == "another scheme" else {}
    return call_recipe(client, op, place, headers=headers)


@each("op", [op for op in PRIVATE if op.method in ("POST", "PUT", "PATCH")])
def test_whatever_the_body_a_role_never_let_in_gets_403_and_nobody_401(op: Op, site: RunningPlatform) -> None:
    id, wrong = recipe_row(op, op.home(site)), []
    callers = op.system.cast.callers.items()
    outside: dict[str, tuple[str | None, int]] = {role: (name, 403) for role, name in callers if role not in op.who}
    for garbage, sent in GARBAGE.items():
        for role, (who, refusal) in (outside | {"nobody": (None, 401)}).items():
            answer = call_operation(site.client(who), op, id=id, **sent)
            if answer.status != refusal:
                wrong.append(f"{op} as {role} with {garbage}: {answer.status} {answer.text[:200]}")
    assert wrong == []


@each("op", PRIVATE)
def test_openapi_names_the_roles(op: Op) -> None:
    assert set(op.described["x-roles"]) & set(op.system.cast.roles) == op.who


@each("op", PRIVATE)
def test_roles_that_only_other_systems_know_may_do_nothing_here_but_leave(op: Op) -> None:
    assert set(op.described["x-roles"]) <= set(op.system.cast.roles) or op.name in op.system.for_anybody


@each("op", [op for op in OPS if op.public])
def test_public_operations_need_no_token(op: Op, site: RunningPlatform) -> None:
    place = op.home(site)
    assert call_operation(site.client(), op, body=recipe_body(op, place)).status == op.status
