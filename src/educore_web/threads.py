"""The threads that requests are answered in: the one place that decides who waits for whom."""

from __future__ import annotations

from concurrent.futures import Executor, ThreadPoolExecutor

from educore_web.operation import Operation


class Threads:
    """The pools of one process, shared by its APIs.

    Writers may all wait for a lock that somebody holds; readers never do, so they have threads of their own. Each
    pool has as many threads as a process keeps database connections, and the database lends as many again, so that
    waiting writers leave readers their connections too.
    """

    def __init__(self, count: int) -> None:
        self.readers = ThreadPoolExecutor(count, thread_name_prefix="reader")
        self.writers = ThreadPoolExecutor(count, thread_name_prefix="writer")
        self.parsers = ThreadPoolExecutor(1, thread_name_prefix="parser")

    def for_operation(self, operation: Operation) -> Executor:
        """Return the pool that an operation runs in."""
        return self.readers if operation.reads_only else self.writers

    def close(self) -> None:
        """Let every thread go once it has finished."""
        for pool in (self.readers, self.writers, self.parsers):
            pool.shutdown(wait=False)
