"""Rooms."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from educore import Conflict, From, UnitOfWork, perform, where
from educore.groups import Group, GroupStatus
from educore.organization import Room, get_or_create_main_branch
from educore.values import Floor, Line, ListEntry, Name, Places, Text
from educore_web.apis.madrasti.dialect import MadrastiShape
from educore_web.apis.madrasti.spec import madrasti
from educore_web.apis.madrasti.words import OFFICE, SCHOOL_OFFICE, RoomWord
from educore_web.rest.bodies import Body
from educore_web.rest.body_fields import To
from educore_web.rest.cache_headers import Cache
from educore_web.rest.filters import text_filter
from educore_web.rest.further_names import Also

MOST_EQUIPMENT = 50


class RoomIn(Body, of=Room):
    """A room; its name is unique in the school."""

    name: Name
    room_number: Annotated[Line, To("number"), Also("code"), Field(min_length=1, max_length=20)]
    building: Annotated[Line, Field(max_length=100)] = ""
    floor: Floor | None = None
    capacity: Places | None = None
    room_type: Annotated[RoomWord, To("type")]
    equipment: Annotated[list[ListEntry], Field(max_length=MOST_EQUIPMENT)] = Field(default_factory=list)
    is_available: bool = True
    notes: Text = ""


class RoomOut(MadrastiShape, of=Room):
    """A room."""

    id: int
    name: str
    room_number: Annotated[str | None, From("number"), Also("code")]
    building: str
    floor: int | None
    capacity: int | None
    room_type: Annotated[RoomWord, From("type")]
    equipment: list[str]
    is_available: bool
    notes: str


def add_room(uow: UnitOfWork, **fields: Any) -> Room:
    """Add a room to the main branch, of which this document knows nothing."""
    if (center_id := uow.actor.center_id) is not None:
        fields["branch_id"] = get_or_create_main_branch(uow.as_platform(), center_id=center_id).id
    room: Room = perform(uow, Room, "create", fields=fields)
    return room


def remove_room(uow: UnitOfWork, room: Room) -> None:
    """Delete a room for good. Raises: Conflict("in_use") while active classes are at home in it, or for its lessons."""
    if classes := uow.count(Group, where(room_id=room.id, status=GroupStatus.ACTIVE)):
        raise Conflict.because("", "in_use", kind=Room.__name__, by={Group.__name__: classes})
    perform(uow, Room, "delete", room.id)


ROUTES = madrasti.crud(
    "/schools/rooms/",
    Room,
    RoomIn,
    RoomOut,
    create=add_room,
    delete=remove_room,
    resource="schools.rooms",
    search=("name", "number", "building"),
    listing={
        "order": ("name",),
        "filters": (
            text_filter("room_number", "number"),
            text_filter("code", "number"),
            text_filter("building", "building"),
        ),
    },
    write_roles=OFFICE,
    create_roles=SCHOOL_OFFICE,
    permission="can_manage_config",
    additions=("partial_update",),
    cache=Cache.STRUCTURE,
)
