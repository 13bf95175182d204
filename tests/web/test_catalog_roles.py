"""Who is let in: exactly the roles the document names, the owners above them, and nobody else."""

from __future__ import annotations

import pytest

from web import catalog
from web.client import NOT_SENT
from web.promise import Promise
from web.recipes import BY_NAME, Place, body_of, call, carry_out, path_of, row_of
from web.running import Running

PEOPLE = {
    "superadmin": "rustam",
    "director": "dilshod",
    "manager": "malika",
    "admin": "aziza",
    "teacher": "timur",
    "student": "sardor",
}
NOT_SIGNED_IN = ("nobody", "bahrom", "karim", "expired", "garbage", "refresh token", "another scheme")
PRIVATE = [name for name, operation in BY_NAME.items() if not operation.public]
GARBAGE = {
    "no JSON": {"raw": b"{"},
    "an array": {"raw": b"[]"},
    "another kind": {"raw": b"<a/>", "kind": "application/xml"},
    "a broken form": {"raw": b"--x", "kind": "multipart/form-data"},
    "wrong fields": {"body": {"name": 5}},
    "nothing": {"body": NOT_SENT},
}


@pytest.mark.parametrize("role", catalog.ROLES)
@pytest.mark.parametrize("name", PRIVATE)
def test_a_role_is_let_in_or_refused_as_documented(name: str, role: str, site: Running) -> None:
    answer = carry_out(site.client(PEOPLE[role]), name, Place(site, site.world.tashkent))
    if role in catalog.roles(name):
        assert answer.status == BY_NAME[name].status, answer.text
    else:
        assert (answer.status, answer.body["status_code"]) == (403, 403), answer.text
        assert site.changed() == []


@pytest.mark.parametrize("who", NOT_SIGNED_IN)
@pytest.mark.parametrize("name", PRIVATE)
def test_who_is_not_signed_in_gets_401(name: str, who: str, site: Running) -> None:
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
    answer = carry_out(client, name, place, headers=headers)
    assert answer.status == 401
    assert set(answer.body) == {"error", "status_code"}
    assert site.changed() == []


@pytest.mark.parametrize("garbage", GARBAGE)
@pytest.mark.parametrize("name", [name for name in PRIVATE if BY_NAME[name].method in ("POST", "PUT", "PATCH")])
def test_whatever_the_body_a_role_never_let_in_gets_403_and_nobody_401(name: str, garbage: str, site: Running) -> None:
    id = row_of(name, Place(site, site.world.tashkent))
    for role in set(catalog.ROLES) - catalog.roles(name):
        assert call(site.client(PEOPLE[role]), name, id=id, **GARBAGE[garbage]).status == 403
    assert call(site.client(), name, id=id, **GARBAGE[garbage]).status == 401


@pytest.mark.parametrize("name", PRIVATE)
def test_openapi_names_the_roles(name: str, promise: Promise) -> None:
    _, described = promise.operation(BY_NAME[name].method, "/api" + path_of(name, 1)) or ("", {})
    assert set(described["x-roles"]) & set(catalog.ROLES) == catalog.roles(name)


def test_roles_that_only_other_systems_know_may_do_nothing_here_but_leave(promise: Promise) -> None:
    for name in PRIVATE:
        _, described = promise.operation(BY_NAME[name].method, "/api" + path_of(name, 1)) or ("", {})
        others = set(described["x-roles"]) - set(catalog.ROLES)
        assert not others or name in ("auth.logout", "auth.change_password")


def test_public_operations_need_no_token(site: Running) -> None:
    place = Place(site, site.world.tashkent)
    for name in set(BY_NAME) - set(PRIVATE):
        assert call(site.client(), name, body=body_of(name, place)).status == 200
