"""15. The equipment of rooms, which the document writes as one text."""

from __future__ import annotations

from support.web.classroom import Classroom


def test_equipment_is_one_text_with_commas(here: Classroom) -> None:
    room = {"branch": here.town.branch.id, "name": "Room 9", "capacity": 5}
    made = here.rustam.post("/rooms/", {**room, "equipment": "Projector,Whiteboard , Доска"}).expect(201)
    assert made.body["equipment"] == "Projector, Whiteboard, Доска"
    target = f"/rooms/{made.body['id']}/"
    assert here.rustam.patch(target, {"capacity": 6}).expect(200).body["equipment"] == made.body["equipment"]
    assert here.rustam.get(target).expect(200).body["equipment"] == made.body["equipment"]
    assert here.rustam.patch(target, {"equipment": ""}).expect(200).body["equipment"] == ""
    assert here.rustam.post("/rooms/", {**room, "name": "Room 10"}).expect(201).body["equipment"] == ""


def test_rooms_are_ordered_by_that_text(here: Classroom) -> None:
    for number, text in enumerate(["b", "a, b", "ab", "a"]):
        room = {"branch": here.town.branch.id, "name": f"Room {number}", "capacity": 5, "equipment": text}
        here.rustam.post("/rooms/", room).expect(201)
    for ordering, texts in (("equipment", ["a", "a, b", "ab", "b"]), ("-equipment", ["b", "ab", "a, b", "a"])):
        found = here.rustam.get("/rooms/", search="Room", ordering=ordering).expect(200).body["results"]
        assert [room["equipment"] for room in found if room["equipment"]] == texts
