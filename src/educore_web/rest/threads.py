"""The threads that requests are answered in: the one place that decides who waits for whom."""

from __future__ import annotations

from concurrent.futures import Executor, ThreadPoolExecutor

from educore_web.rest.operation import Operation


class Threads:
    """The pools of one process, shared by its APIs.

    Writers may all wait for a lock that somebody holds; readers never do, so they have threads of their own. So have
    those who sign in, because comparing a password takes as long as many requests. A process may have twice `count`
    database connections: however many of those who write or sign in wait for the lock, each with a connection in hand,
    every reader finds one.
    """

    def __init__(self, count: int) -> None:
        self.readers = ThreadPoolExecutor(count, thread_name_prefix="reader")
        self.writers = ThreadPoolExecutor(half(count), thread_name_prefix="writer")
        self.sign_ins = ThreadPoolExecutor(half(half(count)), thread_name_prefix="sign-in")
        self.parsers = ThreadPoolExecutor(1, thread_name_prefix="parser")

    def for_operation(self, operation: Operation) -> Executor:
        """Return the pool that an operation runs in."""
        if operation.checks_password:
            return self.sign_ins
        return self.readers if operation.is_read_only else self.writers


def half(count: int) -> int:
    """Return half of so many threads, and never none."""
    return max(1, count // 2)
