"""Forms that are sent twice, as by a double click: the second one does nothing and gets the result of the first.

A thin layer over the library's idempotency keys: the key of a form is drawn when the form is shown.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Self

from educore import Educore, UnitOfWork, where
from educore.billing import AnsweredRequest, run_idempotent
from educore_web.admin.security.current_user import current_actor
from educore_web.rest.uploads import Upload

CONTROL_FIELDS = ("csrf", "once", "then")
"""Fields of a form that are not answers. `then` names the button pressed: two buttons that save mean the same."""


def new_key() -> str:
    """Return a random key for a form about to be shown; the same key and answers again count as a form sent twice."""
    return secrets.token_urlsafe(18)


@dataclass(frozen=True)
class SubmittedForm:
    """A submitted form: the key it was shown with, and its answers.

    The same key with other answers counts as a new form, and so does every form without a key.
    """

    key: str
    answers: Mapping[str, Any]

    @classmethod
    def of(cls, answers: Mapping[str, Any]) -> Self:
        """Return the submitted form that contains these answers."""
        return cls(str(answers.get("once", "")), {n: a for n, a in answers.items() if n not in CONTROL_FIELDS})

    def run_idempotent(self, uow: UnitOfWork, do: Callable[[], str]) -> str:
        """Call `do` and return its result, or return the stored result if the same form was sent before."""
        if not self.key:
            return do()
        return run_idempotent(uow, key=self.request_key(), fingerprint=self.fingerprint(), operation=do)

    def claim(self, school: Educore) -> bool:
        """Record that the work of this form begins; return whether it is the first time.

        For work of many transactions, whose result cannot be stored in the transaction that does it.
        """
        own_key = new_key()
        with school.work(current_actor()) as uow:
            return self.run_idempotent(uow, lambda: own_key) == own_key

    def find_result(self, school: Educore) -> str | None:
        """Return the result of the same form if it was sent before, even if the row has changed or is gone since."""
        if not self.key or current_actor().user_id is None:
            return None
        with school.work(current_actor(), read_only=True) as uow:
            same_form = where(user_id=uow.actor.user_id, key=self.request_key())
            return next((request.answer for request in uow.find(AnsweredRequest, same_form, limit=1)), None)

    def fingerprint(self) -> str:
        """Return a digest of the answers, keyed with the form's key because a password may be among the answers."""
        text = "\0".join(f"{name}={_answer_text(self.answers[name])}" for name in sorted(self.answers))
        return hmac.new(_encode(self.key), _encode(text), hashlib.sha256).hexdigest()

    def request_key(self) -> str:
        """Return the name under which the result is stored; it contains only a digest of the form's key."""
        return f"form:{hashlib.sha256(_encode(self.key)).hexdigest()}:{self.fingerprint()}"


def _answer_text(answer: Any) -> str:
    return hashlib.sha256(answer.content).hexdigest() if isinstance(answer, Upload) else repr(answer)


def _encode(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")
