"""The carrier of one process."""

from __future__ import annotations

from collections.abc import Callable

from educore.adapters.carriers.listeners import Listeners
from educore.kernel.carriers import Heard


class LocalCarrier:
    """Calls the listeners of this process directly."""

    def __init__(self) -> None:
        self._listeners = Listeners()

    def send(self, wake: str) -> None:
        """Call every listener."""
        self._listeners.tell(wake)

    def listen(self, heard: Heard) -> Callable[[], None]:
        """Add a listener, and return the function that removes it."""
        return self._listeners.add(heard)

    def close(self) -> None:
        """Do nothing: there is no connection."""
