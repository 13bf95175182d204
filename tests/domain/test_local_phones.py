"""A phone number without the code of its country is one of the Center's country, whoever writes it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from educore import EDUCATION, Actor, Educore, Entity, Role, UnitOfWork, perform
from educore.admissions import Lead
from educore.identity import User
from educore.kernel.entity import marks
from educore.messaging import send_sms
from educore.organization import Branch, Center, change_center, create_branch, create_center
from educore.people import Student
from educore.values import COMPLETE_LATER, Phone, Region, complete_phone
from support.cast import World, account
from support.parametrize import each
from support.refusals import expect_invalid

LOCAL = {
    "UZ": ("90 123 45 67", "+998901234567"),
    "DE": ("030 / 123 45 67".replace("/", "-"), "+49301234567"),
    "US": ("(212) 736-5000", "+12127365000"),
    "RU": ("8 (916) 123-45-67", "+79161234567"),
    "MA": ("0612-345678", "+212612345678"),
    "IT": ("06 6982 1234", "+390669821234"),
}
"""A number as people dial it in a country, and its international form."""


def is_phone(kind: type[Entity], field: str) -> bool:
    """Return whether a field holds a phone number."""
    return Phone.__metadata__[-1] in marks(kind, field)


PHONE_FIELDS = {(kind, name) for kind in EDUCATION.kinds.values() for name in kind.model_fields if is_phone(kind, name)}


def write_phone(uow: UnitOfWork, kind: type[Entity], field: str, branch: Branch, text: str) -> str | None:
    """Return what is stored after a row of a kind is created with a number."""
    if kind is Center:
        return perform(uow, Center, "update", branch.center_id, {"phone": text}).phone
    if kind is Branch:
        return perform(
            uow, Branch, "create", fields={"name": "Airport", "phone": text, "center_id": branch.center_id}
        ).phone
    if kind is Lead:
        return perform(uow, Lead, "create", fields={"branch_id": branch.id, "name": "Laylo", "phone": text}).phone
    person = account("Laylo", **{field: text}) if kind is User else account("Laylo")
    student = perform(uow, Student, "create", fields={"branch_id": branch.id, "account": person, "parent_phone": text})
    stored: str | None = getattr(uow.get(User, student.user_id) if kind is User else student, field)
    return stored


@each("kind, field", sorted(PHONE_FIELDS, key=str))
@each("country", LOCAL)
@each("is_superadmin", [False, True])
def test_every_phone_field_takes_the_numbers_of_the_center(
    kind: type[Entity], field: str, country: str, is_superadmin: bool, world: World, school_in_memory: Educore
) -> None:
    typed, stored = LOCAL[country]
    director, branch = open_center(school_in_memory, world, country=country)
    actor = world.rustam if is_superadmin or kind is Center else director
    with pytest.raises(Undone), school_in_memory.work(actor) as uow:
        assert write_phone(uow, kind, field, branch, typed) == stored
        raise Undone


def test_there_are_six_phone_fields() -> None:
    fields = {(Center, "phone"), (Branch, "phone"), (User, "phone"), (Student, "parent_phone"), (Lead, "phone")}
    fields |= {(User, "emergency_contact_phone")}
    assert fields == PHONE_FIELDS, "write_phone above must write the new one too"


def test_a_local_number_is_completed_in_every_store(school: Educore, world: World) -> None:
    director, branch = open_center(school, world, country="DE")
    with school.work(director) as uow:
        lead = perform(uow, Lead, "create", fields={"branch_id": branch.id, "name": "Anna", "phone": "030 1234567"})
        assert uow.get(Lead, lead.id).phone == "+49301234567"
        assert perform(uow, Lead, "update", lead.id, {"phone": "030 7654321"}).phone == "+49307654321"


def test_a_number_of_another_country_is_refused_and_its_international_form_is_taken(
    school_in_memory: Educore, world: World
) -> None:
    director, branch = open_center(school_in_memory, world, country="UZ")
    with expect_invalid() as codes, school_in_memory.work(director) as uow:
        perform(uow, Lead, "create", fields={"branch_id": branch.id, "name": "Anna", "phone": "030 1234567"})
    assert codes == {"phone": "phone"}
    with school_in_memory.work(director) as uow:
        assert perform(
            uow, Lead, "create", fields={"branch_id": branch.id, "name": "Anna", "phone": "+49 30 1234567"}
        ).phone


def test_a_new_center_completes_its_own_number_by_its_own_country(school_in_memory: Educore, world: World) -> None:
    with school_in_memory.work(world.rustam) as uow:
        assert create_center(uow, name="Berlin", country="DE", phone="030 1234567").phone == "+49301234567"
        assert create_center(uow, name="Buxoro", phone="90 123 45 67").phone == "+998901234567"


def test_a_center_has_the_region_of_the_settings_unless_it_names_its_own(school: Educore, world: World) -> None:
    region = Region("DE", "Europe/Berlin", "EUR")
    abroad = Educore(school.store, replace(school.ports, region=region))
    with abroad.work(world.rustam) as uow:
        berlin = create_center(uow, name="Berlin")
        assert (berlin.country, berlin.time_zone, berlin.currency) == ("DE", "Europe/Berlin", "EUR")
        boston = create_center(uow, name="Boston", country="us", time_zone="America/New_York", currency="USD")
        assert (boston.country, boston.time_zone, boston.currency) == ("US", "America/New_York", "USD")
    with expect_invalid() as codes, abroad.work(world.rustam) as uow:
        create_center(uow, name="Nowhere", country="XX", time_zone="Nowhere", currency="eur")
    assert codes == {"country": "country", "time_zone": "time_zone", "currency": "currency"}


def test_the_country_of_a_center_may_change_and_stored_numbers_stay(school: Educore, world: World) -> None:
    director, branch = open_center(school, world, country="UZ")
    with school.work(director) as uow:
        lead = perform(uow, Lead, "create", fields={"branch_id": branch.id, "name": "Laylo", "phone": "90 123 45 67"})
    with school.work(world.rustam) as uow:
        change_center(uow, uow.get(Center, branch.center_id), country="DE")
        assert uow.get(Lead, lead.id).phone == "+998901234567"


def test_sms_go_to_numbers_of_the_country_of_the_center(school: Educore, world: World) -> None:
    director, _ = open_center(school, world, country="DE")
    with school.work(director) as uow:
        queued = send_sms(uow, phone_numbers=["030 1234567", "+49 30 1234567", "+998901234567"], message="Hallo")
        assert [sms.address for sms in queued] == ["+49301234567", "+998901234567"]


@pytest.mark.parametrize(
    "text", ["", "90", "9012345678", "90123456", "abc", "901234567.5", "90 123 45 6x", "1-800-FLOWERS", "٩٠١٢٣٤٥٦٧"]
)
def test_what_is_no_number_of_the_country_is_refused(text: str) -> None:
    phone: TypeAdapter[Any] = TypeAdapter(Phone)
    assert phone.validate_python("901234567", context={"country": "UZ"}) == "+998901234567"
    with pytest.raises(ValidationError):
        phone.validate_python(text, context={"country": "UZ"})


def test_without_a_country_only_the_international_form_is_a_number() -> None:
    phone: TypeAdapter[Any] = TypeAdapter(Phone)
    assert phone.validate_python("+998 (90) 123-45-67") == "+998901234567"
    for text in ("90 123 45 67", "998901234567"):
        with pytest.raises(ValidationError):
            phone.validate_python(text)
        assert phone.validate_python(text, context=COMPLETE_LATER) == text.replace(" ", "")


@pytest.mark.parametrize("text", ["+99890123456", "+9989012345678", "+4930", "+79161234", "99890123456789"])
def test_a_number_has_a_length_of_its_country(text: str) -> None:
    phone: TypeAdapter[Any] = TypeAdapter(Phone)
    assert phone.validate_python("+998901234567") == "+998901234567"
    with pytest.raises(ValidationError):
        phone.validate_python(text, context={"country": "UZ"})


def test_only_the_plus_may_lack_of_a_foreign_number() -> None:
    assert complete_phone("998901234567", country="DE") == "+998901234567"
    assert complete_phone("00 998 90 123 45 67", country="DE") == "+998901234567"
    assert complete_phone("9012345678", country="UZ") is None, "one digit too many is no number of Turkey"


class Undone(Exception):
    """Ends a unit of work without a trace."""


def open_center(school: Educore, world: World, *, country: str) -> tuple[Actor, Branch]:
    """Return a director of a new Center in a country, and its branch."""
    with school.work(world.rustam) as uow:
        center = create_center(uow, name=f"Academy in {country}", country=country)
        branch = create_branch(uow, center_id=center.id, name="Main")
    return Actor(Role.DIRECTOR, center_id=center.id), branch
