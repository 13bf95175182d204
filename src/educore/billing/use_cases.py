"""Taking money, charging for months, and paying teachers."""

from __future__ import annotations

from educore.domain import Actions

ACTIONS: Actions = {}
