"""18. Contracts, as the document speaks of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from support.web.classroom import PDF, Classroom, assert_refused
from support.web.client import HOST, ApiResponse
from support.web.invalid_values import UNKNOWN_ID
from support.web.recipes import documented_keys
from support.web.sample_files import HTML, MEGABYTE, PNG


def _fields(here: Classroom, **more: Any) -> dict[str, Any]:
    """The fields of 18.2, without the file."""
    return {
        "student": here.student("sardor"),
        "group": here.town.morning.id,
        "contract_number": "CNT-2024-001",
        "signed_date": "2024-01-01",
    } | more


def _send(
    here: Classroom,
    method: str = "POST",
    path: str = "/contracts/",
    *,
    who: str = "aziza",
    content: bytes | None = PDF,
    name: str = "signed.pdf",
    **fields: Any,
) -> ApiResponse:
    parts: dict[str, Any] = {field: (None, str(value)) for field, value in fields.items()}
    if content is not None:
        parts["contract_file"] = (name, content)
    return here.site.client(who).send(method, path, files=parts)


def _filed(here: Classroom, **more: Any) -> ApiResponse:
    return _send(here, **_fields(here, **more)).expect(201)


def _kept(here: Classroom) -> list[Path]:
    return [path for path in here.site.platform.settings.files.rglob("*") if path.is_file()]


def _open(here: Classroom, url: str) -> bytes:
    assert url.startswith(HOST)
    return here.site.wire.send("GET", url.removeprefix(HOST)).content


def test_a_contract_is_shown_as_the_document_prints_it(here: Classroom) -> None:
    answer = _filed(here)
    shown = documented_keys("contracts.create", answer.body)
    assert _open(here, shown.pop("contract_file")) == PDF
    assert shown == {
        "id": answer["id"],
        "student": here.student("sardor"),
        "student_name": "Sardor Sardorov",
        "group": here.town.morning.id,
        "group_name": "Morning",
        "contract_number": "CNT-2024-001",
        "signed_date": "2024-01-01",
        "is_verified": False,
        "verified_by": None,
        "verified_by_name": None,
        "created_at": "2024-01-01T10:00:00Z",
    }


def test_verifying_names_who_did_and_repeats_itself(here: Classroom) -> None:
    contract = _filed(here)["id"]
    for who in ("aziza", "dilshod", "rustam"):
        answer = here.site.client(who).post(f"/contracts/{contract}/verify/", {}).expect(200)
        assert answer.body == {"status": "Contract verified"}
    shown = here.malika.get(f"/contracts/{contract}/")
    aziza = here.town.admin.user_id
    assert (shown["is_verified"], shown["verified_by"], shown["verified_by_name"]) == (True, aziza, "Aziza Azizaov")
    assert here.malika.get("/contracts/", is_verified="true", verified_by=aziza).ids == [contract]


@pytest.mark.parametrize(
    ("change", "stays"),
    [
        ({"signed_date": "2023-12-31"}, True),
        ({"contract_number": "CNT-2024-001", "is_verified": False, "verified_by": None}, True),
        ({"contract_number": "CNT-9"}, False),
        ({"student": "sevara"}, False),
    ],
    ids=["date", "the same", "number", "student"],
)
def test_another_contract_has_to_be_verified_anew(change: dict[str, Any], stays: bool, here: Classroom) -> None:
    contract = _filed(here)["id"]
    here.aziza.post(f"/contracts/{contract}/verify/").expect(200)
    if "student" in change:
        change = {"student": here.student(change["student"])}
    shown = here.aziza.patch(f"/contracts/{contract}/", change).expect(200)
    assert (shown["is_verified"], shown["verified_by"] is not None) == (stays, stays)  # C79


def test_another_file_replaces_the_first_and_clears_the_verification(here: Classroom) -> None:
    contract = _filed(here)["id"]
    here.aziza.post(f"/contracts/{contract}/verify/").expect(200)
    shown = _send(here, "PATCH", f"/contracts/{contract}/", content=PNG, name="signed.png").expect(200)
    assert (_open(here, shown["contract_file"]), shown["is_verified"]) == (PNG, False)
    assert len(_kept(here)) == 1


def test_a_put_without_a_file_keeps_it(here: Classroom) -> None:
    contract = _filed(here)
    path = f"/contracts/{contract['id']}/"
    shown = here.aziza.put(path, contract.body | {"signed_date": "2024-01-02"}).expect(200)
    assert shown.body == contract.body | dict.fromkeys(("signed_date", "contract_date"), "2024-01-02")  # C35
    form = _send(here, "PUT", path, **_fields(here), content=None).expect(200)
    assert form.body == contract.body
    assert here.aziza.put(path, {"student": here.student("sardor")}).expect(200).body == contract.body  # C30


def test_numbers_are_unique_in_the_center(here: Classroom) -> None:
    _filed(here)
    assert_refused(_send(here, **_fields(here)), "contract_number", "already taken")  # C36
    town = here.there
    there = _fields(here, student=town.student.student_id, group=town.morning.id)
    _send(here, who="alisher", **there).expect(201)
    assert len(_kept(here)) == 2


def test_the_student_is_or_was_in_the_group(here: Classroom) -> None:
    evening = here.town.evening.id
    assert_refused(_send(here, **_fields(here, group=evening)), "group", "never was")
    here.dilshod.post(f"/students/{here.student('sardor')}/assign-group/", {"group_id": evening}).expect(200)
    _filed(here)
    contract = _filed(here, group=evening, contract_number="CNT-2")["id"]
    assert_refused(
        here.aziza.patch(f"/contracts/{contract}/", {"student": here.student("sevara")}), "group", "never was"
    )
    assert len(_kept(here)) == 2


def test_everything_wrong_is_said_at_once_and_no_file_stays(here: Classroom) -> None:
    wrong = {"student": "x", "group": UNKNOWN_ID, "contract_number": "x" * 10_000, "signed_date": "2024-02-31"}
    answer = _send(here, **wrong, content=b"")
    assert (answer.status, answer.fields()) == (400, {*wrong, "contract_file"})
    answer = here.aziza.post("/contracts/", {})
    assert (answer.status, answer.fields()) == (400, {"student", "contract_file"})
    for field, id in (("student", here.there.student.student_id), ("group", here.there.morning.id), ("student", -1)):
        assert_refused(_send(here, **_fields(here, **{field: id})), field, "exists here")
    assert_refused(_send(here, **_fields(here, contract_number="a\0b")), "contract_number")
    assert (here.site.changed(), _kept(here)) == ([], [])


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (b"", "a.pdf"),
        (HTML, "a.pdf"),
        (b"MZ\x90\0" + b"\0" * 99, "a.pdf"),
        (PDF, "a.docx"),
        (b"plain text", "a.txt"),
        (PDF.ljust(10 * MEGABYTE + 1, b"\0"), "a.pdf"),
    ],
    ids=["empty", "page", "program", "misnamed", "text", "too large"],
)
def test_other_files_are_refused_and_not_kept(content: bytes, name: str, here: Classroom) -> None:
    assert_refused(_send(here, **_fields(here), content=content, name=name), "contract_file")
    assert (here.site.changed(), _kept(here)) == ([], [])


def test_the_largest_file_is_taken_and_a_name_leads_nowhere(here: Classroom) -> None:
    _send(here, **_fields(here), content=PDF.ljust(10 * MEGABYTE, b"\0"), name="../../x.pdf").expect(201)
    folder = here.site.platform.settings.files.resolve()
    assert [path.resolve().is_relative_to(folder) for path in _kept(here)] == [True]


def test_everybody_reads_the_contracts_that_concern_them(here: Classroom) -> None:
    contract = _filed(here)["id"]
    seen: dict[str, int] = {}
    for name in here.site.world.everybody():
        seen[name] = here.site.client(name).get(f"/contracts/{contract}/").status
    able = {"rustam", "dilshod", "malika", "aziza", "sardor"}
    assert {name for name, status in seen.items() if status == 200} == able  # C15
    assert {status for name, status in seen.items() if name not in able} == {404}
    assert contract in here.sardor.get("/contracts/").ids
    assert here.sevara.get("/contracts/")["count"] == 0


@pytest.mark.parametrize("who", ["malika", "timur", "sardor"])
def test_only_admins_and_owners_write(who: str, here: Classroom) -> None:
    contract, client = _filed(here)["id"], here.site.client(who)
    for answer in (
        _send(here, who=who, **_fields(here, contract_number="CNT-2")),
        client.patch(f"/contracts/{contract}/", {}),
        client.post(f"/contracts/{contract}/verify/"),
        client.delete(f"/contracts/{contract}/"),
    ):
        assert answer.status == 403
    assert len(_kept(here)) == 1


def test_a_verified_contract_stays(here: Classroom) -> None:
    contract = _filed(here)["id"]
    here.aziza.post(f"/contracts/{contract}/verify/").expect(200)
    answer = here.dilshod.delete(f"/contracts/{contract}/")
    assert (answer.status, answer.is_whole_refusal, "verified" in answer["error"]) == (400, True, True)
    assert here.dilshod.delete(f"/students/{here.student('sardor')}/").status == 400  # C34
    here.aziza.patch(f"/contracts/{contract}/", {"contract_number": "CNT-9"}).expect(200)
    here.aziza.delete(f"/contracts/{contract}/").expect(204)
    assert _kept(here) == []
