"""Every phone number in a body may be written as it is dialled in the country of the Center."""

from __future__ import annotations

from educore.organization import Center, change_center
from support.parametrize import each
from support.web.invalid_values import body_fields, replace_value
from support.web.recipes import Place, call_operation, recipe_body, recipe_row
from support.web.running_platform import RunningPlatform
from support.web.system import Op
from support.web.systems import WITH_BODY

LOCAL, STORED = "030 1234567", "+49301234567"
PHONES = {"phone", "parent_phone", "phone_number", "phone_numbers", "emergency_contact_phone"}
FIELDS = [
    (op, name)
    for op in WITH_BODY
    if not op.public and op.name != "centers.create"  # a new Center has the country of the settings
    for name, *_ in body_fields(op)
    if name.rpartition(".")[2] in PHONES
]


def test_every_api_has_such_fields() -> None:
    assert {op.system.name for op, _ in FIELDS} == {"center_crm", "edumaster", "madrasti"}
    assert {name.rpartition(".")[2] for _, name in FIELDS} == PHONES


@each("op, field", FIELDS)
@each("country", ["DE", "UZ"])
def test_a_local_number_is_one_of_the_country_of_the_center(
    op: Op, field: str, country: str, site: RunningPlatform
) -> None:
    at = op.home(site)
    row = recipe_row(op, at)
    move_to(country, site, at.center)
    value = [LOCAL] if field == "phone_numbers" else LOCAL
    answer = call_operation(site.client(op.owner), op, id=row, body=replace_value(recipe_body(op, at), field, value))
    rows = str(site.rows())
    if country == "UZ":
        assert answer.status == 400, answer.body
        assert any(name.startswith(field) for name in answer.fields()), answer.body
        assert STORED not in rows
    else:
        assert answer.status in (200, 201, 202), answer.body
        assert STORED in rows
    assert LOCAL not in rows
    assert LOCAL.replace(" ", "") not in rows.replace(STORED, "")


def test_a_new_center_takes_a_number_of_the_country_of_the_settings(site: RunningPlatform) -> None:
    at = Place(site, site.world.tashkent)
    body = {**recipe_body("centers.create", at), "phone": "90 123 45 67"}
    made = call_operation(site.client("rustam"), "centers.create", body=body)
    assert (made.status, made["phone"]) == (201, "+998901234567")


def move_to(country: str, site: RunningPlatform, center_id: int) -> None:
    """Change the country of a Center."""
    with site.platform.school.work(site.world.rustam) as uow:
        change_center(uow, uow.get(Center, center_id), country=country)
