"""The sessions that SQLAdmin is given: they open no connection, so that nothing of its own reads or writes a row."""

from __future__ import annotations

from typing import Any, NoReturn

from sqlalchemy.orm import Session, sessionmaker


class ClosedSession(Session):
    """Refuses every statement. Raises: TypeError, whatever it is asked for."""

    def get_bind(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Refuse to name a database, which every statement and every flush asks for first."""
        raise TypeError("SQLAdmin's sessions are closed: the admin reads and writes by units of work")


def closed_sessions() -> sessionmaker[ClosedSession]:
    """Return a maker of closed sessions."""
    return sessionmaker(class_=ClosedSession)
