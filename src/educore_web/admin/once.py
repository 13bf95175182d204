"""Forms that are sent twice, as by a double click, do what they say once."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable, Mapping
from typing import Any

from educore import UnitOfWork, answer_once
from educore_web.uploads import Upload


def new_key() -> str:
    """A key for a form that is about to be shown; whoever sends that form twice sends it twice."""
    return secrets.token_urlsafe(18)


def done_once(uow: UnitOfWork, key: str, answers: Mapping[str, Any], do: Callable[[], str]) -> str:
    """Do it, or give what came of it when the same form was sent with the same answers before.

    A form that somebody goes back to and sends with other answers is meant anew. Without a key everything is.
    """
    if not key:
        return do()
    said = _digest("\0".join(f"{name}={_told(answers[name])}" for name in sorted(answers)))
    return answer_once(uow, key=f"form:{_digest(key)}:{said}", fingerprint=said, do=do)


def _told(answer: Any) -> str:
    return hashlib.sha256(answer.content).hexdigest() if isinstance(answer, Upload) else repr(answer)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
