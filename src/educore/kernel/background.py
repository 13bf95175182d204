"""Background calls: daemon threads that never keep the process from ending."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from threading import Thread
from typing import TypeVar

T = TypeVar("T")


def run_in_background(call: Callable[[], T], *, name: str = "educore-background") -> Future[T]:
    """Run the call in a daemon thread and return its future.

    Unlike the thread of an executor, a daemon thread does not keep the process from ending.
    """
    future: Future[T] = Future()

    def run() -> None:
        try:
            future.set_result(call())
        except BaseException as error:  # noqa: BLE001 - raised by `Future.result`
            future.set_exception(error)

    Thread(target=run, name=name, daemon=True).start()
    return future
