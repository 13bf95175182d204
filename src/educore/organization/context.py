"""The organization context: its entities, policies, actions, guards and indexes."""

from __future__ import annotations

from educore.kernel.context import Context
from educore.kernel.storage import DeferredKey, Unlisted
from educore.organization.entities import Branch, Center, NumberSeries, Room
from educore.organization.policies import POLICIES
from educore.organization.queries import country_of
from educore.organization.use_cases import (
    activate_center,
    change_branch,
    change_center,
    close_branch,
    create_branch,
    create_center,
    deactivate_center,
    open_branch,
    toggle_room,
)

CONTEXT = Context(
    "organization",
    entities=(Center, Branch, Room, NumberSeries),
    policies=POLICIES,
    actions={
        (Center, "create"): create_center,
        (Center, "update"): change_center,
        (Center, "activate"): activate_center,
        (Center, "deactivate"): deactivate_center,
        (Branch, "create"): create_branch,
        (Branch, "update"): change_branch,
        (Branch, "open"): open_branch,
        (Branch, "close"): close_branch,
        (Room, "toggle"): toggle_room,
    },
    lookups={"country": country_of},
    storage=(DeferredKey(Center, "director_id"), Unlisted(NumberSeries)),
)
