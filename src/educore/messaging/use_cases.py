"""Notifying people and sending texts."""

from __future__ import annotations

from educore.domain import Actions

ACTIONS: Actions = {}
