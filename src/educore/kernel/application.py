"""The application object, which opens units of work."""

from __future__ import annotations

from educore.kernel.domain import Domain
from educore.kernel.policy import Actor
from educore.kernel.ports import Ports
from educore.kernel.store import Store
from educore.kernel.unit_of_work import UnitOfWork


class Educore:
    """A store and the ports, which an application creates once and uses for its whole life."""

    def __init__(self, store: Store, ports: Ports) -> None:
        self.store = store
        self.ports = ports

    @property
    def domain(self) -> Domain:
        """The domain whose entities the store holds."""
        return self.store.domain

    def work(self, actor: Actor, *, read_only: bool = False) -> UnitOfWork:
        """Return a unit of work: `with school.work(actor) as uow: ...`. Its transaction begins with the block.

        `read_only` never waits for writers and refuses to write. A unit of work may be open inside another one only if
        one of them is read-only. Raises, on entering the block: Unavailable; RuntimeError for a second writer.
        """
        return UnitOfWork(self.store, actor, self.ports, read_only=read_only)
