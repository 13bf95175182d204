"""A phone number is found however it is typed: in the search of every list, and in filters by phone."""

from __future__ import annotations

import pytest

from educore import where
from educore.organization import Center, change_center
from support.parametrize import each
from support.web.client import Client
from support.web.recipes import Place, call_operation
from support.web.running_platform import RunningPlatform
from support.web.system import Op
from support.web.systems import EDUMASTER, LISTS

SEARCHED = [(op, path) for op in LISTS if op.listing for path in op.listing.phones]
UNKNOWN = "+998 33 345-67-89"


def spellings(phone: str) -> list[str]:
    """Return ways to type a number of Uzbekistan, whole and in part."""
    code, rest = phone[4:6], phone[6:]
    local = f"{rest[:3]}-{rest[3:5]}-{rest[5:]}"
    return [
        phone,
        phone[1:],
        f"+998 ({code}) {local}",
        f"{code} {local}",
        f"{code} {rest[:3]} {rest[3:5]} {rest[5:]}",
        f"+998 {code} {rest[:3]} {rest[3:5]} {rest[5:]}",
        f"{code}/{rest[:3]}.{rest[3:]}",
        f"\u202a+998 {code}\u00a0{rest}\u202c",
        local,
    ]


def found(client: Client, op: Op, **query: str) -> list[int]:
    return [row["id"] for row in call_operation(client, op, query={"page_size": 100, **query}).expect(200).results]


def test_both_apis_have_such_lists() -> None:
    assert {op.system.name for op, _ in SEARCHED} == {"center_crm", "edumaster"}
    ends = {path.rpartition("__")[2] for _, path in SEARCHED}
    assert ends == {"phone", "parent_phone"}


@each("op, path", SEARCHED)
def test_a_search_finds_a_phone_in_every_spelling(op: Op, path: str, site: RunningPlatform) -> None:
    rustam, kind = site.client("rustam"), op.operation.listing.shape.of
    with site.platform.school.work(site.world.rustam) as uow:
        phones = uow.count_by(kind, path.replace("__", "."), where(**{f"{path}__isnull": False}))
    phone, expected = next(
        (phone, ids) for phone in phones if phone.startswith("+998") and (ids := found(rustam, op, search=phone))
    )
    for typed in spellings(phone):
        assert set(expected) <= set(found(rustam, op, search=typed)), typed
    assert found(rustam, op, search=UNKNOWN) == []


def test_a_phone_is_found_beside_other_words(site: RunningPlatform) -> None:
    dilshod, students = site.client("dilshod"), "/students/"
    sardor = next(row for row in dilshod.get(students).results if row["user"]["username"] == "sardor")
    phone = spellings(sardor["user_info"]["phone"])[3]
    for text in (f"{phone} sardor", f"sardor {phone}", f"sar {phone} ov"):
        assert dilshod.get(students, search=text).ids == [sardor["id"]], text
    assert dilshod.get(students, search=f"sevara {phone}").ids == []


def test_words_of_digits_are_still_words(site: RunningPlatform) -> None:
    at = Place(site, site.world.tashkent)
    dilshod = site.client("dilshod")
    room = dilshod.post("/rooms/", {"branch": at.town.branch.id, "name": "Hall 2024 01", "capacity": 5})
    assert dilshod.get("/rooms/", search="2024 01").ids == [room.expect(201)["id"]]
    assert dilshod.get("/rooms/", search="01 hall 2024").ids == [room["id"]]


def test_a_trunk_prefix_is_that_of_the_center(site: RunningPlatform) -> None:
    with site.platform.school.work(site.world.rustam) as uow:
        change_center(uow, uow.get(Center, site.world.tashkent.center.id), country="DE")
    dilshod, at = site.client("dilshod"), Place(site, site.world.tashkent)
    body = {"branch": at.town.branch.id, "name": "Anna", "phone": "030 1234567"}
    lead = dilshod.post("/leads/", body).expect(201)
    assert lead["phone"] == "+49301234567"
    for typed in ("030 1234567", "030/123-4567", "0049 30 1234567", "123-45", "+49 30 123"):
        assert dilshod.get("/leads/", search=typed).ids == [lead["id"]], typed


@pytest.mark.parametrize("typed", ["+998 93 111-22-33", "93 111 22 33", "(93) 111-22-33", "998931112233", "111-22"])
def test_the_history_of_sms_is_filtered_by_a_number_in_every_spelling(typed: str, site: RunningPlatform) -> None:
    dilshod = site.client("dilshod").of(EDUMASTER)
    for number in ("+998931112233", "+998931112299"):
        dilshod.post("/messaging/send-sms/", {"phone_numbers": [number], "message": "Hello there"}).expect(200)
    found = dilshod.get("/messaging/sms-logs/", phone_number=typed).results
    expected = {"+998931112233"} if typed != "111-22" else {"+998931112233", "+998931112299"}
    assert {row["phone_number"] for row in found} == expected
