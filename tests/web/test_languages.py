"""The language of an answer: the request decides, then the person, then the person's Center, then the API."""

from __future__ import annotations

from typing import Any

from educore.identity import User
from educore.organization import Center
from educore.values import Texts
from support.parametrize import each
from support.plain_rows import change_row
from support.web.recipes import call_operation
from support.web.running_platform import RunningPlatform
from support.web.system import System
from support.web.systems import OPS, SYSTEMS

UNKNOWN = 987654
ACTING = [op for op in OPS if not op.public and not op.checks_password and "director" in op.who]


def refusals(site: RunningPlatform, system: System, accept: str = "") -> dict[str, Any]:
    """The bodies of the refusals to a director who names a missing row or sends nothing, by operation."""
    headers = {"accept-language": accept} if accept else {}
    client = site.client(system.cast.people["director"])
    answers = {
        op.name: call_operation(client, op, id=UNKNOWN if op.has_path_id else None, body={}, headers=headers)
        for op in ACTING
        if op.system is system and (op.has_path_id or op.body is not None)
    }
    return {name: answer.body for name, answer in answers.items() if answer.status in (400, 404)}


def choose(site: RunningPlatform, system: System, *, person: str | None, center: tuple[str, ...] = ()) -> None:
    """Let the director choose a language, and their Center the languages in which it is served."""
    director = site.actor(system.cast.people["director"])
    with site.platform.school.work(site.world.rustam) as uow:
        change_row(uow, uow.get(User, director.user_id), {"language": person})
        change_row(uow, uow.get(Center, director.center_id), {"languages": Texts.restore(center)})


@each("system", SYSTEMS)
def test_refusals_are_in_the_language_of_the_request_the_person_or_the_center(
    system: System, site: RunningPlatform
) -> None:
    spoken = {language: refusals(site, system, language) for language in system.spec.dialect.languages}
    assert len(spoken["en"]) >= 10
    assert all(spoken["fr"][name] != body for name, body in spoken["en"].items())
    usual = refusals(site, system)
    assert usual == spoken[system.spec.dialect.language]

    choose(site, system, person=None, center=("ar", "fr"))
    assert refusals(site, system) == spoken["ar"]
    choose(site, system, person="fr", center=("ar",))
    assert refusals(site, system) == spoken["fr"]
    assert refusals(site, system, "en") == spoken["en"]
    assert refusals(site, system, "xx") == spoken["fr"]


@each("system", SYSTEMS)
def test_a_language_that_an_api_lacks_is_answered_in_its_own(system: System, site: RunningPlatform) -> None:
    nearest = refusals(site, system, "uz")
    choose(site, system, person=None, center=("uz",))
    assert refusals(site, system) == nearest
