"""The declaration of a live stream: the path of its sockets, who may connect, and the frames they receive."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

from educore import UnitOfWork
from educore_web.rest.spec import ApiSpec

Frames = Mapping[int, Mapping[str, Any]]
"""Frames by the id of the notification, in the order in which they are sent."""


@dataclass(frozen=True)
class LiveStream:
    """The notifications of one user, at an address that ends in the id of the user.

    `render` reads the notifications of the ids as their receiver and returns a frame for each one that it sees and has
    words for. The members of the API may connect.
    """

    api: ApiSpec
    path: str
    render: Callable[[UnitOfWork, Collection[int]], Frames]

    def user_id(self, path: str) -> int | None:
        """Return the user whose notifications are at a path, None if the path is of something else."""
        rest = path.removeprefix(self.path).rstrip("/")
        if not path.startswith(self.path) or not rest.isascii() or not rest.isdecimal() or len(rest) > 18:
            return None
        return int(rest)
