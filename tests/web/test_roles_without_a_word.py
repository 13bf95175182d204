"""Members whose role an API has no word for: they may have rights, but not through that API."""

from __future__ import annotations

import re

import pytest

from educore import Role, where
from educore.identity import Membership
from educore.identity.use_cases import add_member
from educore.people import refresh_sign_in, sign_in
from support.cast import PASSWORD, account
from support.plain_rows import change_row, plain
from support.web.client import NO_BODY
from support.web.running_platform import RunningPlatform
from support.web.system import System
from support.web.systems.center_crm import CENTER_CRM
from support.web.systems.edumaster import EDUMASTER

UNSPOKEN = (Role.STAFF, Role.PARENT, Role.DRIVER)
SYSTEMS = (CENTER_CRM, EDUMASTER)
SIGN_IN = {CENTER_CRM: ("/auth/login/", "username"), EDUMASTER: ("/accounts/login/", "phone_number")}
REFRESH = {CENTER_CRM: "/auth/refresh/", EDUMASTER: "/accounts/token/refresh/"}
ENGLISH = {"accept-language": "en"}
OWN = {CENTER_CRM: "/notifications/", EDUMASTER: "/accounts/profile/"}


def register(site: RunningPlatform, role: Role, name: str = "nodira") -> None:
    """Make somebody a member of Tashkent who signs in with their name."""
    with site.platform.school.work(site.world.dilshod) as uow:
        person = account(name, phone="+998901112299")
        add_member(uow, account=person, role=role, center_id=site.world.tashkent.center.id)


@pytest.mark.parametrize("system", SYSTEMS)
@pytest.mark.parametrize("role", UNSPOKEN)
def test_they_cannot_sign_in(site: RunningPlatform, system: System, role: Role) -> None:
    register(site, role)
    path, name = SIGN_IN[system]
    with site.statements() as statements:
        answer = site.client().of(system).post(path, {name: "nodira", "password": PASSWORD}, headers=ENGLISH)
    assert answer.status == 403, answer.text
    assert answer["error"] == "This account has no access to this program."
    assert not [statement for statement in statements if statement.startswith("INSERT INTO sign_in")]
    by_phone = {name: "+998901112299", "password": PASSWORD}
    assert site.client().of(system).post(path, by_phone).status == 401, "the API knows nobody with this phone"
    assert site.client().of(system).post(path, {name: "sardor", "password": PASSWORD}).status == 200


@pytest.mark.parametrize("system", SYSTEMS)
@pytest.mark.parametrize("role", UNSPOKEN)
def test_a_token_from_elsewhere_opens_nothing(site: RunningPlatform, system: System, role: Role) -> None:
    register(site, role)
    tokens = sign_in(site.platform.school, username="nodira", password=PASSWORD)
    caller = site.with_token(tokens.access).of(system)
    assert site.client("sardor").of(system).get(OWN[system]).status == 200
    for operation in system.operations:
        if not operation.public:
            body = {} if operation.method in ("POST", "PUT", "PATCH") else NO_BODY
            answer = caller.send(operation.method, re.sub(r"\{\w+\}", "1", operation.path), body=body)
            assert answer.status == 403, f"{operation.name}: {answer.text}"
    assert caller.post(REFRESH[system], {"refresh": tokens.refresh}).status == 403
    assert refresh_sign_in(site.platform.school, token=tokens.refresh).actor.role is role, "elsewhere it still works"


@pytest.mark.parametrize("system", SYSTEMS)
def test_a_role_that_the_api_knows_counts_although_another_is_higher(site: RunningPlatform, system: System) -> None:
    register(site, Role.STAFF)
    with site.platform.school.work(site.world.dilshod) as uow:
        member = uow.find(Membership, where(user__username="nodira"))[0]
        fields = {"user_id": member.user_id, "center_id": member.center_id, "role": Role.STUDENT}
        plain(uow, Membership).add(Membership, fields)
    path, name = SIGN_IN[system]
    answer = site.client().of(system).post(path, {name: "nodira", "password": PASSWORD})
    assert answer.status == 200
    assert sign_in(site.platform.school, username="nodira", password=PASSWORD).actor.role is Role.STAFF


@pytest.mark.parametrize("system", SYSTEMS)
def test_a_role_that_changes_meanwhile_shuts_the_api(site: RunningPlatform, system: System) -> None:
    caller = site.client("sardor").of(system)
    assert caller.get(OWN[system]).status == 200
    with site.platform.school.work(site.world.rustam) as uow:
        change_row(uow, uow.get(Membership, site.world.sardor.membership_id or 0), {"role": Role.PARENT})
    assert caller.get(OWN[system]).status == 403


def test_no_operation_names_such_a_role(site: RunningPlatform) -> None:
    for system in (CENTER_CRM, EDUMASTER):
        for path in system.promise.document["paths"].values():
            for operation in path.values():
                assert not {*operation.get("x-roles", ())} & {*UNSPOKEN}
