"""The thread pools that execute requests."""

from __future__ import annotations

from concurrent.futures import Executor, ThreadPoolExecutor

from educore_web.rest.operation import Operation


class Threads:
    """The pools of one process, shared by its APIs.

    Readers have their own threads, so that they never wait while all writers wait for a lock. Sign-ins have their own
    threads, because hashing a password takes as long as many requests. A process has up to twice `count` database
    connections. Writers and sign-ins together hold at most `count` of them, so each reader finds one.
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
