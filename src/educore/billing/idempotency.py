"""Answering a repeated request with what was answered the first time, so that a double click pays once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from educore.billing.entities import AnsweredRequest
from educore.identity.entities import User
from educore.kernel.conditions import where
from educore.kernel.errors import Conflict
from educore.kernel.policy import PLATFORM
from educore.kernel.unit_of_work import UnitOfWork


def run_idempotent(uow: UnitOfWork, *, key: str, fingerprint: str, operation: Callable[[], str]) -> str:
    """Do something and keep its answer under a key that whoever acts chose; asked again, give that answer back.

    `fingerprint` tells requests apart (a SHA-256 of method, path and body), `answer` is any text, such as JSON. What
    is refused is not kept. Requests of one person with keys take turns, because each holds the person's account
    first of all; so the second of two at once finds the answer of the first, and nothing has to be tried again.
    Raises: Conflict("key_reused") when the key was used for another request (edumaster E27).
    """
    if uow.actor.user_id is None:
        return operation()
    # accounts are not everybody's to read, not even their own; here it is only held
    uow.as_actor(PLATFORM).find(User, where(id=uow.actor.user_id), lock=True)
    for answered in uow.find(AnsweredRequest, where(user_id=uow.actor.user_id, key=key), limit=1):
        if answered.fingerprint != fingerprint:
            raise Conflict.because("", "key_reused")
        return answered.answer
    answer = operation()
    uow.add(AnsweredRequest, user_id=uow.actor.user_id, key=key, fingerprint=fingerprint, answer=answer)
    return answer


def delete_answers(uow: UnitOfWork, *, before: datetime) -> int:
    """Forget what was answered until then; a key may be used anew afterwards."""
    return uow.remove_all(AnsweredRequest, where(created_at__lte=before))
