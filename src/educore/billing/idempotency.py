"""Idempotency: a repeated request gets the stored answer of the first one, so that a double click pays once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from educore.billing.entities import AnsweredRequest
from educore.identity.entities import User
from educore.kernel.conditions import where
from educore.kernel.errors import Conflict
from educore.kernel.unit_of_work import UnitOfWork


def run_idempotent(uow: UnitOfWork, *, key: str, fingerprint: str, operation: Callable[[], str]) -> str:
    """Run an operation and store its answer under the actor's key; return the stored answer if the key is known.

    `fingerprint` identifies the request (a SHA-256 of method, path and body); the answer is any text, such as JSON.
    An answer is stored only if the operation succeeds. An actor without an account runs the operation each time.
    Requests of one account run one after the other, because each locks the account first: the second of two
    simultaneous requests finds the answer of the first.
    Raises: Conflict("key_reused") if the key was used for another request (edumaster E27).
    """
    if uow.actor.user_id is None:
        return operation()
    # as the platform: not every actor may read accounts, and this one is only locked
    uow.as_platform().find(User, where(id=uow.actor.user_id), lock=True)
    for answered in uow.find(AnsweredRequest, where(user_id=uow.actor.user_id, key=key), limit=1):
        if answered.fingerprint != fingerprint:
            raise Conflict.because("", "key_reused")
        return answered.answer
    answer = operation()
    uow.add(AnsweredRequest, {"user_id": uow.actor.user_id, "key": key, "fingerprint": fingerprint, "answer": answer})
    return answer


def delete_answers(uow: UnitOfWork, *, before: datetime) -> int:
    """Delete the answers stored until `before` and return their number; their keys can be used again."""
    return uow.remove_all(AnsweredRequest, where(created_at__lte=before))
