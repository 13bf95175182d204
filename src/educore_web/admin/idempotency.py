"""Forms that are sent twice, as by a double click, do what they say once."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Self

from educore import Educore, UnitOfWork, where
from educore.billing import AnsweredRequest, run_idempotent
from educore_web.admin.security.current_user import acting
from educore_web.rest.uploads import Upload

NOT_ANSWERS = ("csrf", "once", "then")
"""Fields of a form that are not answers. `then` names the button pressed: two buttons that save mean the same."""


def new_key() -> str:
    """Return a random key for a form about to be shown; the same key and answers again count as a form sent twice."""
    return secrets.token_urlsafe(18)


@dataclass(frozen=True)
class SentForm:
    """A submitted form: the key it was shown with, and its answers.

    The same key with other answers counts as a new form, and so does every form without a key.
    """

    key: str
    answers: Mapping[str, Any]

    @classmethod
    def of(cls, answers: Mapping[str, Any]) -> Self:
        """Return the submitted form that contains these answers."""
        return cls(str(answers.get("once", "")), {n: a for n, a in answers.items() if n not in NOT_ANSWERS})

    def fingerprint(self) -> str:
        """Return a digest of the answers, keyed with the form's key because a password may be among the answers."""
        text = "\0".join(f"{name}={_told(self.answers[name])}" for name in sorted(self.answers))
        return hmac.new(_encoded(self.key), _encoded(text), hashlib.sha256).hexdigest()

    def request_key(self) -> str:
        """Return the name under which the result is stored; it contains only a digest of the form's key."""
        return f"form:{hashlib.sha256(_encoded(self.key)).hexdigest()}:{self.fingerprint()}"


def do_once(uow: UnitOfWork, sent: SentForm, do: Callable[[], str]) -> str:
    """Call `do` and return its result, or return the stored result if the same form was sent before."""
    if not sent.key:
        return do()
    return run_idempotent(uow, key=sent.request_key(), fingerprint=sent.fingerprint(), operation=do)


def begins_now(school: Educore, sent: SentForm) -> bool:
    """Record that the work of a form begins; return whether it is the first time. For work of many transactions."""
    mine = new_key()
    with school.work(acting()) as uow:
        return do_once(uow, sent, lambda: mine) == mine


def earlier_result(school: Educore, sent: SentForm) -> str | None:
    """Return the result of the same form if it was sent before, even if the row has changed or is gone since."""
    if not sent.key or acting().user_id is None:
        return None
    with school.work(acting(), read_only=True) as uow:
        asked = where(user_id=uow.actor.user_id, key=sent.request_key())
        return next((found.answer for found in uow.find(AnsweredRequest, asked, limit=1)), None)


def _told(answer: Any) -> str:
    return hashlib.sha256(answer.content).hexdigest() if isinstance(answer, Upload) else repr(answer)


def _encoded(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")
