"""Centers, branches and rooms, and the local time of a Center."""

from educore.organization.context import CONTEXT
from educore.organization.entities import Branch, BranchStatus, Center, CenterStatus, Room
from educore.organization.use_cases import (
    activate_center,
    appoint_director,
    center_time_zone,
    change_branch,
    change_center,
    close_branch,
    create_branch,
    create_center,
    deactivate_center,
    get_or_create_main_branch,
    local_today,
    open_branch,
    toggle_room,
)

__all__ = [
    "Branch",
    "BranchStatus",
    "CONTEXT",
    "Center",
    "CenterStatus",
    "Room",
    "activate_center",
    "appoint_director",
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
    "toggle_room",
]
