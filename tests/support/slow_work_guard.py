"""Watches that nothing slow happens while a write transaction is open: everybody else waits for its lock meanwhile.

Slow are the calls of ports that hash, talk to others or touch a disk, and the reading of tables. Only what the web, the
command line, the imports and the worker do is judged: a program that uses the library may take its own time.
"""

from __future__ import annotations

import pkgutil
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from functools import wraps
from importlib import import_module
from types import FrameType
from typing import Any

import pytest

import educore.adapters
import educore.adapters.spreadsheets
import educore.kernel.ports
from educore.adapters.memory import MemoryStore
from educore.adapters.sql.store import SqlStore

SLOW = {
    educore.kernel.ports.Passwords: ("hash", "verify"),
    educore.kernel.ports.Files: ("save", "read"),
    educore.kernel.ports.Mail: ("send",),
    educore.kernel.ports.Sms: ("send",),
    educore.kernel.ports.PaymentGateway: ("open", "look", "refund"),
}
"""What takes long, by port. Signing tokens and addresses is arithmetic; files are deleted after the commit."""

ADAPTERS = (
    educore.kernel.ports,
    *(
        import_module(module.name)
        for module in pkgutil.walk_packages(educore.adapters.__path__, "educore.adapters.")
        if not module.name.startswith("educore.adapters.sql")
    ),
)
EDGES = ("educore_web.", "educore.imports.", "educore.messaging.worker")
OFFLINE = ("educore_web.demo",)
"""The demonstration fills an empty database, in which nobody else is at work."""


class SlowWorkGuard:
    """Which threads have a write transaction open, and what slow things they did."""

    def __init__(self) -> None:
        self.open: Counter[int] = Counter()
        self.caught: list[str] = []

    def judge(self, what: str) -> None:
        """Remember and refuse a slow call that makes others wait."""
        if self.open[threading.get_ident()] > 0 and (where := _edge(sys._getframe(2))):
            self.caught.append(f"{what} inside a write transaction, from {where}")
            raise AssertionError(self.caught[-1])

    def follow(self, transaction: Any) -> None:
        """Count a transaction of this thread until it ends, in whichever."""
        owner, ended = threading.get_ident(), list[bool]()
        self.open[owner] += 1
        for name in ("commit", "rollback"):
            setattr(transaction, name, self._ending(getattr(transaction, name), owner, ended))

    def _ending(self, end: Any, owner: int, ended: list[bool]) -> Any:
        def then() -> None:
            try:
                end()
            finally:
                if not ended:
                    ended.append(True)
                    self.open[owner] -= 1

        return then


def _edge(frame: FrameType | None) -> str:
    """The innermost function of ours that is judged, or nothing for calls from elsewhere."""
    found = ""
    while frame is not None:
        module = frame.f_globals.get("__name__", "")
        if module.startswith(OFFLINE):
            return ""
        if not found and module.startswith(EDGES):
            found = f"{module}.{frame.f_code.co_qualname}"
        frame = frame.f_back
    return found


def slow_calls() -> list[tuple[type, str]]:
    """Every adapter of the product with its slow methods."""
    found = []
    for module in ADAPTERS:
        own = (kind for kind in vars(module).values() if isinstance(kind, type) and kind.__module__ == module.__name__)
        for kind in own:
            if not getattr(kind, "_is_protocol", False):
                found += [(kind, name) for port, names in SLOW.items() if _is(kind, port) for name in names]
    return found


def _is(kind: type, port: type) -> bool:
    if any(callable(getattr(kind, name, None)) for name in ("listen", "receive")):
        return False  # a carrier or its connection, which send in a thread of their own
    return all(callable(getattr(kind, name, None)) for name in vars(port) if not name.startswith("_"))


@contextmanager
def guard_slow_work() -> Iterator[SlowWorkGuard]:
    """Patch stores, adapters and the reading of tables, so that a slow call inside a write transaction fails."""
    watch = SlowWorkGuard()
    with pytest.MonkeyPatch.context() as patch:
        for store in (SqlStore, MemoryStore):
            patch.setattr(store, "begin", _following(watch, store.begin))
        for kind, name in slow_calls():
            patch.setattr(kind, name, _judged(watch, f"{kind.__name__}.{name}", getattr(kind, name)))
        patch.setattr(
            educore.adapters.spreadsheets, "_table", _judged(watch, "read_table", educore.adapters.spreadsheets._table)
        )
        yield watch


def _following(watch: SlowWorkGuard, begin: Any) -> Any:
    @wraps(begin)
    def begun(store: Any, *, read_only: bool = False) -> Any:
        transaction = begin(store, read_only=read_only)
        if not read_only:
            watch.follow(transaction)
        return transaction

    return begun


def _judged(watch: SlowWorkGuard, what: str, call: Any) -> Any:
    @wraps(call)
    def judged(*given: Any, **named: Any) -> Any:
        watch.judge(what)
        return call(*given, **named)

    return judged
