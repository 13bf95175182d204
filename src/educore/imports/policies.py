"""Policies of imports and imported rows."""

from __future__ import annotations

from educore.identity.policies import own_center
from educore.imports.entities import Import, ImportedRow
from educore.kernel.conditions import everything
from educore.kernel.policy import Policy, Role, allow

IMPORT_POLICY = Policy(
    Import,
    {
        Role.SUPERADMIN: allow(everything),
        Role.DIRECTOR: allow(read=own_center, create=own_center, revert=own_center),
        Role.MANAGER: allow(read=own_center, create=own_center, revert=own_center),
        Role.ADMIN: allow(read=own_center, create=own_center, revert=own_center),
    },
)

IMPORTED_ROW_POLICY = Policy(
    ImportedRow,
    {
        Role.SUPERADMIN: allow(everything),
        Role.DIRECTOR: allow(read=own_center, create=own_center, revert=own_center),
        Role.MANAGER: allow(read=own_center, create=own_center, revert=own_center),
        Role.ADMIN: allow(read=own_center, create=own_center, revert=own_center),
    },
)

POLICIES = (IMPORT_POLICY, IMPORTED_ROW_POLICY)
