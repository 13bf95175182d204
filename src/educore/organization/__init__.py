"""Centers, their branches and their rooms."""

from educore.organization.context import CONTEXT
from educore.organization.entities import Branch, BranchStatus, Center, CenterStatus, Room
from educore.organization.use_cases import (
    activate_center,
    appoint_director,
    change_branch,
    change_center,
    close_branch,
    create_branch,
    create_center,
    deactivate_center,
    local_today,
    main_branch,
    open_branch,
    toggle_room,
    zone_of,
)

__all__ = [
    "CONTEXT",
    "Branch",
    "BranchStatus",
    "Center",
    "CenterStatus",
    "Room",
    "activate_center",
    "appoint_director",
    "change_branch",
    "change_center",
    "close_branch",
    "create_branch",
    "create_center",
    "deactivate_center",
    "local_today",
    "main_branch",
    "open_branch",
    "toggle_room",
    "zone_of",
]
