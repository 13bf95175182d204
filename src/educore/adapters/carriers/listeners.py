"""The listeners of a carrier in this process."""

from __future__ import annotations

import logging
from collections.abc import Callable
from threading import Lock

from educore.kernel.carriers import Heard

log: logging.Logger = logging.getLogger("educore.live")


class Listeners:
    """Functions that hear each wake. They may be added and removed from any thread."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._heard: tuple[Heard, ...] = ()

    def add(self, heard: Heard) -> Callable[[], None]:
        """Add a listener, and return the function that removes it; further calls of that do nothing."""
        listener = _Listener(heard)
        with self._lock:
            self._heard = (*self._heard, listener)

        def remove() -> None:
            with self._lock:
                self._heard = tuple(one for one in self._heard if one is not listener)

        return remove

    def tell(self, wake: str) -> None:
        """Call every listener; the failure of one is logged and keeps nothing from the others."""
        for heard in self._heard:
            try:
                heard(wake)
            except Exception:
                log.exception("a listener failed")


class _Listener:
    """A listener with an identity of its own: the same function may be added twice."""

    def __init__(self, heard: Heard) -> None:
        self._heard = heard

    def __call__(self, wake: str) -> None:
        self._heard(wake)
