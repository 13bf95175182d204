"""Working with leads and contracts."""

from __future__ import annotations

from educore.domain import Actions

ACTIONS: Actions = {}
