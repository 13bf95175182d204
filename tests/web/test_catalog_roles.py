"""Who is let in: exactly the roles the document names, the owners above them, and nobody else."""

from __future__ import annotations

import pytest

from web.client import NOT_SENT
from web.recipes import Place, body_of, call, carry_out, row_of
from web.running import Running
from web.system import ROLES, Op
from web.systems import OPS, PRIVATE

PEOPLE = {
    "superadmin": "rustam",
    "director": "dilshod",
    "manager": "malika",
    "admin": "aziza",
    "teacher": "timur",
    "student": "sardor",
}
NOT_SIGNED_IN = ("nobody", "bahrom", "karim", "expired", "garbage", "refresh token", "another scheme")
GARBAGE = {
    "no JSON": {"raw": b"{"},
    "an array": {"raw": b"[]"},
    "another kind": {"raw": b"<a/>", "kind": "application/xml"},
    "a broken form": {"raw": b"--x", "kind": "multipart/form-data"},
    "wrong fields": {"body": {"name": 5}},
    "nothing": {"body": NOT_SENT},
}


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("op", PRIVATE)
def test_a_role_is_let_in_or_refused_as_documented(op: Op, role: str, site: Running) -> None:
    answer = carry_out(site.client(PEOPLE[role]), op, Place(site, site.world.tashkent))
    if role in op.who:
        assert answer.status == op.status, answer.text
    else:
        assert (answer.status, answer.is_whole_refusal) == (403, True), answer.text
        assert site.changed() == []


@pytest.mark.parametrize("who", NOT_SIGNED_IN)
@pytest.mark.parametrize("op", PRIVATE)
def test_who_is_not_signed_in_gets_401(op: Op, who: str, site: Running) -> None:
    place, tokens = Place(site, site.world.tashkent), site.tokens
    clients = {
        "nobody": site.client(),
        "expired": site.expired(),
        "garbage": site.with_token("a.b.c"),
        "refresh token": site.with_token(tokens["dilshod"].refresh),
        "another scheme": site.with_token(None),
    }
    client = clients.get(who) or site.client(who)
    headers = {"authorization": f"Basic {tokens['dilshod'].access}"} if who == "another scheme" else {}
    answer = carry_out(client, op, place, headers=headers)
    assert (answer.status, answer.is_whole_refusal) == (401, True)
    assert site.changed() == []


@pytest.mark.parametrize("garbage", GARBAGE)
@pytest.mark.parametrize("op", [op for op in PRIVATE if op.method in ("POST", "PUT", "PATCH")])
def test_whatever_the_body_a_role_never_let_in_gets_403_and_nobody_401(op: Op, garbage: str, site: Running) -> None:
    id = row_of(op, Place(site, site.world.tashkent))
    for role in set(ROLES) - op.who:
        assert call(site.client(PEOPLE[role]), op, id=id, **GARBAGE[garbage]).status == 403
    assert call(site.client(), op, id=id, **GARBAGE[garbage]).status == 401


@pytest.mark.parametrize("op", PRIVATE)
def test_openapi_names_the_roles(op: Op) -> None:
    assert set(op.described["x-roles"]) & set(ROLES) == op.who


@pytest.mark.parametrize("op", PRIVATE)
def test_roles_that_only_other_systems_know_may_do_nothing_here_but_leave(op: Op) -> None:
    assert set(op.described["x-roles"]) <= set(ROLES) or op.name in op.system.for_anybody


@pytest.mark.parametrize("op", [op for op in OPS if op.public])
def test_public_operations_need_no_token(op: Op, site: Running) -> None:
    place = Place(site, site.world.tashkent)
    assert call(site.client(), op, body=body_of(op, place)).status == 200
