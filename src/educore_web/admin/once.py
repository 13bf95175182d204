"""Forms that are sent twice, as by a double click, do what they say once."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Self

from educore import AnsweredRequest, Educore, UnitOfWork, answer_once, where
from educore_web.admin.visitor import acting
from educore_web.uploads import Upload

NOT_ANSWERS = ("csrf", "once", "then")
"""What a form sends beside what was written in it. Two buttons that save are one intention."""


def new_key() -> str:
    """Return a key for a form that is about to be shown; whoever sends that form twice sends it twice."""
    return secrets.token_urlsafe(18)


@dataclass(frozen=True)
class SentForm:
    """A form as it was sent: the key it was shown with, and everything written in it.

    A form that somebody goes back to and sends with other answers is meant anew. Without a key everything is.
    """

    key: str
    answers: Mapping[str, Any]

    @classmethod
    def of(cls, answers: Mapping[str, Any]) -> Self:
        """The form that these answers were sent with."""
        return cls(str(answers.get("once", "")), {n: a for n, a in answers.items() if n not in NOT_ANSWERS})

    def fingerprint(self) -> str:
        """Return a digest that only the form's own key can make: a password may be among the answers."""
        text = "\0".join(f"{name}={_told(self.answers[name])}" for name in sorted(self.answers))
        return hmac.new(_encoded(self.key), _encoded(text), hashlib.sha256).hexdigest()

    def request_key(self) -> str:
        """Return the name under which its result is kept; the form's own key is not."""
        return f"form:{hashlib.sha256(_encoded(self.key)).hexdigest()}:{self.fingerprint()}"


def do_once(uow: UnitOfWork, sent: SentForm, do: Callable[[], str]) -> str:
    """Do it, or give what came of it when the same form was sent before."""
    if not sent.key:
        return do()
    return answer_once(uow, key=sent.request_key(), fingerprint=sent.fingerprint(), do=do)


def begins_now(school: Educore, sent: SentForm) -> bool:
    """Note that what a form asks for begins, and return whether it had not before: for work of many transactions."""
    mine = new_key()
    with school.work(acting()) as uow:
        return do_once(uow, sent, lambda: mine) == mine


def earlier_result(school: Educore, sent: SentForm) -> str | None:
    """Return what came of the same form when it was sent before, whatever became of the row since."""
    if not sent.key or acting().user_id is None:
        return None
    with school.work(acting(), read_only=True) as uow:
        asked = where(user_id=uow.actor.user_id, key=sent.request_key())
        return next((found.answer for found in uow.find(AnsweredRequest, asked, limit=1)), None)


def _told(answer: Any) -> str:
    return hashlib.sha256(answer.content).hexdigest() if isinstance(answer, Upload) else repr(answer)


def _encoded(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")
