"""Notifications: what the document prints, everybody's own only, and nothing but `is_read` to change."""

from __future__ import annotations

from typing import Any

import pytest

from educore.messaging import Worker
from support.web.classroom import Classroom, assert_refused

PATH = "/notifications/"
HEAD = {"notification_type": "payment_reminder", "title": "Payment Due", "message": "Your payment is due on 2024-01-31"}


def note(here: Classroom, name: str = "sardor", **more: Any) -> dict[str, Any]:
    """A note to somebody of the cast."""
    return {"user": here.site.world.everybody()[name].user_id, **HEAD, **more}


def written(here: Classroom, name: str = "sardor", **more: Any) -> int:
    """The id of a note the clerk has written."""
    return int(here.aziza.post(PATH, note(here, name, **more)).expect(201)["id"])


def test_a_notification_is_shown_as_the_document_prints_it(here: Classroom) -> None:
    answer = here.malika.post(PATH, note(here)).expect(201)
    assert answer.body == {
        "id": answer["id"],
        "user": here.site.world.sardor.user_id,
        "username": "sardor",
        **HEAD,
        "is_read": False,
        "created_at": "2024-01-01T10:00:00Z",
    }
    assert here.sardor.get(f"{PATH}{answer['id']}/").expect(200).body == answer.body
    assert here.sardor.get(PATH).results[0] == answer.body  # the newest first


def test_everybody_sees_their_own_and_nobody_elses(here: Classroom) -> None:
    id = written(here)
    for who in ("rustam", "dilshod", "aziza", "timur", "sevara", "davron"):
        client = here.site.client(who)
        for answer in (
            client.get(f"{PATH}{id}/"),
            client.patch(f"{PATH}{id}/", {"is_read": True}),
            client.put(f"{PATH}{id}/", {"is_read": True}),
            client.delete(f"{PATH}{id}/"),
        ):
            assert answer.status == 404, who  # C76
        assert id not in client.get(PATH).ids
    assert here.sardor.get(f"{PATH}{id}/")["is_read"] is False


def test_the_owner_reads_it_and_deletes_it_and_changes_nothing_else(here: Classroom) -> None:
    id = written(here)
    before = here.sardor.get(f"{PATH}{id}/").body
    sent = {"is_read": True, "title": "Party", "user": here.site.world.timur.user_id, "notification_type": "general"}
    assert here.sardor.put(f"{PATH}{id}/", sent).expect(200).body == before | {"is_read": True}
    assert here.sardor.patch(f"{PATH}{id}/", {"is_read": False}).expect(200).body == before
    assert_refused(here.sardor.put(f"{PATH}{id}/", {}), "is_read")
    assert_refused(here.sardor.patch(f"{PATH}{id}/", {"is_read": None}), "is_read")
    here.sardor.delete(f"{PATH}{id}/").expect(204)
    assert here.sardor.get(f"{PATH}{id}/").status == 404


def test_all_ones_own_are_marked_read_and_nobody_elses(here: Classroom) -> None:
    mine, theirs = [written(here), written(here)], written(here, "sevara")
    for _ in range(2):
        answer = here.sardor.post(f"{PATH}mark-all-read/", {}).expect(200)
        assert answer.body == {"status": "All notifications marked as read"}
    assert {row["is_read"] for row in here.sardor.get(PATH).results} == {True}
    assert set(mine) <= set(here.sardor.get(PATH, is_read="true").ids)
    assert here.sevara.get(f"{PATH}{theirs}/")["is_read"] is False
    with here.site.statements() as seen:
        here.sardor.post(f"{PATH}mark-all-read/")
    assert len([statement for statement in seen if statement.startswith("UPDATE notification")]) == 1


def test_lists_are_filtered_by_type_state_and_day(here: Classroom) -> None:
    first = written(here)
    here.site.clock.advance(minutes=5)
    second = written(here, notification_type="general", title="Holiday")
    for query, ids in (
        ({"notification_type": "payment_reminder"}, [first]),
        ({"created_at_from": "2024-01-01T10:05:00Z"}, [second]),
        ({"search": "holiday"}, [second]),
        ({"is_read": "false", "ordering": "created_at", "notification_type": "payment_reminder"}, [first]),
        ({"created_at_to": "2023-12-31"}, []),
    ):
        assert here.sardor.get(PATH, **query).ids == ids, query


def test_the_office_writes_to_its_own_people_only(here: Classroom) -> None:
    for who in ("rustam", "dilshod", "malika", "aziza"):
        here.site.client(who).post(PATH, note(here)).expect(201)  # C76
    for who in ("timur", "sardor"):
        assert here.site.client(who).post(PATH, note(here)).status == 403
    here.site.reset()
    for who, whom in (("aziza", "sobir"), ("dilshod", "rustam"), ("rustam", "rustam")):
        assert_refused(here.site.client(who).post(PATH, note(here, whom)), "user")
    assert here.site.changed() == []


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"user": None}, "user"),
        ({"user": "sardor"}, "user"),
        ({"notification_type": "advertisement"}, "notification_type"),
        ({"notification_type": "Lesson_Reminder"}, "notification_type"),
        ({"title": ""}, "title"),
        ({"title": "x" * 201}, "title"),
        ({"message": 5}, "message"),
        ({"message": "x" * 5001}, "message"),
        ({"message": "a\0"}, "message"),
    ],
)
def test_what_makes_no_notification_is_refused_on_its_field(
    change: dict[str, Any], field: str, here: Classroom
) -> None:
    assert_refused(here.aziza.post(PATH, note(here, **change)), field)
    assert here.site.changed() == []


def test_everything_wrong_is_named_at_once(here: Classroom) -> None:
    answer = here.aziza.post(PATH, {"user": 987654321, "notification_type": "x", "title": "", "message": []})
    assert answer.fields() == {"user", "notification_type", "title", "message"}


def test_what_happens_in_class_is_told(here: Classroom) -> None:
    lesson = here.planned(date="2024-01-02")
    here.dilshod.post(f"/lessons/{lesson['id']}/cancel/").expect(200)
    here.given(title="Poem")
    worker = Worker(here.site.platform.school)
    while worker.run_once():
        pass
    said = {(row["notification_type"], row["message"]) for row in here.sevara.get(PATH).results}
    assert ("lesson_cancelled", "The Morning lesson on 2024-01-02 at 09:00 is cancelled") in said
    assert ("assignment_created", "Poem (Morning) is due on 2024-01-20") in said
    assert "lesson_cancelled" in {row["notification_type"] for row in here.timur.get(PATH).results}
    assert "Poem (Morning) is due on 2024-01-20" not in {row["message"] for row in here.tamara.get(PATH).results}
