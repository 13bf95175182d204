"""Centers, branches and rooms, and the region of a Center with its local time."""

from educore.organization.context import CONTEXT
from educore.organization.entities import (
    Branch,
    BranchId,
    BranchStatus,
    Center,
    CenterKind,
    CenterStatus,
    OwnCenterId,
    Room,
    RoomId,
    RoomType,
)
from educore.organization.queries import between_days, center_time_zone, local_today, region_of
from educore.organization.use_cases import (
    activate_center,
    appoint_director,
    change_branch,
    change_center,
    close_branch,
    create_branch,
    create_center,
    deactivate_center,
    get_or_create_main_branch,
    open_branch,
    toggle_room,
)

__all__ = [
    "Branch",
    "BranchId",
    "BranchStatus",
    "CONTEXT",
    "Center",
    "CenterKind",
    "CenterStatus",
    "OwnCenterId",
    "Room",
    "RoomId",
    "RoomType",
    "activate_center",
    "appoint_director",
    "between_days",
    "center_time_zone",
    "change_branch",
    "change_center",
    "close_branch",
    "create_branch",
    "create_center",
    "deactivate_center",
    "get_or_create_main_branch",
    "local_today",
    "open_branch",
    "region_of",
    "toggle_room",
]
