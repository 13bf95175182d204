"""The port that carries wakes: short texts which tell every process of the platform that there is something to read.

A wake holds no content, so nothing is lost with it and nothing is revealed by it: whoever hears one reads the rows, as
the person who will see them. It names a topic, and may name the new rows: `room:17`, `user:5:901,902`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

MAX_WAKE_LENGTH = 4_000
"""The longest wake in characters, all of them ASCII; PostgreSQL refuses notifications of 8,000 bytes."""

Heard = Callable[[str], None]


class Carrier(Protocol):
    """Carries wakes to every process. A wake may be lost or arrive twice, and none waits for a listener."""

    def send(self, wake: str) -> None:
        """Send a wake from any thread, after the commit. It returns at once and raises nothing."""
        ...

    def listen(self, heard: Heard) -> Callable[[], None]:
        """Call `heard` with each wake from now on, in a thread of the carrier, until the returned function is called.

        `heard` must return at once.
        """
        ...


class SilentCarrier:
    """Carries nothing; the default where nobody listens."""

    def send(self, wake: str) -> None:
        """Drop the wake."""

    def listen(self, heard: Heard) -> Callable[[], None]:
        """Return a function that does nothing."""
        return lambda: None
