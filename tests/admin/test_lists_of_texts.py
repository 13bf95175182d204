"""Lists of texts in the admin: one text with commas in forms and tables, and the languages of a Center."""

from __future__ import annotations

from educore.audit import AuditEntry
from educore.organization import Center, Room
from support.admin.browser import page_text
from support.admin.forms import read_form


def room_form(world, **changed):
    fields = {"name": "Lab", "branch_id": world.registon.branch, "capacity": "5", "is_available": "on"}
    return fields | {"equipment": ""} | changed


def test_equipment_is_typed_and_shown_with_commas(director, world):
    page = director.post("/room/create", room_form(world, equipment="Projector,  Board، Доска,"))
    (room,) = world.find(Room, name="Lab")
    assert list(room.equipment) == ["Projector", "Board", "Доска"]
    assert "Projector, Board, Доска" in page_text(page)
    path = f"/room/edit/{room.id}"
    form = read_form(director.get(path))
    assert form["equipment"] == "Projector, Board, Доска"
    director.post(path, form | {"capacity": "6"})
    (changed,) = world.find(Room, name="Lab")
    assert (changed.capacity, changed.equipment) == (6, room.equipment)
    director.post(path, read_form(director.get(path)) | {"equipment": ""})
    assert list(world.find(Room, name="Lab")[0].equipment) == []
    entry = world.find(AuditEntry, row_name="Lab")[-1]
    assert (entry.before, entry.after) == ('{"equipment": ["Projector", "Board", "Доска"]}', '{"equipment": []}')
    trail = page_text(director.get(f"/audit-entry/details/{entry.id}"))
    assert "Projector, Board, Доска" in trail
    assert "[" not in trail


def test_rooms_are_found_and_sorted_by_their_equipment(director, world):
    for name, equipment in (("Lab", "Projector, Board"), ("Hall", "Stage")):
        director.post("/room/create", room_form(world, name=name, equipment=equipment))
    found = page_text(director.get("/room/list?search=tor, boa"))
    assert "Lab" in found
    assert "Hall" not in found
    text = page_text(director.get("/room/list?sortBy=equipment&sort=desc"))
    assert text.index("Stage") < text.index("Projector, Board")


def test_a_center_is_served_in_its_languages(as_, director, world):
    assert '<html lang="en" ' in director.get("/", headers={"accept-language": "en"}).text
    boss = as_("sayyora")
    path = f"/center/edit/{world.registon.center}"
    refused = boss.post(path, read_form(boss.get(path)) | {"languages": "uz, xx"})
    assert refused.status_code == 400
    boss.post(path, read_form(boss.get(path)) | {"languages": "uz, ru"})
    (center,) = world.find(Center, id=world.registon.center)
    assert list(center.languages) == ["uz", "ru"]
    for asked, shown in (("en", "uz"), ("ru", "ru"), ("fr-MA,ru;q=0.9", "uz")):
        page = director.get("/", headers={"accept-language": asked}).text
        assert f'<html lang="{shown}" ' in page
        assert ("?lang=ru" in page, "?lang=fr" in page) == (True, False)
    assert '<html lang="en" ' in boss.get("/", headers={"accept-language": "en"}).text
