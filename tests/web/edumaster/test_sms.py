"""SMS: one text to many numbers, its history, and texts kept for later."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from educore import Educore, Problem, Undelivered
from educore.adapters.memory import FakeSms
from educore.messaging import Worker
from support.web.client import ApiResponse, EduClient
from support.web.running_platform import RunningPlatform

SEND, LOGS, TEMPLATES = "/messaging/send-sms/", "/messaging/sms-logs/", "/messaging/templates/"
NUMBERS = ["+998901234567", "+998901234568"]
TEXT = {"phone_numbers": NUMBERS, "message": "Test xabar"}
OFFICE = ("dilshod", "malika", "aziza")


def carried(site: RunningPlatform, failure: Undelivered | None = None) -> FakeSms:
    """What a worker has carried, or what it was told instead."""
    sms, school = FakeSms(), site.platform.school
    sms.failure = failure
    Worker(Educore(school.store, replace(school.ports, sms=sms))).run_once()
    return sms


def kept(edu: EduClient, text: str, name: str = "Salom") -> ApiResponse:
    """A text kept for later."""
    return edu("aziza").post(TEMPLATES, {"name": name, "text": text}).expect(201)


def test_a_text_goes_to_each_number_and_stands_in_the_history(site: RunningPlatform, edu: EduClient) -> None:
    template = kept(edu, "Salom, {center}")["id"]
    answer = edu("aziza").post(SEND, TEXT | {"template_id": template}).expect(200)
    assert (answer["queued"], len(answer["sms_ids"])) == (2, 2)  # E30
    rows = edu("aziza").get(LOGS, template_id=template).results
    assert [row["id"] for row in rows] == answer["sms_ids"][::-1]
    assert rows[0] == {
        "id": answer["sms_ids"][1],
        "phone_number": NUMBERS[1],
        "message": "Test xabar",
        "template_id": template,
        "status": "queued",
        "error": "",
        "sent_by": site.world.aziza.user_id,
        "created_at": "2024-01-01T10:00:00Z",
        "sent_at": None,
    }  # E31
    site.clock.advance(minutes=1)
    assert {text.to for text in carried(site).sent} >= set(NUMBERS)
    shown = edu("malika").get(f"{LOGS}{answer['sms_ids'][0]}/").expect(200)
    assert (shown["status"], shown["sent_at"]) == ("sent", "2024-01-01T10:01:00Z")


def test_numbers_are_tidied_and_named_once(edu: EduClient) -> None:
    sent = edu("dilshod").post(SEND, TEXT | {"phone_numbers": [NUMBERS[0], "+998 (90) 123-45-67"]}).expect(200)
    assert sent["queued"] == 1


def test_a_text_that_was_refused_says_why(site: RunningPlatform, edu: EduClient) -> None:
    (id, _) = edu("aziza").post(SEND, TEXT)["sms_ids"]
    carried(site, Undelivered("400 no such number", is_permanent=True))
    row = edu("aziza").get(f"{LOGS}{id}/")
    assert (row["status"], row["error"], row["sent_at"]) == ("failed", "400 no such number", None)
    assert id in edu("aziza").get(LOGS, status="failed").ids
    assert edu("aziza").get(LOGS, status="sent")["count"] == 0


def test_the_history_is_found_by_number_state_and_day(edu: EduClient) -> None:
    ids = edu("aziza").post(SEND, TEXT)["sms_ids"]
    for query, found in (
        ({"phone_number": NUMBERS[0]}, [ids[0]]),
        ({"phone_number": "998 90 123-45-68"}, [ids[1]]),
        ({"search": "test xabar", "ordering": "id"}, ids),
        ({"status": "queued", "created_at_from": "2024-01-01", "search": "test"}, ids[::-1]),
        ({"created_at_to": "2023-12-31"}, []),
    ):
        assert edu("aziza").get(LOGS, **query).ids == found, query
    assert edu("aziza").get(LOGS, phone_number="abc").fields() == {"phone_number"}


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({}, {"phone_numbers"}),
        ({"phone_numbers": []}, {"phone_numbers"}),
        ({"phone_numbers": [f"+99890{n:07}" for n in range(501)], "message": "x"}, {"phone_numbers"}),
        ({"phone_numbers": NUMBERS}, {"message"}),
        ({"phone_numbers": NUMBERS, "message": " "}, {"message"}),
        ({"phone_numbers": NUMBERS, "template_id": 987654321}, {"template_id"}),
        (
            {"phone_numbers": [*NUMBERS, "12"], "message": 5, "template_id": 0},
            {"phone_numbers", "message", "template_id"},
        ),
        ({"phone_numbers": "12", "message": "x" * 1001}, {"phone_numbers", "message"}),
        ({"phone_numbers": NUMBERS, "message": "Salom, {nme}"}, {"message"}),
        ({"phone_numbers": NUMBERS, "message": "Salom, {"}, {"message"}),
        ({"phone_numbers": NUMBERS, "message": "{0.__class__}"}, {"message"}),
    ],
)
def test_everything_wrong_is_named_at_once_and_nothing_is_sent(
    body: dict[str, Any], fields: set[str], site: RunningPlatform, edu: EduClient
) -> None:
    answer = edu("aziza").post(SEND, body)
    assert (answer.status, {name.split(".")[0] for name in answer.fields()}) == (400, fields), answer.text
    assert site.changed() == []


def test_bad_numbers_are_told_by_their_place(edu: EduClient) -> None:
    numbers = [*NUMBERS, "12", "+998901234569", "x"]
    answer = edu("aziza").post(SEND, TEXT | {"phone_numbers": numbers}, headers={"accept-language": "en"})
    assert answer.status == 400
    told = [f"No. {number}: {Problem('phone').translate()}" for number in (3, 5)]
    assert answer["details"] == {"phone_numbers": told}


def test_five_hundred_numbers_cost_as_many_statements_as_one(site: RunningPlatform, edu: EduClient) -> None:
    costs = []
    for many in (1, 500):
        with site.statements() as seen:
            edu("aziza").post(SEND, TEXT | {"phone_numbers": [f"+99890{n:07}" for n in range(many)]}).expect(200)
        costs.append(len(seen))
    assert costs[0] == costs[1]


def test_sms_are_for_the_office_and_each_center_has_its_own(edu: EduClient) -> None:
    (id, _) = edu("aziza").post(SEND, TEXT)["sms_ids"]
    template = kept(edu, "Salom")["id"]
    for who in ("timur", "sardor"):
        for answer in (edu(who).post(SEND, TEXT), edu(who).get(TEMPLATES)):
            assert answer.status == 403, who  # E30
        assert edu(who).get(LOGS)["count"] == 0
    assert {edu("davron").get(path).status for path in (f"{LOGS}{id}/", f"{TEMPLATES}{template}/")} == {404}
    assert edu("davron").post(SEND, TEXT | {"template_id": template}).fields() == {"template_id"}
    assert {edu(who).post(SEND, TEXT).status for who in OFFICE} == {200}


def test_the_superadmin_says_for_which_center(site: RunningPlatform, edu: EduClient) -> None:
    assert edu("rustam").post(SEND, TEXT).fields() == {"center_id"}
    sent = edu("rustam").post(SEND, TEXT | {"center_id": site.world.samarkand.center.id}).expect(200)
    assert sent["sms_ids"][0] in edu("davron").get(LOGS).ids
    assert edu("aziza").post(SEND, TEXT | {"center_id": site.world.samarkand.center.id}).fields() == {"center_id"}


def test_templates_are_kept_changed_used_and_deleted(edu: EduClient) -> None:
    made = kept(edu, "{center}: {date} kuni dars yo‘q")
    assert made.body == {
        "id": made["id"],
        "name": "Salom",
        "text": "{center}: {date} kuni dars yo‘q",
        "created_at": "2024-01-01T10:00:00Z",
    }
    path = f"{TEMPLATES}{made['id']}/"
    edu("aziza").post(SEND, {"phone_numbers": NUMBERS[:1], "template_id": made["id"]}).expect(200)
    assert edu("aziza").get(LOGS).results[0]["message"] == "Tashkent Academy: 2024-01-01 kuni dars yo‘q"
    assert edu("malika").patch(path, {"name": "Bayram"}).expect(200)["text"] == made["text"]
    assert edu("malika").put(path, {"name": "Bayram", "text": "Tabrik, {name}"}).expect(200)["text"] == "Tabrik, {name}"
    assert edu("aziza").post(SEND, {"phone_numbers": NUMBERS, "template_id": made["id"]}).fields() == {"template_id"}
    assert edu("aziza").post(TEMPLATES, {"name": "Bayram", "text": "x"}).fields() == {"name"}
    assert edu("aziza").post(TEMPLATES, {"name": "Yangi", "text": "{nme} {"}).fields() == {"text"}
    edu("dilshod").delete(path).expect(204)
    assert edu("aziza").get(LOGS).results[0]["template_id"] is None


def test_what_is_wrong_with_a_text_is_said_in_the_readers_language(edu: EduClient) -> None:
    for language, sentence in (
        ("en", "{nme} is no place that can be filled here; use {center}, {date}."),
        ("uz", "{nme} o‘rniga bu yerda hech narsa qo‘yib bo‘lmaydi; {center}, {date} dan foydalaning."),
    ):
        answer = edu("aziza").post(SEND, TEXT | {"message": "{nme}"}, headers={"accept-language": language})
        assert answer.error_of("message") == [sentence]


def test_a_center_that_has_sent_its_texts_of_the_day_is_told_how_many_are_left(
    site: RunningPlatform, edu: EduClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    school = site.platform.school
    used = edu("aziza").get(LOGS, created_at__gte="2024-01-01")["count"]
    monkeypatch.setattr(school, "ports", replace(school.ports, texts_per_day=used + 3))
    edu("aziza").post(SEND, TEXT).expect(200)
    refused = edu("aziza").post(SEND, TEXT)
    assert (refused.status, refused.is_whole_refusal) == (400, True), refused.text
    assert "Bugunga 1 ta qoldi, bu yerda esa 2 ta" in refused.text  # "1 are left today, and this would be 2"
    edu("aziza").post(SEND, TEXT | {"phone_numbers": NUMBERS[:1]}).expect(200)
