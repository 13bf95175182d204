"""Taking tables in, and back."""

from __future__ import annotations

from educore.domain import Actions

ACTIONS: Actions = {}
