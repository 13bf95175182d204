"""The hub of a process: it is woken, reads what is new as its receivers, and gives it to their sockets.

Why one task and one thread: wakes that come while it reads are taken together at the next turn, so that a burst costs
a few statements for each person and not for each message, and readers of the APIs never wait for it. Besides wakes it
looks every `sweep` seconds for rows whose wake was lost, and ends the sockets whose sign-in or token has ended.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TypeVar

from educore import Educore, Unauthenticated, where
from educore.kernel import PLATFORM
from educore.messaging import Notification
from educore.people import read_claims, verify_sign_ins
from educore_web.live.connection import LiveConnection
from educore_web.live.limits import NOT_SIGNED_IN, LiveLimits
from educore_web.live.stream import Frames

log = logging.getLogger("educore.live")
T = TypeVar("T")

IdsByUser = dict[int, set[int]]
Delivery = tuple[LiveConnection, Frames | int]
"""A socket with its frames, or with the code that closes it."""


class LiveHub:
    """The open sockets of a process. Everything but the reading happens in the thread of the event loop."""

    def __init__(self, school: Educore, limits: LiveLimits) -> None:
        self.school, self.limits = school, limits
        self.connections: dict[int, set[LiveConnection]] = {}
        self._woken: dict[int, set[int]] = {}
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="live")
        self._task: asyncio.Task[None] | None = None
        self._has_wakes = asyncio.Event()

    @property
    def count(self) -> int:
        """The number of open sockets."""
        return sum(map(len, self.connections.values()))

    def count_of(self, sign_in_id: int, user_id: int) -> int:
        """Return the number of open sockets of a sign-in."""
        return sum(one.proof.sign_in_id == sign_in_id for one in self.connections.get(user_id, ()))

    def add(self, connection: LiveConnection) -> None:
        """Bring a socket what is new from now on."""
        self.connections.setdefault(connection.user_id, set()).add(connection)
        if self._task is None:
            self._task = asyncio.create_task(self._run())

    def remove(self, connection: LiveConnection) -> None:
        """Forget a socket."""
        of_user = self.connections.get(connection.user_id, set())
        of_user.discard(connection)
        if not of_user:
            self.connections.pop(connection.user_id, None)
            self._woken.pop(connection.user_id, None)

    def wake(self, topic: str) -> None:
        """Note the new rows that a wake such as `user:5:901,902` names, if their user has a socket here."""
        kind, _, rest = topic.partition(":")
        user, _, ids = rest.partition(":")
        if kind == "user" and user.isdecimal() and int(user) in self.connections:
            self._woken.setdefault(int(user), set()).update(int(id) for id in ids.split(",") if id.isdecimal())
            self._has_wakes.set()

    async def close(self) -> None:
        """Stop reading."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            self._task = None

    async def _run(self) -> None:
        """Deliver what is new until the process ends."""
        loop = asyncio.get_running_loop()
        stop = await self._in_thread(lambda: self.school.ports.carrier.listen(_in_loop(loop, self.wake)))
        try:
            next_sweep = loop.time()
            while True:
                await self._wait_until(next_sweep)
                woken, self._woken = self._woken, {}
                if loop.time() >= next_sweep:
                    next_sweep = loop.time() + self.limits.sweep
                    await self._turn(self._sweep, woken)
                else:
                    await self._turn(self._read, woken)
        finally:
            stop()

    async def _wait_until(self, time: float) -> None:
        try:
            await asyncio.wait_for(self._has_wakes.wait(), max(0.0, time - asyncio.get_running_loop().time()))
        except TimeoutError:
            return
        finally:
            self._has_wakes.clear()

    async def _turn(self, read: Callable[[IdsByUser], list[Delivery]], woken: IdsByUser) -> None:
        """Read and deliver. A failure is logged; the next sweep makes up for it."""
        if not self.connections:
            return
        try:
            deliveries = await self._in_thread(partial(read, woken))
        except Exception as error:  # noqa: BLE001 - whatever it is, the sockets stay
            log.warning("live messages are late: %s", type(error).__name__)
            return
        for connection, found in deliveries:
            if isinstance(found, int):
                connection.close(found)
            else:
                connection.offer(found)

    async def _in_thread(self, call: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, call)

    # -- in the thread that reads ----------------------------------------------------------------------

    def _sweep(self, woken: IdsByUser) -> list[Delivery]:
        """Return what is new for every socket, woken or not, and which sockets end."""
        users = list(self.connections)
        recent = recent_ids(self.school, users, self.limits)
        every = {user: recent.get(user, set()) | woken.get(user, set()) for user in users}
        return self._read(every)

    def _read(self, ids_by_user: IdsByUser) -> list[Delivery]:
        """Return the frames of the notifications, or the code that ends the socket, for the sockets of some users."""
        connections = [one for user in ids_by_user for one in tuple(self.connections.get(user, ()))]
        found: list[Delivery] = []
        with self.school.work(PLATFORM, read_only=True) as uow:
            actors = verify_sign_ins(uow, [one.proof for one in connections])
            for connection in connections:
                actor = actors.get(connection.proof.sign_in_id)
                if actor is None or not self._is_current(connection):
                    found.append((connection, NOT_SIGNED_IN))
                elif ids := connection.lacks(ids_by_user[connection.user_id]):
                    found.append((connection, connection.stream.render(uow.as_actor(actor), ids)))
        return found

    def _is_current(self, connection: LiveConnection) -> bool:
        try:
            read_claims(self.school.ports, connection.token, kind="access")
        except Unauthenticated:
            return False
        return True


def recent_ids(school: Educore, users: Iterable[int], limits: LiveLimits) -> dict[int, set[int]]:
    """Return the ids of the newest notifications of each user, in one statement."""
    since = school.ports.clock.now() - limits.look_back
    found: dict[int, set[int]] = {}
    with school.work(PLATFORM, read_only=True) as uow:
        recent = where(user_id__in=list(users), created_at__gte=since)
        for row in uow.as_platform().find(Notification, recent, to="remind"):
            found.setdefault(row.user_id, set()).add(row.id)
    return found


def _in_loop(loop: asyncio.AbstractEventLoop, call: Callable[[str], None]) -> Callable[[str], None]:
    """Return a function that makes the call in the thread of the loop, if that still runs."""

    def hear(wake: str) -> None:
        if not loop.is_closed():
            loop.call_soon_threadsafe(call, wake)

    return hear
