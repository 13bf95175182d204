"""15. Rooms."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel

from educore import From
from educore.organization import Room
from educore.values import Line, Name, Places
from educore_web.apis.center_crm.dialect import CrmShape
from educore_web.apis.center_crm.spec import crm
from educore_web.rest.bodies import Body
from educore_web.rest.body_fields import To
from educore_web.rest.further_names import ADDITION


class RoomIn(Body, of=Room):
    """A room; its name is unique in the branch."""

    branch: Annotated[int, To("branch_id")]
    name: Name
    capacity: Places
    equipment: Line = ""
    is_available: bool = True


class RoomOut(CrmShape, of=Room):
    """A room."""

    id: int
    branch: Annotated[int, From("branch_id")]
    branch_name: Annotated[str, From("branch.name")]
    name: str
    capacity: int | None
    equipment: str
    is_available: bool
    created_at: Annotated[datetime | None, ADDITION]


class AvailabilityOut(BaseModel):
    """The availability of a room: true if it can be booked now."""

    is_available: bool


def answer_availability(room: Room) -> dict[str, Any]:
    """Return the answer of 15.7."""
    return {"is_available": room.is_available}


ROUTES = [
    *crm.crud("/rooms/", Room, RoomIn, RoomOut, search=("name", "branch__name")),
    crm.act("/rooms/{id}/toggle-availability/", Room, "toggle", answer_availability, out=AvailabilityOut),
]
