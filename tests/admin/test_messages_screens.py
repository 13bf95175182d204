"""Notes to oneself, texts to groups, what became of them, and kept texts."""

from __future__ import annotations

import re
from dataclasses import replace

from educore import perform
from educore.messaging import Delivery, DeliveryStatus, SmsTemplate
from educore.people import Student
from support.admin.browser import page_text

ONCE = re.compile(r'name="once" value="([^"]+)"')


def unread(page) -> str | None:
    found = re.search(r'data-unread="(\d+)"', page.text)
    return found[1] if found else None


def test_the_bell_counts_what_one_has_not_read(as_, director, office):
    assert unread(director.get("/")) == "1"
    page = director.get("/notification/list")
    assert "Registon note" in page.text
    assert "Zukko" not in page.text
    page = director.post("/notification/read-all")
    assert "Marked as read: 1." in page_text(page)
    assert unread(page) is None
    assert "Unread" not in page_text(director.get("/notification/list")).partition("Registon note")[2]
    assert unread(as_("dilnoza-z").get("/")) == "1"


def test_notes_of_others_are_neither_seen_nor_touched(as_, office):
    malika = as_("malika")
    assert unread(malika.get("/")) is None
    for id in (office.registon.note, office.zukko.note):
        assert malika.get(f"/notification/details/{id}").status_code == 404
        assert malika.post(f"/notification/action/read?pks={id}").status_code == 404
        assert malika.post(f"/notification/action/delete?pks={id}").status_code == 404
    assert "note" not in malika.get("/notification/export/csv").text
    assert malika.post("/notification/read-all", token="wrong").status_code == 403


def test_one_note_is_read_and_deleted(director, office):
    id = office.registon.note
    assert "Marked as read: 1." in page_text(director.post(f"/notification/action/read?pks={id}"))
    assert "/admin/notification/action/read?pks" not in director.get(f"/notification/details/{id}").text
    director.post(f"/notification/action/delete?pks={id}")
    assert director.get(f"/notification/details/{id}").status_code == 404


def test_a_text_to_a_group_is_previewed_and_sent_once(director, world, office):
    path = f"/group/action/send_sms?pks={world.registon.group}"
    form = director.get(path)
    assert 'value="do"' not in form.text
    key = ONCE.search(form.text)[1]
    fields = {"message": "Salom {name}, {group}", "template_id": "", "once": key}
    before = len(world.find(Delivery))
    preview = director.post(path, fields | {"then": "preview"})
    assert "Texts to send: 1." in page_text(preview)
    assert "Salom Ali, Registon group" in preview.text
    assert ONCE.search(preview.text)[1] == key
    assert len(world.find(Delivery)) == before, "a preview sends nothing"
    for _ in range(2):
        page = director.post(path, fields | {"then": "do"})
        assert "The texts are on their way." in page_text(page)
    sent = world.find(Delivery, text="Salom Ali, Registon group")
    assert [(one.address, one.status) for one in sent] == [("+998900000001", DeliveryStatus.QUEUED)]


def test_a_text_that_cannot_be_sent_is_refused_beside_its_question(director, world, office):
    path = f"/group/action/send_sms?pks={world.registon.group}"
    before = len(world.find(Delivery))
    for fields, name, sentence in (
        ({}, "message", "Write a message or choose a template"),
        ({"message": "{amount}"}, "message", "no place that can be filled"),
        ({"message": "{"}, "message", "brace"),
        ({"message": "x" * 1001}, "message", "at most 1000"),
        ({"template_id": office.zukko.template}, "template_id", "exists here"),
        ({"template_id": "x"}, "template_id", "exists here"),
    ):
        for then in ("preview", "do"):
            page = director.post(path, fields | {"then": then})
            assert page.status_code == 400, fields
            errors = page.text.partition(f'id="q-{name}-errors">')[2].partition("</div>")[0]
            assert sentence in errors, (fields, page_text(page))
            assert "Zukko" not in page.text
    assert len(world.find(Delivery)) == before


def test_texts_go_to_groups_of_the_own_center_by_those_who_may(as_, world, office):
    fields = {"message": "Hi", "then": "do"}
    assert as_("aziz").post(f"/group/action/send_sms?pks={world.zukko.group}", fields).status_code == 404
    assert as_("teacher-r").post(f"/group/action/send_sms?pks={world.registon.group}", fields).status_code == 403
    assert as_("aziz").post(f"/group/action/send_sms?pks={world.registon.group}", fields).status_code == 200
    assert len(world.find(Delivery, text="Hi")) == 1


def test_nobody_with_a_number_is_said(director, world, office):
    with world.as_boss() as uow:
        student = uow.get(Student, world.registon.student)
        perform(uow, Student, "update", student.id, {"account": {"phone": None}, "parent_phone": None})
    page = director.post(f"/group/action/send_sms?pks={world.registon.group}", {"message": "Hi"})
    assert "Nobody in this group has a telephone number." in page_text(page)


def test_what_failed_is_tried_again(director, world, office):
    page = director.get("/delivery/list?status=failed")
    assert "Registon writes" in page.text
    assert "off" in page.text
    page = director.post(f"/delivery/action/requeue?pks={office.registon.delivery}")
    assert "Waiting to be sent: 1." in page_text(page)
    assert world.get(Delivery, office.registon.delivery).status is DeliveryStatus.QUEUED
    assert "/admin/delivery/action/requeue" not in page.text
    again = director.post(f"/delivery/action/requeue?pks={office.registon.delivery}")
    assert "Only what failed can be sent again" in page_text(again)
    assert director.post(f"/delivery/action/requeue?pks={office.zukko.delivery}").status_code == 404
    for path in ("create", f"edit/{office.registon.delivery}"):
        assert director.get(f"/delivery/{path}").status_code == 403, path
    assert director.get(f"/delivery/action/delete?pks={office.registon.delivery}").status_code == 404


def test_templates_are_kept_with_places_that_can_be_filled(director, world, office):
    director.post("/sms-template/create", {"name": "Hello", "text": "Hi {name} in {group}"})
    made = world.find(SmsTemplate, name="Hello")[0]
    assert made.center_id == world.registon.center
    page = director.post(f"/sms-template/edit/{made.id}", {"name": "Hello", "text": "Hi {nobody}"})
    errors = page.text.partition('id="q-text-errors">')[2].partition("</div>")[0]
    assert "{nobody} is no place" in errors
    assert "<textarea" in page.text
    director.post(f"/sms-template/action/delete?pks={made.id}")
    assert not world.find(SmsTemplate, name="Hello")


def test_a_group_is_not_written_to_when_the_center_has_sent_its_texts_of_the_day(director, world, office, monkeypatch):
    path, fields = f"/group/action/send_sms?pks={world.registon.group}", {"message": "Salom", "then": "do"}
    before = len(world.find(Delivery))
    monkeypatch.setattr(world.school, "ports", replace(world.school.ports, texts_per_day=0))
    page = director.post(path, fields)
    assert page.status_code == 400
    assert "0 are left today, and this would be 1" in page_text(page)
    assert len(world.find(Delivery)) == before
    monkeypatch.undo()
    director.post(path, fields)
    assert len(world.find(Delivery)) == before + 1
